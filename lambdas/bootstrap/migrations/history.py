"""Reads a folder of Prisma migrations: names, order, checksums. It connects to nothing, changes nothing."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lambdas.bootstrap.migrations.errors import (
    FolderMissing,
    ProviderMismatch,
    ScriptMissing,
    ScriptUnreadable,
)
from lambdas.bootstrap.migrations.order import locale_key

SCRIPT_NAME: Final = "migration.sql"
LOCK_FILE: Final = "migration_lock.toml"
_PROVIDER: Final = re.compile(r'^\s*provider\s*=\s*"([^"]*)"', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One script: its name (the folder's), its path for people and on disk, and Prisma's checksum of it."""

    name: str
    file: str
    path: str | Path
    checksum: str

    @property
    def script(self) -> str:
        """The text, read when it is asked for: a history is not held in memory."""
        return Path(self.path).read_bytes().decode("utf-8")

    def was_applied_as(self, checksum: str) -> bool:
        """Whether a recorded checksum is this script's; line endings may differ, as Prisma allows."""
        if checksum == self.checksum:
            return True
        unix = self.script.replace("\r\n", "\n")
        return checksum in {_sha256(unix), _sha256(unix.replace("\n", "\r\n"))}


def read_history(folder: Path, *, shown_as: str = "prisma/migrations") -> tuple[Migration, ...]:
    """Every sub-folder is a migration, in Prisma's order; `shown_as` is what messages call the folder.

    Raises:
        HistoryError: one of its branches, naming the file.
    """
    if not folder.is_dir():
        raise FolderMissing(f"there is no folder {shown_as}: the package was built without its migrations.")
    _check_provider(folder, shown_as=shown_as)
    with os.scandir(folder) as entries:
        names = sorted((entry.name for entry in entries if entry.is_dir()), key=locale_key)
    return tuple(_read(f"{folder}/{name}/{SCRIPT_NAME}", name=name, shown_as=shown_as) for name in names)


def _read(path: str, *, name: str, shown_as: str) -> Migration:
    shown = f"{shown_as}/{name}/{SCRIPT_NAME}"
    try:
        content = _content(path)
    except (FileNotFoundError, IsADirectoryError):
        raise ScriptMissing(
            f"P3015: {shown} does not exist. Put the script back, or delete the folder {name}."
        ) from None
    if content.startswith(b"\xef\xbb\xbf"):
        raise ScriptUnreadable(
            f"{shown} starts with a byte order mark, which PostgreSQL does not read. Save it without."
        )
    try:
        if not content.isascii():
            content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ScriptUnreadable(
            f"{shown}:{line}: byte {content[error.start]:#04x} is not UTF-8. Save it as UTF-8."
        ) from None
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise ScriptUnreadable(f"{shown}:{line}: a NUL character, which PostgreSQL cannot hold. Remove it.")
    checksum = hashlib.sha256(content).hexdigest()
    return Migration(name=name, file=shown, path=path, checksum=checksum)


def _content(path: str) -> bytes:
    # Without a file object: a thousand may be read at each deployment.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)


def _check_provider(folder: Path, *, shown_as: str) -> None:
    lock_file = folder / LOCK_FILE
    if not lock_file.is_file():
        return
    provider = _PROVIDER.search(lock_file.read_text(encoding="utf-8"))
    if provider is not None and provider.group(1) not in ("postgresql", "postgres"):
        raise ProviderMismatch(
            f"P3019: {shown_as}/{LOCK_FILE} says the history is for {provider.group(1)}; this "
            f"database is postgresql.",
        )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
