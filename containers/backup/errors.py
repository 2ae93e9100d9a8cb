"""What a backup, a restore or a drill refuses or fails with; nothing of it quotes a secret or a row.

DatatierError
├── EnvironmentInvalid          a variable of the task is missing or malformed
├── SecretError                 the login's secret cannot be used
├── ConnectionFailed            no connection to PostgreSQL
└── BackupError
    ├── ProgramFailed           a program of PostgreSQL ended badly; its words are in the message
    ├── SourceError             the database cannot be backed up
    │   ├── Unreadable          tables or large objects that the login may not read: nothing is skipped
    │   ├── Conflict            a query gave way to a replica's replay or to an ALTER: another try may succeed
    │   ├── SourceLost          PostgreSQL went away in the middle
    │   └── SchemaMoving        the schema changed each time between the snapshot and the locks
    ├── StoreError              the store of backups does not do what it is asked
    │   ├── StoreUnreachable    no answer, or a failure that retrying has not cured
    │   ├── StoreRefused        the store answered and does not allow it
    │   ├── ObjectExists        an object of that name is there: nothing is overwritten
    │   └── ObjectMissing       an object that the manifest names is not there
    ├── BackupInvalid           what is stored is not what was written
    │   ├── ManifestInvalid     the manifest is unreadable, altered, or of a format that is not known
    │   └── DigestMismatch      an object's bytes are not those that were written
    ├── NoBackup                there is no complete backup, or none of that name
    ├── RestoreError            the backup cannot be restored there
    │   ├── TargetRefused       not empty, too old, without the roles or extensions, or not allowed
    │   └── SpaceLacking        the disk cannot hold the database
    ├── DrillFailed             what was restored differs from what was backed up: each difference is named
    └── Stopped                 the task was told to stop before its end

The first three are `lambdas.common.errors`' own.
"""

from lambdas.common.errors import DatatierError


class BackupError(DatatierError):
    """A backup, a restore or a drill has not succeeded."""


class ProgramFailed(BackupError):
    """A program of PostgreSQL ended badly; its last words are in the message."""


class SourceError(BackupError):
    """The database cannot be backed up as it is."""


class Unreadable(SourceError):
    """There is something that the login may not read, and a backup never skips anything."""


class Conflict(SourceError):
    """A query gave way: to the replica's replay, or to whoever alters the schema. Another try may succeed."""


class SourceLost(SourceError):
    """PostgreSQL went away in the middle."""


class SchemaMoving(SourceError):
    """The schema changed between the snapshot and the locks, each time it was tried."""


class StoreError(BackupError):
    """The store of backups does not do what it is asked."""


class StoreUnreachable(StoreError):
    """The store gave no answer, or fails whatever is retried."""


class StoreRefused(StoreError):
    """The store answered and does not allow it."""


class ObjectExists(StoreError):
    """An object of that name is there already."""


class ObjectMissing(StoreError):
    """There is no such object."""


class BackupInvalid(BackupError):
    """What is stored is not what was written."""


class ManifestInvalid(BackupInvalid):
    """The manifest is unreadable, altered, or of a format that is not known."""


class DigestMismatch(BackupInvalid):
    """An object's bytes are not those that were written."""


class NoBackup(BackupError):
    """There is no complete backup, or none of that name."""


class RestoreError(BackupError):
    """The backup cannot be restored there."""


class TargetRefused(RestoreError):
    """The database to restore into is not as it must be."""


class SpaceLacking(RestoreError):
    """The disk cannot hold the database."""


class DrillFailed(BackupError):
    """What was restored differs from what was backed up."""


class Stopped(BackupError):
    """The task was told to stop before its end."""
