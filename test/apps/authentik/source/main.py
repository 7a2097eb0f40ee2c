"""A stand-in for `ak`: server, worker, healthcheck."""

import sys
import time
from urllib.request import urlopen

from settings import HEARTBEAT, read_settings


def healthcheck() -> int:
    """Of whichever of the two runs in this container: a worker has left its heartbeat."""
    if HEARTBEAT.exists():
        return 0 if time.time() - HEARTBEAT.stat().st_mtime < 30 else 1
    try:
        with urlopen(f"http://127.0.0.1:9000{read_settings().web_path}-/health/live/", timeout=3) as answer:
            return 0 if answer.status < 300 else 1
    except OSError:
        return 1


def main(arguments: list[str]) -> int:
    match arguments:
        case ["server"]:
            from web import serve

            serve(read_settings())
        case ["worker"]:
            from work import work

            work(read_settings())
        case ["healthcheck"]:
            return healthcheck()
        case _:
            print("usage: ak server | worker | healthcheck", file=sys.stderr)
            return 2
    return 0


raise SystemExit(main(sys.argv[1:]))
