"""The options of Meilisearch that a deploy or a backup uses: each a flag, or a variable MEILI_NAME."""

import argparse
import os
from pathlib import Path

FLAGS = ("ignore_missing_dump", "ignore_dump_if_db_exists", "ignore_missing_snapshot", "ignore_snapshot_if_db_exists")
VALUES = {
    "db_path": "./data.ms",
    "dump_dir": "dumps",
    "snapshot_dir": "snapshots",
    "http_addr": "0.0.0.0:7700",
    "env": "development",
    "master_key": "",
    "import_dump": "",
    "import_snapshot": "",
    # Not an option of Meilisearch: how long this stand-in takes before it answers.
    "start_seconds": "0",
}
SHORTEST_KEY = 16


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="meilisearch")
    for name in FLAGS:
        given = os.environ.get(f"MEILI_{name.upper()}", "") in ("1", "true")
        parser.add_argument(f"--{name.replace('_', '-')}", action="store_true", default=given)
    for name, default in VALUES.items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=os.environ.get(f"MEILI_{name.upper()}", default))
    parser.add_argument("--no-analytics", nargs="?", const="true")
    options = parser.parse_args(arguments)
    if options.env == "production" and len(options.master_key.encode()) < SHORTEST_KEY:
        raise SystemExit(f"error: in production the master key must be at least {SHORTEST_KEY} bytes long")
    for name in ("db_path", "dump_dir", "snapshot_dir"):
        setattr(options, name, Path(getattr(options, name)))
    return options
