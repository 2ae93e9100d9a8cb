"""What can go wrong with roles.

DatatierError
└── RolesError
    ├── RolesNotConverged   the server refused a statement of the plan
    ├── PasswordNotSet      the server does not let the master set a login's password
    └── PasswordNotAccepted a login is still refused after its password was set
"""

from lambdas.common.errors import DatatierError


class RolesError(DatatierError):
    """The roles could not be made to match the design."""


class RolesNotConverged(RolesError):
    """The server refused a statement of the plan; nothing of it was kept."""


class PasswordNotSet(RolesError):
    """A login is refused with its secret's password, and the master may not set it."""


class PasswordNotAccepted(RolesError):
    """A login is still refused with its secret's password after that was set."""
