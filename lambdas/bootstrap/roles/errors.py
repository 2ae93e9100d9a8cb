"""What can go wrong with roles.

DatatierError
└── RolesError
    ├── RolesNotConverged   the server refused a statement of the plan
    └── PasswordNotAccepted a login is still refused after its password was set
"""

from lambdas.common.errors import DatatierError


class RolesError(DatatierError):
    """The roles could not be made to match the design."""


class RolesNotConverged(RolesError):
    """The server refused a statement of the plan; nothing of it was kept."""


class PasswordNotAccepted(RolesError):
    """A login is still refused with its secret's password after that was set."""
