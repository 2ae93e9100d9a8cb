"""Restores large objects from their archive, a stream whose last bytes wait until its digest was right."""

from collections.abc import Iterator
from typing import Final

from containers.backup.errors import ProgramFailed, RestoreError, SourceLost
from containers.backup.restore.target import Target

_PROGRAM: Final = "pg_restore"


def restore_large_objects(blocks: Iterator[bytes], target: Target) -> None:
    """Feed pg_restore; what `blocks` raises at its end leaves it with an archive that is cut off.

    Raises RestoreError.
    """
    arguments = [f"--dbname={target.address}", "--exit-on-error", "--format=custom"]
    try:
        with target.programs.run(_PROGRAM, arguments, target.login, stdin=True) as running:
            try:
                for block in _last_held_back(blocks):
                    running.stdin.write(block)
                running.stdin.close()
            except BrokenPipeError:  # it has ended before: `finish` says why
                pass
            running.finish()
    except (ProgramFailed, SourceLost) as error:
        raise RestoreError(
            f"the large objects cannot be restored into {target.title}: {error}. Those whose numbers are "
            "taken "
            "there already must go first."
        ) from error


def _last_held_back(blocks: Iterator[bytes]) -> Iterator[bytes]:
    held = b""
    for block in blocks:
        if held:
            yield held
        held = block
    yield held
