"""The Celery application: extraction reads a file's words, search makes them findable."""

import os
import time
import uuid

from celery import Celery
from celery.signals import worker_process_init

from . import database, heartbeat, search, storage
from .settings import read_settings

BROKER_VARIABLE = "CELERY_BROKER_URL"

settings = read_settings()
# To Celery this variable says more than any argument.
os.environ["CELERY_BROKER_URL"] = os.environ.get(BROKER_VARIABLE, "redis://localhost:6379/0")
celery = Celery("pybase", backend=os.environ.get("CELERY_RESULT_BACKEND"))
celery.conf.update(
    task_routes={"pybase.extract": {"queue": "extraction"}, "pybase.index": {"queue": "search"}},
    # A task belongs to a worker that has finished it: one that was killed leaves it to another.
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    # A worker that waits for its broker says so and goes on waiting; its probes decide.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_connect_timeout": 3, "visibility_timeout": 7200},
)
celery.steps["consumer"].add(heartbeat.Heartbeat)
engine = database.open_engine(settings.database_url)


@worker_process_init.connect
def forget_connections(**_: object) -> None:
    """A forked child must not share its parent's connections."""
    engine.dispose(close=False)


@celery.task(name="pybase.extract")
def extract(document_id: str, seconds: float = 0) -> int:
    """Takes `seconds` longer than it needs to: files of other people do."""
    words = storage.get_object(settings, document_id).decode(errors="replace")
    time.sleep(seconds)
    database.change_document(engine, uuid.UUID(document_id), state="extracted", words=words)
    index.delay(document_id)
    return len(words.split())


@celery.task(name="pybase.index")
def index(document_id: str) -> None:
    document = database.find_document(engine, uuid.UUID(document_id))
    if document is None:
        return
    search.index_document(settings, document_id, document.words or "")
    database.change_document(engine, uuid.UUID(document_id), state="indexed")
