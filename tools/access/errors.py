"""What can stand between a person and the tier.

AccessError
├── NotDeployed     the environment has no such parameter or secret
├── NotAllowed      the caller's credentials may not read it, or there are none
└── NoReplica       a replica was asked for and the environment has none
"""

from __future__ import annotations


class AccessError(Exception):
    """The tier cannot be entered; the message says what to do."""


class NotDeployed(AccessError):
    """The environment has no such parameter or secret."""


class NotAllowed(AccessError):
    """The caller may not read it, or has no credentials at all."""


class NoReplica(AccessError):
    """A replica was asked for and the environment has none."""
