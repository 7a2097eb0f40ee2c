"""The three calls of Meilisearch that PyBase needs."""

import json
import time
from urllib.parse import quote
from urllib.request import Request, urlopen

from .settings import Settings

INDEX = "documents"


def index_document(settings: Settings, document_id: str, words: str) -> None:
    """Returns once the document can be found; Meilisearch answers before it has indexed."""
    task = ask(settings, "POST", f"/indexes/{INDEX}/documents", [{"id": document_id, "words": words}])["taskUid"]
    for _ in range(100):
        state = ask(settings, "GET", f"/tasks/{task}")["status"]
        if state == "succeeded":
            return
        if state == "failed":
            raise RuntimeError(f"Meilisearch could not index document {document_id}")
        time.sleep(0.1)
    raise TimeoutError(f"Meilisearch has not indexed document {document_id}")


def find_documents(settings: Settings, words: str) -> list[str]:
    hits = ask(settings, "GET", f"/indexes/{INDEX}/search?q={quote(words)}")["hits"]
    return [hit["id"] for hit in hits]


def is_available(settings: Settings) -> bool:
    return ask(settings, "GET", "/health")["status"] == "available"


def ask(settings: Settings, method: str, path: str, body: object = None) -> dict:
    headers = {"content-type": "application/json", "authorization": f"Bearer {settings.meilisearch_key}"}
    data = None if body is None else json.dumps(body).encode()
    request = Request(settings.meilisearch_host.rstrip("/") + path, data, headers, method=method)
    with urlopen(request, timeout=5) as answer:
        return json.load(answer)
