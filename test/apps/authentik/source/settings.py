"""What authentik is told from outside; names with two underscores are its own."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

VERSION = Path(__file__).with_name("VERSION").read_text().strip()
RELEASE = tuple(int(part) for part in VERSION.split(".")[:2])


@dataclass(frozen=True)
class Settings:
    secret_key: str
    database: dict[str, str]
    # Releases before 2025.10 need one.
    redis_host: str | None
    web_path: str
    media: Path
    # Not a setting of authentik: how long the first migration of a database takes here.
    first_start_seconds: float


# Where a worker leaves its heartbeat for `ak healthcheck`.
HEARTBEAT = Path(tempfile.gettempdir()) / "authentik-worker"


def read_settings() -> Settings:
    env = os.environ
    secret_key = env.get("AUTHENTIK_SECRET_KEY", "")
    if not secret_key:
        raise SystemExit('{"event": "Secret key missing: set AUTHENTIK_SECRET_KEY", "level": "error"}')
    postgres = "AUTHENTIK_POSTGRESQL__"
    path = env.get("AUTHENTIK_WEB__PATH", "/")
    if not (path.startswith("/") and path.endswith("/")):
        raise SystemExit(f'{{"event": "AUTHENTIK_WEB__PATH must begin and end with /: {path}", "level": "error"}}')
    return Settings(
        secret_key=secret_key,
        database={
            "host": env.get(f"{postgres}HOST", "localhost"),
            "port": env.get(f"{postgres}PORT", "5432"),
            "dbname": env.get(f"{postgres}NAME", "authentik"),
            "user": env.get(f"{postgres}USER", "authentik"),
            "password": env.get(f"{postgres}PASSWORD", ""),
        },
        redis_host=env.get("AUTHENTIK_REDIS__HOST", "localhost") if RELEASE < (2025, 10) else None,
        web_path=path,
        media=Path("/media" if RELEASE < (2025, 12) else "/data/media"),
        first_start_seconds=float(env.get("STANDIN_FIRST_START_SECONDS", "5")),
    )
