"""What the function fails with; its failure is itself an alarm.

DatatierError
├── EnvironmentInvalid          a variable is missing or malformed
└── BackupsUnreadable           something of the backups could not be read
    ├── BucketUnreadable        a bucket, or something in it
    └── CopiesUnreadable        RDS's list of the automated backups

The first is `lambdas.common.errors`' own.
"""

from lambdas.common.errors import DatatierError


class BackupsUnreadable(DatatierError):
    """Something could not be read: nothing is known of it."""


class BucketUnreadable(BackupsUnreadable):
    """A bucket could not be read: nothing is known of what is in it."""


class CopiesUnreadable(BackupsUnreadable):
    """RDS does not say how far its copies reach."""
