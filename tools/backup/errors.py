"""What stands between a person and a backup; what is wrong with one itself is `containers.backup.errors`'.

BackupToolError
├── WrongInput          what was typed names no backup, no table, no database
├── NotSetUp            the environment has no backups, or no drills
├── TaskRefused         ECS does not start the task, or tells nothing of it
├── TaskFailed          the task has ended, and not well
└── Interrupted         Ctrl-C; the message says what runs on, or what is left half done
"""

from __future__ import annotations


class BackupToolError(Exception):
    """The command has not done what it was asked for; the message says what to do."""


class WrongInput(BackupToolError):
    """What was typed cannot be meant."""


class NotSetUp(BackupToolError):
    """The environment has no backups, or no drills."""


class TaskRefused(BackupToolError):
    """ECS does not start the task, or tells nothing of it."""


class TaskFailed(BackupToolError):
    """The task has ended, and not well."""


class Interrupted(BackupToolError):
    """Ctrl-C came; the message says what runs on, or what is left half done."""
