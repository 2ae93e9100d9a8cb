"""Builds the Python environments of a rehearsal from their hashed locks; keeps them while those stay.

Never touches the environment that runs the `datatier` command.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from uv import find_uv_bin

from tools.rehearsal.errors import ToolMissing

STAMP = "datatier.digest"
SITE = Path(__file__).resolve().parent / "site"
RESOLVER = (SITE / "datatier_names.py", SITE / "datatier_names.pth")
"""What an environment inside the VPC gets: the names of private DNS namespaces, in Python's own resolver."""


def own_python() -> Path:
    """Return the Python that this environment was made from."""
    return Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A Python environment in a folder, the lock that it is built from, and modules laid beside that."""

    directory: Path
    lock: Path
    modules: tuple[Path, ...] = ()
    base: Path = field(default_factory=own_python)

    @property
    def ready(self) -> bool:
        """Whether the environment was completely built from the lock as it is now."""
        stamp = self.directory / STAMP
        return stamp.is_file() and stamp.read_text(encoding="utf-8") == self.digest

    @property
    def digest(self) -> str:
        """What the environment depends on: the lock's text, the modules' and the Python that it is for."""
        texts = [path.read_text(encoding="utf-8") for path in (self.lock, *self.modules)]
        text = "".join((*texts, sys.version, str(self.base.resolve())))
        return hashlib.sha256(text.encode()).hexdigest()

    def prepare(self) -> bool:
        """Build the environment unless it is ready; return whether it was built. Raises ToolMissing."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        with self.directory.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # tiers of two state folders share the environment
            if self.ready:
                return False
            self._build()
        return True

    def _build(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        python = self.directory / "bin" / "python"
        self._uv("venv", "--python", str(self.base), str(self.directory))
        self._uv("pip", "install", "--python", str(python), "--require-hashes", "-r", str(self.lock))
        (packages,) = self.directory.glob("lib/python*/site-packages")
        for module in self.modules:
            shutil.copy(module, packages)
        (self.directory / STAMP).write_text(
            self.digest, encoding="utf-8"
        )  # last: a kill before this builds anew

    def _uv(self, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603  # our own tool, arguments of our own
            [find_uv_bin(), "--quiet", "--no-progress", *arguments],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise ToolMissing(f"{self.directory} cannot be built from {self.lock}:\n{done.stderr.strip()}")
