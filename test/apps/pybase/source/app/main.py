"""PyBase's API: takes documents, hands them to the workers, finds them again."""

import logging
import uuid
from collections.abc import Callable

import redis
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from . import database, search, storage
from .worker import extract, settings

LARGEST_DOCUMENT = 10 * 1024 * 1024

log = logging.getLogger("uvicorn.error")
engine = database.open_engine(settings.database_url)
broker = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
app = FastAPI(title="pybase", version=settings.build)


@app.get("/health")
@app.get("/health/live")
def live() -> dict[str, str]:
    """Says that the process answers; no other service is asked."""
    return {"status": "ok", "build": settings.build}


@app.get("/health/ready")
def ready() -> JSONResponse:
    """Serving takes the database and Redis; a search or a file that fails is a user's error, not a pod's."""
    return answer({"database": schema, "redis": broker.ping})


@app.get("/api/v1/health")
def health() -> JSONResponse:
    return answer({"database": schema, "redis": broker.ping, "search": lambda: search.is_available(settings)})


def schema() -> str | None:
    return database.schema_revision(engine)


def answer(checks: dict[str, Callable[[], object]]) -> JSONResponse:
    found: dict[str, object] = {"build": settings.build}
    broken = []
    for name, check in checks.items():
        try:
            value = check()
            found["revision" if name == "database" else name] = value if name == "database" else "ok"
        except Exception as error:
            log.error("health: %s: %s", name, error)
            broken.append(name)
            found[name] = "unreachable"
    return JSONResponse({"status": "unavailable" if broken else "ok", **found}, status_code=503 if broken else 200)


@app.post("/api/v1/documents", status_code=202)
async def take_document(request: Request, seconds: float = 0) -> dict[str, str]:
    """The body is the document; `seconds` makes its extraction last."""
    body = await request.body()
    if len(body) > LARGEST_DOCUMENT:
        raise HTTPException(413, "a document is at most 10 MiB")
    return {"id": await run_in_threadpool(keep_document, body, seconds)}


def keep_document(body: bytes, seconds: float) -> str:
    document_id = uuid.uuid4()
    storage.put_object(settings, str(document_id), body)
    database.save_document(engine, database.Document(id=document_id, state="stored"))
    extract.delay(str(document_id), seconds)
    return str(document_id)


@app.get("/api/v1/documents/{document_id}")
def show_document(document_id: uuid.UUID) -> dict[str, str | None]:
    document = database.find_document(engine, document_id)
    if document is None:
        raise HTTPException(404, "no such document")
    return {"id": str(document.id), "state": document.state, "words": document.words}


@app.get("/api/v1/search")
def find_documents(q: str) -> dict[str, list[str]]:
    return {"ids": search.find_documents(settings, q)}
