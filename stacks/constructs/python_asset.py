"""What goes into a Lambda's package, and the hash that stands for it. Reads files; never installs anything.

The hash is made from what the package is built from (paths, contents, lock, target), never from the built
package: it is known without building, and it is the same on every machine and from every folder.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

RECIPE = "1"
"""Part of every hash. Raise it when the way of building changes, so that packages are built anew."""

LEFT_OUT = ("__pycache__", ".*", "*.pyc", "*~")


@dataclass(frozen=True, kw_only=True)
class PythonAsset:
    """The sources of one function and the target that its packages are chosen for.

    `sources` are files or folders relative to `root`, and keep that place in the package. `replacements` maps
    such a place to the file whose contents stand there instead.
    """

    root: Path
    sources: tuple[str, ...]
    lock: str
    python: str
    architecture: str
    replacements: Mapping[str, Path] = field(default_factory=dict[str, Path])

    def files(self) -> dict[str, Path]:
        """Every file of the package that is ours: its place in the package, and where to read it; sorted."""
        found = {
            path.relative_to(self.root).as_posix(): path
            for source in self.sources
            for path in self._below(self.root / source)
        }
        return dict(sorted({**found, **self.replacements}.items()))

    def fingerprint(self) -> str:
        """Return the SHA-256 of all that decides the package's contents, in hexadecimal."""
        digest = hashlib.sha256()
        for fact in (RECIPE, self.python, self.architecture, self._contents(self.root / self.lock)):
            digest.update(f"{fact}\0".encode())
        for place, path in self.files().items():
            digest.update(f"{place}\0{self._contents(path)}\0".encode())
        return digest.hexdigest()

    @staticmethod
    def _contents(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    @staticmethod
    def _below(path: Path) -> Iterator[Path]:
        if path.is_file():
            yield path
            return
        yield from (
            found
            for found in path.rglob("*")
            if found.is_file() and not any(map(_left_out, found.relative_to(path).parts))
        )


def _left_out(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in LEFT_OUT)
