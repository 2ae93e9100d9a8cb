"""What the function fails with; its failure is itself an alarm.

DatatierError
├── EnvironmentInvalid      a variable is missing or malformed
└── BucketUnreadable        a bucket, or something in it, could not be read

The first is `lambdas.common.errors`' own.
"""

from lambdas.common.errors import DatatierError


class BucketUnreadable(DatatierError):
    """A bucket could not be read: nothing is known of what is in it."""
