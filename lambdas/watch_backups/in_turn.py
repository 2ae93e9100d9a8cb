"""Looks one after another, each whatever becomes of the others, and tells of all failures at the end."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lambdas.watch_backups.errors import BackupsUnreadable


@dataclass(frozen=True, kw_only=True)
class InTurn:
    """What has failed so far."""

    _failures: list[BackupsUnreadable] = field(default_factory=list[BackupsUnreadable], init=False)

    @contextmanager
    def going_on(self) -> Generator[None]:
        """Note that what is within cannot be read, and go on after it."""
        try:
            yield
        except BackupsUnreadable as failure:
            self._failures.append(failure)

    def end(self) -> None:
        """Raise BackupsUnreadable, with each failure once, if there was any."""
        if self._failures:
            kinds = {type(failure) for failure in self._failures}
            kind = kinds.pop() if len(kinds) == 1 else BackupsUnreadable
            raise kind("\n".join(dict.fromkeys(map(str, self._failures))))
