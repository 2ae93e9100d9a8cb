"""An archive of pg_dump in memory, which pg_restore reads as often as it needs: no file is written.

What it restores it restores by numbers of entries, and stops at the first error.
"""

import os
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager
from typing import Final, Literal

from containers.backup.errors import ProgramFailed, RestoreError
from containers.backup.restore.contents import Entry, entries, listed, plain
from containers.backup.restore.target import Target

Section = Literal["pre-data", "post-data"]
_PROGRAM: Final = "pg_restore"
_SCRIPT: Final = ("--verbose", "--file=-")


class Archive:
    """A schema's archive, held for the time of a restore."""

    def __init__(self, descriptor: int, target: Target) -> None:
        self._descriptor = descriptor
        self._target = target

    def contents(self, section: Section) -> tuple[Entry, ...]:
        """What a section contains, in the order of its restore. Raises ProgramFailed."""
        found = entries(self._said(*_SCRIPT, f"--section={section}"))
        numbers = listed(self._said("--list", f"--section={section}"))
        if plain(found, numbers):
            return found
        # Slow, and rare: the first header of an entry that is alone is nobody's imitation.
        return tuple(entry for number in numbers for entry in entries(self._alone(number))[:1])

    def _alone(self, number: int) -> str:
        with memory("contents", [_line(number)]) as chosen:
            return self._said(*_SCRIPT, f"--use-list={self._path(chosen)}", pass_fds=[chosen])

    def _said(self, *arguments: str, pass_fds: Collection[int] = ()) -> str:
        with self._target.programs.run(
            _PROGRAM,
            [*arguments, self._path(self._descriptor)],
            {},
            stdout=True,
            pass_fds=[self._descriptor, *pass_fds],
        ) as running:
            script = running.stdout.read()
            running.finish()
        return script.decode(errors="surrogateescape")

    def restore(self, chosen: Collection[Entry], *, jobs: int = 1, whole: bool = False) -> None:
        """Restore some entries; `whole`: all of them or none. Raises RestoreError."""
        if not chosen:
            return
        with memory("contents", [_line(entry.number) for entry in chosen]) as chosen_list:
            arguments = [
                f"--dbname={self._target.address}",
                f"--use-list={self._path(chosen_list)}",
                "--exit-on-error",
                "--no-tablespaces",
                *(["--single-transaction"] if whole else []),
                *([f"--jobs={jobs}"] if jobs > 1 else []),
                self._path(self._descriptor),
            ]
            with self._target.programs.run(
                _PROGRAM, arguments, self._target.login, pass_fds=[self._descriptor, chosen_list]
            ) as running:
                try:
                    running.finish()
                except ProgramFailed as error:
                    raise RestoreError(
                        f"the schema cannot be restored into {self._target.title}: {error}."
                    ) from error

    @staticmethod
    def _path(descriptor: int) -> str:
        return f"/dev/fd/{descriptor}"


def _line(number: int) -> bytes:
    """A line of a list of entries."""
    return f"{number}; 0 0\n".encode()


@contextmanager
def memory(name: str, blocks: Iterable[bytes]) -> Generator[int]:
    """Hold bytes as a file that has no place on any disk; give its descriptor."""
    descriptor = os.memfd_create(name)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            for block in blocks:
                stream.write(block)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)
