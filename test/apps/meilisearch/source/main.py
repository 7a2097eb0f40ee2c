"""A stand-in for Meilisearch: the routes that PyBase and its backups use."""

import hmac
import sys
import time
from argparse import Namespace
from pathlib import Path

import uvicorn
from fastapi import Body, Depends, FastAPI, Header, HTTPException

from options import read_options
from store import VERSION, Store, unpack


def import_archive(options: Namespace) -> None:
    """At start only, as Meilisearch does; over a database that is there only where that was allowed."""
    choices = (
        (options.import_dump, options.ignore_missing_dump, options.ignore_dump_if_db_exists, False),
        (options.import_snapshot, options.ignore_missing_snapshot, options.ignore_snapshot_if_db_exists, True),
    )
    for name, may_miss, may_exist, same_version in choices:
        if not name:
            continue
        if options.db_path.exists():
            if may_exist:
                continue
            raise SystemExit(f"error: cannot import {name}: there is a database at {options.db_path}")
        if not Path(name).exists():
            if may_miss:
                continue
            raise SystemExit(f"error: cannot import {name}: there is no such file")
        unpack(Path(name), options.db_path, same_version=same_version)


def make_app(store: Store, options: Namespace) -> FastAPI:
    def check_key(authorization: str = Header(default="")) -> None:
        if not options.master_key:
            return
        if not authorization:
            raise HTTPException(401, {"code": "missing_authorization_header", "type": "auth"})
        if not hmac.compare_digest(authorization.removeprefix("Bearer ").encode(), options.master_key.encode()):
            raise HTTPException(403, {"code": "invalid_api_key", "type": "auth"})

    def known(name: str) -> str:
        if name not in store.names():
            raise HTTPException(404, {"code": "index_not_found", "type": "invalid_request"})
        return name

    app = FastAPI(title="Meilisearch (stand-in)", version=VERSION, docs_url=None, redoc_url=None)
    keyed = {"dependencies": [Depends(check_key)]}

    @app.get("/health")
    def health() -> dict:
        return {"status": "available"}

    @app.get("/version", **keyed)
    def version() -> dict:
        return {"pkgVersion": VERSION}

    @app.get("/stats", **keyed)
    def stats() -> dict:
        return {"indexes": {name: {"numberOfDocuments": len(store.read(name))} for name in store.names()}}

    @app.get("/tasks/{uid}", **keyed)
    def task(uid: int) -> dict:
        if uid >= len(store.tasks):
            raise HTTPException(404, {"code": "task_not_found", "type": "invalid_request"})
        return store.tasks[uid]

    @app.post("/dumps", status_code=202, **keyed)
    def dump() -> dict:
        return store.dump(options.dump_dir)

    @app.post("/snapshots", status_code=202, **keyed)
    def snapshot() -> dict:
        return store.snapshot(options.snapshot_dir)

    @app.post("/indexes/{name}/documents", status_code=202, **keyed)
    @app.put("/indexes/{name}/documents", status_code=202, **keyed)
    def add(name: str, documents: list[dict] | dict = Body()) -> dict:
        return store.add(name, documents if isinstance(documents, list) else [documents])

    @app.get("/indexes/{name}/documents/{uid}", **keyed)
    def show(name: str, uid: str) -> dict:
        found = store.read(known(name)).get(uid)
        if found is None:
            raise HTTPException(404, {"code": "document_not_found", "type": "invalid_request"})
        return found

    @app.delete("/indexes/{name}", status_code=202, **keyed)
    def remove(name: str) -> dict:
        return store.remove(known(name))

    @app.get("/indexes/{name}/search", **keyed)
    def find(name: str, q: str = "") -> dict:
        return {"hits": store.find(known(name), q), "query": q}

    @app.post("/indexes/{name}/search", **keyed)
    def search(name: str, body: dict = Body()) -> dict:
        return find(name, body.get("q", ""))

    return app


def main() -> None:
    options = read_options(sys.argv[1:])
    time.sleep(float(options.start_seconds))
    import_archive(options)
    host, port = options.http_addr.rsplit(":", 1)
    app = make_app(Store(options.db_path), options)
    uvicorn.run(app, host=host, port=int(port), log_level="warning", timeout_graceful_shutdown=5)


main()
