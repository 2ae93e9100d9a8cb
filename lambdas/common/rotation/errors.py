"""What can be wrong with a rotation; nothing of it quotes a secret.

DatatierError
└── RotationError
    ├── EventInvalid        not an event that Secrets Manager sends
    ├── NotStaged           the version is not the one that rotates now, or nothing rotates
    ├── TooSoon             clients may still use the version before the current one
    ├── PendingRefused      AWSPENDING is not what follows AWSCURRENT
    └── StepNotDone         a step did not succeed; Secrets Manager tries again
"""

from lambdas.common.errors import DatatierError


class RotationError(DatatierError):
    """A step of a rotation ends here; what it says is safe to show."""


class EventInvalid(RotationError):
    """Not an event that Secrets Manager sends to a rotation function."""


class NotStaged(RotationError):
    """The version named by the token is not pending, or the secret does not rotate."""


class TooSoon(RotationError):
    """A rotation now would refuse clients that still use the version before the current one."""


class PendingRefused(RotationError):
    """The pending document names another user or another server than the one that follows."""


class StepNotDone(RotationError):
    """The server or the service did not do what the step needs; another try may succeed."""
