"""A file by which a probe sees a Celery worker without asking it.

The first touch waits for the first connection: a worker that has never reached its broker has not started. From then
on a thread touches the file as long as the consumer's loop turns, and also while the broker is away, because a restart
would not bring it back.
"""

import os
import threading
import time
from pathlib import Path

from celery import bootsteps

SECONDS = 5
# So long may the loop be silent.
HANGS_AFTER = 30
FILE = Path(os.environ.get("HEARTBEAT_FILE", "/tmp/heartbeat"))


class Heartbeat(bootsteps.StartStopStep):
    """A step of the consumer: started by each connection, stopped by its loss and by the worker's end."""

    requires = ("celery.worker.consumer.tasks:Tasks",)
    # When the loop turned last; none while there is no connection.
    turned: float | None = None
    thread: threading.Thread | None = None

    def __init__(self, consumer, **options) -> None:
        super().__init__(consumer, **options)
        self.timer = None

    def start(self, consumer) -> None:
        turn()
        self.timer = consumer.timer.call_repeatedly(SECONDS, turn)
        if Heartbeat.thread is None:
            Heartbeat.thread = threading.Thread(target=beat, daemon=True)
            Heartbeat.thread.start()

    def stop(self, consumer) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        Heartbeat.turned = None


def turn() -> None:
    Heartbeat.turned = time.monotonic()


def beat() -> None:
    while True:
        turned = Heartbeat.turned
        if turned is None or time.monotonic() - turned < HANGS_AFTER:
            FILE.touch()
        time.sleep(SECONDS)
