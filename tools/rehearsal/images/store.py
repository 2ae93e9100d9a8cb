"""The images of a tier: a folder for each build, which holds its context, and a file for each name.

Never the engine's store, and never more than the build's context holds: what an image is missing in AWS is
missing here.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from tools.rehearsal.documents import read_document
from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.images.dockerfile import Start, start_of

CONTEXT = "context"
RECORD = "image.json"
LOCK = "requirements.lock"
FOLDER_MODE, FILE_MODE = 0o755, 0o644


@dataclass(frozen=True, kw_only=True)
class _Record:
    """`dockerfile` within the context; `python`: the environment of the lock beside it, or nothing."""

    dockerfile: str
    python: str


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image: where its files are, which Python runs it, and how it is started."""

    context: Path
    python: Path | None
    start: Start


class Images:
    """All images of one tier."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, name: str, *, context: Path, dockerfile: str, python: Path | None) -> None:
        """Keep a context under a name. Raises InvalidProperty for a Dockerfile that starts nothing here."""
        build = self.root / "builds" / f"{quote(name, safe='')}.{os.getpid()}"
        shutil.rmtree(build, ignore_errors=True)
        copy = build / CONTEXT
        shutil.copytree(context, copy, symlinks=False)
        for path in (build, copy, *copy.rglob("*")):  # another account runs it
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)
        try:
            start_of((copy / dockerfile).read_text(encoding="utf-8"), name=dockerfile)
        except FileNotFoundError as error:
            raise InvalidProperty(f"the build context of {name} has no {dockerfile}") from error
        record = _Record(dockerfile=dockerfile, python=str(python) if python else "")
        (build / RECORD).write_text(json.dumps(asdict(record)), encoding="utf-8")
        self._name(name, build.name)

    def tag(self, source: str, target: str) -> None:
        """Give an image one more name. Raises InvalidProperty."""
        self._name(target, self._build_of(source))

    def has(self, name: str) -> bool:
        """Tell whether there is an image of this name."""
        return (self.root / "names" / quote(name, safe="")).is_file()

    def names(self, tag: str) -> list[str]:
        """Return the full names that end with a tag."""
        known = [unquote(path.name) for path in sorted((self.root / "names").glob("*"))]
        return [name for name in known if name.rpartition(":")[2] == tag]

    def get(self, name: str) -> Image:
        """Return an image. Raises InvalidProperty as ECS does for one that is not there."""
        build = self.root / "builds" / self._build_of(name)
        record = read_document(build / RECORD, _Record)
        if record is None:
            raise InvalidProperty(f"CannotPullContainerError: {name} is not whole: run `make up` again")
        text = (build / CONTEXT / record.dockerfile).read_text(encoding="utf-8")
        return Image(
            context=build / CONTEXT,
            python=Path(record.python) if record.python else None,
            start=start_of(text, name=record.dockerfile),
        )

    def _build_of(self, name: str) -> str:
        try:
            return (self.root / "names" / quote(name, safe="")).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise InvalidProperty(f"CannotPullContainerError: there is no image {name}") from error

    def _name(self, name: str, build: str) -> None:
        path = self.root / "names" / quote(name, safe="")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text(build, encoding="utf-8")
        draft.replace(path)
