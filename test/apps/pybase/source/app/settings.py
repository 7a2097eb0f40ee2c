"""Everything the API and the workers are told from outside, read once from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

REQUIRED = ("DATABASE_URL", "CELERY_BROKER_URL")


@dataclass(frozen=True)
class Settings:
    database_url: str
    redis_url: str
    s3_endpoint_url: str
    s3_bucket_name: str
    s3_access_key: str
    s3_secret_key: str
    meilisearch_host: str
    meilisearch_key: str
    build: str


def with_driver(url: str) -> str:
    """A plain postgresql:// URL means psycopg here; SQLAlchemy alone would look for psycopg2."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def read_settings() -> Settings:
    missing = [key for key in REQUIRED if not os.environ.get(key)]
    if missing:
        raise SystemExit(f"missing in the environment: {', '.join(missing)}")
    env = os.environ
    return Settings(
        database_url=with_driver(env["DATABASE_URL"]),
        redis_url=env.get("REDIS_URL") or env["CELERY_BROKER_URL"],
        s3_endpoint_url=env.get("S3_ENDPOINT_URL", ""),
        s3_bucket_name=env.get("S3_BUCKET_NAME", "pybase"),
        s3_access_key=env.get("S3_ACCESS_KEY", ""),
        s3_secret_key=env.get("S3_SECRET_KEY", ""),
        meilisearch_host=env.get("MEILISEARCH_HOST", ""),
        meilisearch_key=env.get("MEILISEARCH_API_KEY") or env.get("MEILI_MASTER_KEY", ""),
        build=Path(__file__).with_name("BUILD").read_text().strip(),
    )
