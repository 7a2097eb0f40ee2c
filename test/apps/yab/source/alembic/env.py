"""Runs the migrations that lie in versions/ against DATABASE_URL."""

import os
import signal
import sys
from logging.config import fileConfig

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app.settings import with_driver

# Process 1 of a container ignores SIGTERM unless it says otherwise: a deleted pod would wait out its grace period.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

# Any number; whoever migrates this database takes the same one, so two pods never migrate at once.
LOCK = 7_303


def migrate() -> None:
    engine = create_engine(
        with_driver(os.environ["DATABASE_URL"]), poolclass=NullPool, connect_args={"connect_timeout": 5}
    )
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name)
if context.is_offline_mode():
    raise SystemExit("cannot migrate offline: the schema revision is in the database")
migrate()
