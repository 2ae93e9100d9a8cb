"""What keeps the pools from being shown.

PoolError
├── NotPooled       the environment has no pooler
└── NoTasks         it has one, and not a single task is known
"""

from __future__ import annotations


class PoolError(Exception):
    """The pools cannot be shown; the message says what to do."""


class NotPooled(PoolError):
    """The environment's applications pool by themselves."""


class NoTasks(PoolError):
    """No task of the pooler is registered."""
