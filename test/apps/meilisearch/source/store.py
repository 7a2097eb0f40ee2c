"""Documents by index, in one JSON file an index below the database folder."""

import json
import shutil
import tarfile
import threading
import time
from pathlib import Path

VERSION = Path(__file__).with_name("VERSION").read_text().strip()


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


class Store:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.Lock()
        self.tasks: list[dict] = []
        self.claim()

    def claim(self) -> None:
        """A database that another minor version has written is refused, as Meilisearch does."""
        file = self.folder / "VERSION"
        writer = file.read_text().strip() if file.exists() else VERSION
        if minor(writer) != minor(VERSION):
            raise SystemExit(f"error: the database was written by version {writer}, this is {VERSION}: import a dump")
        (self.folder / "indexes").mkdir(parents=True, exist_ok=True)
        file.write_text(VERSION)

    def names(self) -> list[str]:
        return sorted(path.stem for path in (self.folder / "indexes").glob("*.json"))

    def path(self, name: str) -> Path:
        return self.folder / "indexes" / f"{name}.json"

    def read(self, name: str) -> dict[str, dict]:
        return json.loads(self.path(name).read_text())

    def write(self, name: str, documents: dict[str, dict]) -> None:
        """A process that is killed meanwhile leaves the file as it was."""
        new = self.path(name).with_suffix(".new")
        new.write_text(json.dumps(documents))
        new.rename(self.path(name))

    def add(self, name: str, documents: list[dict]) -> dict:
        with self.lock:
            held = self.read(name) if self.path(name).exists() else {}
            held.update({str(document["id"]): document for document in documents})
            self.write(name, held)
        return self.done("documentAdditionOrUpdate", name, {"indexedDocuments": len(documents)})

    def remove(self, name: str) -> dict:
        with self.lock:
            self.path(name).unlink(missing_ok=True)
        return self.done("indexDeletion", name, {})

    def find(self, name: str, words: str) -> list[dict]:
        wanted = words.lower().split()
        return [one for one in self.read(name).values() if all(word in json.dumps(one).lower() for word in wanted)]

    def dump(self, folder: Path) -> dict:
        uid = time.strftime("%Y%m%d-%H%M%S") + f"{time.time_ns() // 1_000_000 % 1000:03d}"
        self.pack(folder / f"{uid}.dump")
        return self.done("dumpCreation", None, {"dumpUid": uid})

    def snapshot(self, folder: Path) -> dict:
        self.pack(folder / f"{self.folder.name}.snapshot")
        return self.done("snapshotCreation", None, {})

    def pack(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        with self.lock, tarfile.open(new, "w:gz") as archive:
            archive.add(self.folder, arcname=".")
        new.rename(file)

    def done(self, kind: str, index: str | None, details: dict) -> dict:
        """A task, which is finished here before anybody asks for it."""
        task = {"uid": len(self.tasks), "indexUid": index, "status": "succeeded", "type": kind, "details": details}
        self.tasks.append(task)
        return {"taskUid": task["uid"], "indexUid": index, "status": "enqueued", "type": kind}


def unpack(archive: Path, folder: Path, *, same_version: bool) -> None:
    """What a dump or a snapshot holds becomes the database; only a dump may come from another version."""
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    with tarfile.open(archive) as packed:
        packed.extractall(new)
    if not same_version:
        (new / "VERSION").write_text(VERSION)
    new.rename(folder)
