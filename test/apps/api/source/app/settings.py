"""Everything the API is told from outside, read once from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

REQUIRED = (
    "DATABASE_URL",
    "JWT_SECRET_KEY",
    "OWNER_USERNAME",
    "OWNER_PASSWORD",
    "S3_ENDPOINT_URL",
    "S3_BUCKET_NAME",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
    "API_BASE_URL",
)


@dataclass(frozen=True)
class Settings:
    database_url: str
    s3_endpoint_url: str
    s3_bucket_name: str
    s3_access_key_id: str
    s3_secret_access_key: str
    docs_enabled: bool
    build: str


def with_driver(url: str) -> str:
    """A plain postgresql:// URL means psycopg here; SQLAlchemy alone would look for psycopg2."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def read_settings() -> Settings:
    missing = [key for key in REQUIRED if not os.environ.get(key)]
    if missing:
        raise SystemExit(f"missing in the environment: {', '.join(missing)}")
    return Settings(
        database_url=with_driver(os.environ["DATABASE_URL"]),
        s3_endpoint_url=os.environ["S3_ENDPOINT_URL"],
        s3_bucket_name=os.environ["S3_BUCKET_NAME"],
        s3_access_key_id=os.environ["S3_ACCESS_KEY_ID"],
        s3_secret_access_key=os.environ["S3_SECRET_ACCESS_KEY"],
        docs_enabled=os.environ.get("API_DOCS_ENABLED", "true").lower() != "false",
        build=Path(__file__).with_name("BUILD").read_text().strip(),
    )
