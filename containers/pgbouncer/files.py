"""The files of a run: in memory, for this account alone, each replaced in one step. It logs nothing."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from containers.pgbouncer.errors import RuntimeDirectoryUnusable

CONFIGURATION: Final = "pgbouncer.ini"
LOGINS: Final = "userlist.txt"
CERTIFICATE: Final = "server.crt"
KEY: Final = "server.key"

_PRIVATE: Final = 0o700
_DRAFT: Final = ".new"


class RuntimeDirectory:
    """RUNTIME_DIRECTORY, made and kept for this account alone."""

    def __init__(self, path: Path) -> None:
        """Make the folder, or take it as it was left.

        Raises:
            RuntimeDirectoryUnusable: it cannot be made, or it is another's.
        """
        self.path = path
        try:
            path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                raise RuntimeDirectoryUnusable(
                    f"RUNTIME_DIRECTORY {path} is not a folder of this account. Remove it, or name another."
                )
            path.chmod(_PRIVATE)
            for draft in path.glob(f"*{_DRAFT}"):  # of a run that was killed while it wrote
                draft.unlink()
        except OSError as error:
            raise RuntimeDirectoryUnusable(
                f"RUNTIME_DIRECTORY {path} cannot be used: {error.strerror}. Name a folder in memory "
                "that this account may make, such as one in /dev/shm."
            ) from error

    @property
    def configuration(self) -> Path:
        """What PgBouncer is started with."""
        return self.path / CONFIGURATION

    def write(self, name: str, text: str) -> bool:
        """Replace a file unless it holds that already; returns whether it did not.

        A kill at any moment leaves the old file or the new one.

        Raises:
            RuntimeDirectoryUnusable: it cannot be written, as with no memory left.
        """
        path, content = self.path / name, text.encode()
        with suppress(FileNotFoundError):
            if path.read_bytes() == content:
                return False
        draft = self.path / f"{name}{_DRAFT}"
        try:
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(content)
            draft.rename(path)
        except OSError as error:
            raise RuntimeDirectoryUnusable(f"{path} cannot be written: {error.strerror}.") from error
        return True
