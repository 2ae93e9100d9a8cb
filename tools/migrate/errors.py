"""What can go wrong before the engine is asked anything; its own errors are in lambdas.bootstrap.migrations.

DatatierError
├── Misused                 what was typed cannot be meant; nothing was tried
│   ├── DatabaseUrlInvalid
│   ├── NoSuchFolder
│   └── PoolerInBetween
├── Interrupted             Ctrl-C; what is applied stays
├── NotTheOwner             the login may not act as the role that owns the tables
└── SessionEnded            the server refused what every run needs, or the connection ended
"""

from lambdas.common.errors import DatatierError


class Misused(DatatierError):
    """What was typed cannot be meant."""


class DatabaseUrlInvalid(Misused):
    """The URL cannot be used; the message says which part of it and why."""


class NoSuchFolder(Misused):
    """The folder of migrations that was named is not there."""


class PoolerInBetween(Misused):
    """The URL leads through a pooler, where a session's lock does not stay with its statements."""


class Interrupted(DatatierError):
    """Ctrl-C came; what is applied stays, and the next run goes on."""


class NotTheOwner(DatatierError):
    """The login may not act as the role that owns the database's tables."""


class SessionEnded(DatatierError):
    """The server refused something that every run needs, or the connection ended."""
