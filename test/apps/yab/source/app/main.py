"""yetanotherboilerplate's API: a list in a database, a health check and metrics."""

import logging

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from pydantic import BaseModel
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from .settings import read_settings

REQUESTS = Counter("http_requests_total", "Requests by what was answered", ["method", "status"])
SECONDS = Histogram("http_request_duration_seconds", "Time until the answer", ["method"])

log = logging.getLogger("uvicorn.error")
settings = read_settings()
engine = create_engine(settings.database_url, pool_pre_ping=True, connect_args={"connect_timeout": 3})
app = FastAPI(title="yetanotherboilerplate", version=settings.build)


class Item(BaseModel):
    name: str


@app.middleware("http")
async def measure(request: Request, forward) -> Response:
    with SECONDS.labels(request.method).time():
        try:
            answer = await forward(request)
        except Exception:
            REQUESTS.labels(request.method, "500").inc()
            raise
    REQUESTS.labels(request.method, str(answer.status_code)).inc()
    return answer


@app.get("/health/")
def health() -> dict[str, str | None]:
    """Says that the process answers; whether its database does is told, and restarts nobody."""
    try:
        with engine.connect() as connection:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return {"status": "ok", "build": settings.build, "database": "ok", "revision": revision}
    except SQLAlchemyError as error:
        log.error("health: %s", error)
        return {"status": "ok", "build": settings.build, "database": "unreachable", "revision": None}


@app.get("/metrics")
def metrics() -> Response:
    """Of this worker process only: another one that answers next counts for itself."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@app.get("/items")
def list_items() -> list[dict[str, object]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text("SELECT id, name FROM items ORDER BY id")).mappings()]


@app.post("/items", status_code=201)
def add_item(item: Item) -> JSONResponse:
    with engine.begin() as connection:
        insert = text("INSERT INTO items (name) VALUES (:name) RETURNING id")
        made = connection.execute(insert, {"name": item.name}).scalar_one()
    return JSONResponse({"id": made, "name": item.name}, status_code=201)
