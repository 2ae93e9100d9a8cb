"""What can stand in the way of a rotation by hand.

RotationError
├── NotRotating     the credential has no schedule, so no function is there to rotate it
└── NotFinished     the rotation did not come to its end while somebody waited
"""

from __future__ import annotations


class RotationError(Exception):
    """The credential is not rotated; the message says what to do."""


class NotRotating(RotationError):
    """The credential has no schedule."""


class NotFinished(RotationError):
    """Secrets Manager is still trying, or has given up."""
