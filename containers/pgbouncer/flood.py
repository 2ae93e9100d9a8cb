"""How many lines of PgBouncer's log are handed on: a stranger who knocks must not fill the task's. Pure."""

from typing import Final

_LINES: Final = 50
_SECONDS: Final = 1.0


class Flood:
    """Lets so many lines pass in each second, and counts the others."""

    def __init__(self, *, lines: int = _LINES) -> None:
        self._lines = lines
        self._began = float("-inf")
        self._passed = 0
        self._left_out = 0

    def passes(self, now: float) -> tuple[bool, int]:
        """Whether a line passes, and how many have not since this was last told; `now` in seconds."""
        left_out = 0
        if now - self._began >= _SECONDS:
            left_out, self._left_out = self._left_out, 0
            self._began, self._passed = now, 0
        if self._passed < self._lines:
            self._passed += 1
            return True, left_out
        self._left_out += 1
        return False, left_out
