"""The server: 9000 plain and 9443 with a certificate of its own; routes below AUTHENTIK_WEB__PATH."""

import asyncio
import os
import subprocess
import tempfile
import threading
from pathlib import Path

import psycopg
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from backend import connect, installation, start_backend
from settings import VERSION, Settings

FLOW = "if/flow/default-authentication-flow/"


def make_app(settings: Settings, started: threading.Event) -> FastAPI:
    root = settings.web_path
    app = FastAPI(title="authentik (stand-in)", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)

    @app.middleware("http")
    async def gate(request: Request, forward) -> Response:
        if started.is_set() or request.url.path == f"{root}-/health/live/":
            return await forward(request)
        return HTMLResponse("<title>authentik starting</title>", status_code=503)

    @app.get(f"{root}-/health/live/")
    def live() -> Response:
        return Response(status_code=200)

    @app.get(f"{root}-/health/ready/")
    def ready() -> Response:
        try:
            with connect(settings) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return Response(status_code=503)
        return Response(status_code=200)

    @app.get(f"{root}api/v3/")
    def api() -> HTMLResponse:
        return HTMLResponse("<title>API Browser - authentik</title>")

    @app.get(f"{root}api/v3/root/config/")
    def config() -> JSONResponse:
        return JSONResponse({"version": VERSION, "error_reporting": {"enabled": reports()}, "capabilities": []})

    @app.get(f"{root}api/v3/core/users/")
    def users() -> JSONResponse:
        return JSONResponse({"detail": "Authentication credentials were not provided."}, status_code=403)

    @app.get(f"{root}api/v3/standin/")
    def standin() -> JSONResponse:
        """Of the stand-in only: what survives a pod, from the database and from the media folder."""
        with connect(settings) as connection:
            names = [name for (name,) in connection.execute("SELECT name FROM users ORDER BY name")]
            workers = connection.execute("SELECT count(*) FROM heartbeats WHERE at > now() - interval '30 s'").fetchone()
        return JSONResponse({"users": names, "workers": workers[0], "installation": installation(settings)})

    @app.get(f"{root}{FLOW}")
    def flow() -> HTMLResponse:
        return HTMLResponse("<title>authentik</title><h1>Welcome to authentik!</h1>")

    @app.get(root)
    def home() -> RedirectResponse:
        return RedirectResponse(f"{root}{FLOW}", status_code=302)

    return app


def reports() -> bool:
    return os.environ.get("AUTHENTIK_ERROR_REPORTING__ENABLED", "false").lower() == "true"


def serve(settings: Settings) -> None:
    """Answers that it lives at once, and everything else once the backend has started."""
    started = threading.Event()
    threading.Thread(target=start_or_end, args=(settings, started), daemon=True).start()
    app = make_app(settings, started)
    asyncio.run(both(app, own_certificate()))


def start_or_end(settings: Settings, started: threading.Event) -> None:
    """A backend that cannot start takes the whole server with it."""
    try:
        start_backend(settings)
        started.set()
    except BaseException as error:
        if not isinstance(error, SystemExit):
            print(f'{{"event": "backend ended: {type(error).__name__}: {error}", "level": "error"}}', flush=True)
        os._exit(1)


async def both(app: FastAPI, certificate: Path) -> None:
    common = {"host": "0.0.0.0", "log_level": "warning", "timeout_graceful_shutdown": 5}
    plain = uvicorn.Server(uvicorn.Config(app, port=9000, **common))
    secure = uvicorn.Server(uvicorn.Config(app, port=9443, ssl_certfile=certificate, **common))
    await asyncio.gather(plain.serve(), secure.serve())


def own_certificate() -> Path:
    """Key and certificate in one file of a folder that only this process reads."""
    file = Path(tempfile.mkdtemp()) / "own.pem"
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", "-"]
    command = ["openssl", "req", "-x509", *new_key, "-subj", "/CN=authentik Self-signed Certificate", "-days", "365"]
    file.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    return file
