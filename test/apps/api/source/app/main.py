"""reactbin's API, as small as an application can be that needs a database, a schema and a bucket."""

import logging
import uuid

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from . import database, storage
from .settings import read_settings

LARGEST_IMAGE = 10 * 1024 * 1024

log = logging.getLogger("uvicorn.error")
settings = read_settings()
engine = database.open_engine(settings.database_url)
app = FastAPI(
    title="reactbin",
    version=settings.build,
    docs_url="/docs" if settings.docs_enabled else None,
    redoc_url="/redoc" if settings.docs_enabled else None,
    openapi_url="/openapi.json" if settings.docs_enabled else None,
)


@app.get("/api/v1/health")
def health() -> JSONResponse:
    try:
        revision = database.schema_revision(engine)
    except SQLAlchemyError as error:
        log.error("health: %s", error)
        return JSONResponse({"status": "database unreachable", "build": settings.build}, status_code=503)
    return JSONResponse({"status": "ok", "build": settings.build, "revision": revision})


@app.post("/api/v1/images", status_code=201)
async def store_image(request: Request) -> dict[str, str]:
    body = await request.body()
    if len(body) > LARGEST_IMAGE:
        raise HTTPException(413, "an image is at most 10 MiB")
    return {"id": await run_in_threadpool(keep_image, body, request.headers.get("content-type", "image/png"))}


def keep_image(body: bytes, content_type: str) -> str:
    image = database.Image(id=uuid.uuid4(), content_type=content_type, size=len(body))
    image_id = str(image.id)
    storage.put_object(settings, image_id, body, content_type)
    database.save_image(engine, image)
    return image_id


@app.get("/api/v1/images/{image_id}")
def show_image(image_id: uuid.UUID) -> Response:
    image = database.find_image(engine, image_id)
    if image is None:
        raise HTTPException(404, "no such image")
    return Response(storage.get_object(settings, str(image_id)), media_type=image.content_type)
