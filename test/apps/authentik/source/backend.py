"""What a server and a worker do before they are ready: reach their services, migrate, keep a file."""

import json
import sys
import time
import uuid
from collections.abc import Callable

import psycopg
import redis

from settings import RELEASE, VERSION, Settings

# Whoever migrates holds it: two servers that start together migrate once.
LOCK = 1000


def say(event: str, level: str = "info") -> None:
    print(json.dumps({"event": event, "level": level, "logger": "authentik", "timestamp": time.time()}), file=sys.stderr)


def connect(settings: Settings) -> psycopg.Connection:
    return psycopg.connect(**settings.database, connect_timeout=3, autocommit=True)


def wait_for(name: str, attempt: Callable[[], object]) -> None:
    """For ever: whoever started us decides how long that may take."""
    while True:
        try:
            attempt()
            say(f"{name} connection successful")
            return
        except (psycopg.OperationalError, redis.RedisError) as error:
            say(f"{name} connection failed, retrying: {str(error).strip()}")
            time.sleep(1)


def start_backend(settings: Settings) -> None:
    wait_for("PostgreSQL", lambda: connect(settings).close())
    if settings.redis_host is not None:
        broker = redis.Redis(host=settings.redis_host, socket_connect_timeout=3)
        wait_for("Redis", broker.ping)
    with connect(settings) as connection:
        migrate(connection, settings)
    keep_file(settings)


def migrate(connection: psycopg.Connection, settings: Settings) -> None:
    connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    connection.execute("CREATE TABLE IF NOT EXISTS version_history (version text, release int[], at timestamptz)")
    newest = connection.execute("SELECT version, release FROM version_history ORDER BY release DESC, at DESC").fetchone()
    if newest is not None and tuple(newest[1]) > RELEASE:
        say(f"cannot start {VERSION}: {newest[0]} has migrated this database", "error")
        raise SystemExit(1)
    if newest is None or newest[0] != VERSION:
        say(f"applying migrations to {VERSION}")
        if newest is None:
            time.sleep(settings.first_start_seconds)
        with connection.transaction():
            connection.execute("CREATE TABLE IF NOT EXISTS users (name text PRIMARY KEY)")
            connection.execute("INSERT INTO users VALUES ('akadmin') ON CONFLICT DO NOTHING")
            connection.execute("CREATE TABLE IF NOT EXISTS heartbeats (worker text PRIMARY KEY, at timestamptz)")
            connection.execute("INSERT INTO version_history VALUES (%s, %s, now())", [VERSION, list(RELEASE)])
    connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def keep_file(settings: Settings) -> None:
    """An installation's own name in the media folder: the same for server and worker, and after a new pod."""
    settings.media.mkdir(parents=True, exist_ok=True)
    file = settings.media / "installation"
    try:
        with file.open("x") as new:
            new.write(str(uuid.uuid4()))
    except FileExistsError:
        pass


def installation(settings: Settings) -> str:
    return (settings.media / "installation").read_text()
