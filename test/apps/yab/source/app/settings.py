"""Everything the API is told from outside, read once from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    database_url: str
    build: str


def with_driver(url: str) -> str:
    """A plain postgresql:// URL means psycopg here; SQLAlchemy alone would look for psycopg2."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def read_settings() -> Settings:
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise SystemExit("missing in the environment: DATABASE_URL")
    return Settings(with_driver(url), Path(__file__).with_name("BUILD").read_text().strip())
