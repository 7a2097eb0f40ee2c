"""Files in an S3 bucket."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .settings import Settings

if TYPE_CHECKING:
    from minio import Minio


@lru_cache(maxsize=1)
def client(settings: Settings) -> Minio:
    # Imported at first use: a new pod answers its health check before anybody stores a file.
    from minio import Minio

    endpoint = urlsplit(settings.s3_endpoint_url)
    return Minio(
        endpoint=endpoint.netloc,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        secure=endpoint.scheme == "https",
    )


def put_object(settings: Settings, key: str, body: bytes) -> None:
    client(settings).put_object(
        bucket_name=settings.s3_bucket_name, object_name=key, data=io.BytesIO(body), length=len(body)
    )


def get_object(settings: Settings, key: str) -> bytes:
    answer = client(settings).get_object(bucket_name=settings.s3_bucket_name, object_name=key)
    try:
        return answer.read()
    finally:
        answer.close()
        answer.release_conn()
