"""When the secrets are read again: on a slow beat, and at once after a refused login. Pure, without a clock.

Whoever knocks with wrong passwords must not make the task call Secrets Manager at their pace: passes that
change nothing come less and less often, down to the slow beat.
"""

from typing import Final

FIRST_PAUSE_SECONDS: Final = 2.0


class Pace:
    """Times are seconds of one steady clock."""

    def __init__(self, *, beat_seconds: float, now: float) -> None:
        self._beat = beat_seconds
        self._last = now
        self._asked = False
        self._answers = False
        self._pause = min(FIRST_PAUSE_SECONDS, beat_seconds)

    def ask(self) -> None:
        """Somebody has reason to believe that a secret has changed."""
        self._asked = True

    def due(self) -> float:
        """When the next pass is."""
        return self._last + (self._pause if self._asked else self._beat)

    def begin(self) -> None:
        """A pass begins: who asks from now on wants another one."""
        self._answers, self._asked = self._asked, False

    def done(self, *, changed: bool, now: float) -> None:
        """The pass is over."""
        asked, self._answers, self._last = self._answers, False, now
        if changed:
            self._pause = min(FIRST_PAUSE_SECONDS, self._beat)
        elif asked:
            self._pause = min(self._pause * 2, self._beat)
        else:
            self._pause = min(FIRST_PAUSE_SECONDS, self._beat)
