"""What can go wrong with Prisma's programs.

PrismaError
└── DifferenceUnknown       a schema and a database could not be compared
"""

from lambdas.common.errors import DatatierError


class PrismaError(DatatierError):
    """One of Prisma's programs could not do what it was asked."""


class DifferenceUnknown(PrismaError):
    """The schema file cannot be read, or the database cannot be reached."""
