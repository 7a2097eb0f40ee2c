"""The worker: a heartbeat in the database for the server to count, and one in a file for the probe."""

import signal
import socket
import sys
import time

import psycopg

from backend import connect, installation, say, start_backend
from settings import HEARTBEAT, Settings

SECONDS = 5


def work(settings: Settings) -> None:
    # Process 1 of a container ignores SIGTERM unless it says otherwise.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    start_backend(settings)
    say(f"worker of installation {installation(settings)} started")
    while True:
        beat(settings)
        time.sleep(SECONDS)


def beat(settings: Settings) -> None:
    HEARTBEAT.touch()
    try:
        with connect(settings) as connection:
            set_now = "INSERT INTO heartbeats VALUES (%s, now()) ON CONFLICT (worker) DO UPDATE SET at = now()"
            connection.execute(set_now, [socket.gethostname()])
    except psycopg.OperationalError as error:
        say(f"heartbeat failed: {str(error).strip()}", "warning")
