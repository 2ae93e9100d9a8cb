"""What a line of PgBouncer's log means for the task. Pure; it shows nobody the line.

Source: the log of 1.18.0 and 1.26.1, with a wrong password on either side and PostgreSQL stopped.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_LINE: Final = re.compile(
    r"(?:[\d-]+ \S+ \S+ \[\d+\] )?(?P<level>NOISE|DEBUG|LOG|WARNING|ERROR|FATAL|STATS) (?P<message>.*)"
)
_FROM: Final = re.compile(
    r"[CS]-0x[0-9a-f]+: (?P<database>[^/()\s]+)/(?P<user>[^@]+)@(?P<address>\S+) (?P<message>.*)"
)
_STRANGER: Final = re.compile(r"C-0x[0-9a-f]+: \(nodb\)/.*")
"""Who has not logged in may have any name, and a name may read like a line of the log."""

_SAYS_SO: Final = "pooler error: "
_REFUSED_BY_POSTGRES: Final = (
    "password authentication failed for user",
    "is not permitted to log in",
    'role "',
    "no pg_hba.conf entry",
    "permission denied for database",
)
_CLIENT_REFUSED: Final = "password authentication failed"
"""PostgreSQL's own goes on with the user's name."""
_FAILING: Final = "server login has been failing"
_OUR_DOING: Final = ("pause mode", "connect string changed")
"""A login that the task itself ended, by a pause or by another host; the next one may well succeed."""
_FULL: Final = ("too many connections", "too many clients", "remaining connection slots")
"""PostgreSQL is there and has no place: no client is helped by waiting for it to come back."""


class Meaning(Enum):
    """What happened."""

    CLIENT_REFUSED = auto()
    """A client's name or password is not what the auth file says; its secret may have rotated."""
    LOGIN_REFUSED = auto()
    """PostgreSQL refused the pooler a login; the auth file may be behind."""
    UNREACHABLE = auto()
    """PgBouncer could not get to PostgreSQL."""
    FAILING = auto()
    """A client was refused because of a login that failed before: perhaps before a pause."""
    NOT_LISTENING = auto()
    """An address could not be listened on."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the log, without its date and process id."""

    level: str
    message: str
    database: str | None
    meaning: Meaning | None

    @property
    def is_warning(self) -> bool:
        """Whether a person should look at it."""
        return self.level in {"WARNING", "ERROR", "FATAL"}


def read(text: str) -> Line:
    """Read a line; one that is not PgBouncer's own, as of a library, is taken as a warning."""
    found = _LINE.fullmatch(text.rstrip("\r\n"))
    if found is None:
        return Line(level="WARNING", message=text.strip(), database=None, meaning=None)
    message = found["message"]
    if _STRANGER.fullmatch(message):
        refused = message.endswith(f" {_CLIENT_REFUSED}")
        meaning = Meaning.CLIENT_REFUSED if refused else None
        return Line(level=found["level"], message=message, database=None, meaning=meaning)
    origin = _FROM.fullmatch(message)
    return Line(
        level=found["level"],
        message=message,
        database=None if origin is None else origin["database"],
        meaning=_meaning(message if origin is None else origin["message"]),
    )


def _meaning(said: str) -> Meaning | None:
    if said.startswith("cannot listen on") or "failed to listen on" in said:
        return Meaning.NOT_LISTENING
    if said == _CLIENT_REFUSED:
        return Meaning.CLIENT_REFUSED
    if said.startswith(("server login failed: ", "S: login failed: ")):
        return _of_login(said)
    if said.startswith(_SAYS_SO + _FAILING) and not any(word in said for word in _OUR_DOING):
        cause = _of_login(said)
        return Meaning.FAILING if cause is Meaning.UNREACHABLE else cause
    return None


def _of_login(said: str) -> Meaning | None:
    if any(word in said for word in _FULL):
        return None
    if any(word in said for word in _REFUSED_BY_POSTGRES):
        return Meaning.LOGIN_REFUSED
    return Meaning.UNREACHABLE
