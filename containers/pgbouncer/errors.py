"""What a pooler task refuses to run with; nothing of it quotes a secret.

DatatierError
├── EnvironmentInvalid          a variable of the task is missing or malformed
├── SecretError                 a login's secret, or the certificate's, cannot be used
├── ConnectionFailed            no connection to PostgreSQL
└── PoolerError
    ├── ProgramMissing          there is no PgBouncer, or what is there does not run
    ├── VersionRefused          PgBouncer is older than it may be
    ├── ConfigurationInvalid    a setting that PgBouncer never had, or a value that it cannot be given
    ├── CertificateInvalid      certificate, key and authority do not belong together, or are expired
    ├── AuthorityUnreadable     what PostgreSQL's certificate is verified with is missing or broken
    ├── RuntimeDirectoryUnusable    the folder for the files of a run cannot be made, or is not ours alone
    ├── StartFailed             PgBouncer ended before its console answered; its last words are in the message
    └── ConsoleFailed           PgBouncer's console does not answer, or refuses a command

The first four are `lambdas.common.errors`' own.
"""

from lambdas.common.errors import DatatierError


class PoolerError(DatatierError):
    """The task cannot run, or not go on, as it is."""


class ProgramMissing(PoolerError):
    """There is no PgBouncer where it should be, or what is there does not run."""


class VersionRefused(PoolerError):
    """PgBouncer is older than MINIMUM_VERSION."""


class ConfigurationInvalid(PoolerError):
    """A setting or a name that PgBouncer never had, or with a value that it cannot be given."""


class CertificateInvalid(PoolerError):
    """Clients could not verify the certificate, or PgBouncer could not use it."""


class AuthorityUnreadable(PoolerError):
    """Whom to trust for PostgreSQL's certificate cannot be read; no connection is made without it."""


class RuntimeDirectoryUnusable(PoolerError):
    """The folder for the files of a run cannot be made, or others may read it."""


class StartFailed(PoolerError):
    """PgBouncer ended before its console answered; its last words are in the message."""


class ConsoleFailed(PoolerError):
    """PgBouncer's console does not answer, or refuses a command."""
