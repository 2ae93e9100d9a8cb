"""What can go wrong with a history, each with Prisma's code where Prisma has one.

DatatierError
└── MigrationError
    ├── HistoryError            the folder itself
    │   ├── FolderMissing
    │   ├── ScriptMissing           P3015
    │   ├── ScriptUnreadable        not UTF-8, a byte order mark, a NUL character
    │   ├── ScriptRefused           what only psql can run, or a quote that never ends
    │   ├── TransactionLeftOpen     a BEGIN without its COMMIT
    │   └── ProviderMismatch        P3019
    ├── StateError              the folder against the database, before anything runs
    │   ├── FailedEarlier           P3009
    │   ├── SchemaNotEmpty          P3005
    │   ├── AppliedScriptEdited
    │   ├── FolderGone              an applied migration, although later ones are there
    │   └── HistoryDiverged         both sides have migrations that the other lacks
    ├── ResolveError            what somebody says became of a migration is not so
    │   ├── AlreadyApplied          P3008
    │   ├── NeverApplied            P3011
    │   ├── NotFailed               P3012
    │   ├── StillBuilding           its index is being built now
    │   └── NotInHistory            P3017
    ├── LockNotObtained         P1002
    ├── SessionUnfit            not the owner, or not reading strings as the standard does
    ├── RecordChanged           somebody else changed the row of a migration that runs
    ├── MigrationInterrupted    the connection ended in the middle; the next run settles it
    ├── BuildGoesOn             an index is still being built when the deployment has to end
    └── MigrationFailed         P3018

CloudFormation shows about the first 300 characters of a reason: every message starts with what matters.
"""

from lambdas.common.errors import DatatierError


class MigrationError(DatatierError):
    """The history could not be applied."""


class HistoryError(MigrationError):
    """The folder of migrations is not a history that can be applied."""


class FolderMissing(HistoryError):
    """There is no folder of migrations."""


class ScriptMissing(HistoryError):
    """A migration's folder holds no migration.sql."""


class ScriptUnreadable(HistoryError):
    """A script is not plain UTF-8 text."""


class ScriptRefused(HistoryError):
    """A script asks for what only psql can do, or a quote in it never ends."""


class TransactionLeftOpen(HistoryError):
    """A script opens a transaction and does not end it."""


class ProviderMismatch(HistoryError):
    """The history was written for another kind of database."""


class StateError(MigrationError):
    """The folder and the database contradict each other; nothing was run."""


class FailedEarlier(StateError):
    """A migration failed in an earlier run and nobody has said what became of it."""


class SchemaNotEmpty(StateError):
    """There are tables, and no record of how they came to be."""


class AppliedScriptEdited(StateError):
    """A script was changed after it had been applied."""


class FolderGone(StateError):
    """An applied migration has no folder any more, although later ones have theirs."""


class HistoryDiverged(StateError):
    """The database has migrations that the folder lacks, and the folder has pending ones."""


class ResolveError(MigrationError):
    """What somebody says became of a migration does not fit its records; none was changed."""


class AlreadyApplied(ResolveError):
    """The migration is recorded as applied."""


class NeverApplied(ResolveError):
    """There is no record of the migration."""


class NotFailed(ResolveError):
    """The migration did not fail."""


class StillBuilding(ResolveError):
    """The migration did not fail: the server is at work on it."""


class NotInHistory(ResolveError):
    """The folder has no migration of that name."""


class LockNotObtained(MigrationError):
    """Another run holds Prisma's lock for too long."""


class SessionUnfit(MigrationError):
    """The session does not act as it must for migrations."""


class RecordChanged(MigrationError):
    """The row of the migration that runs was finished, resolved or deleted by somebody else."""


class MigrationInterrupted(MigrationError):
    """The connection ended while a script ran."""


class BuildGoesOn(MigrationError):
    """An index is still being built when the deployment has to end; the next one records it."""


class MigrationFailed(MigrationError):
    """The server refused a script."""
