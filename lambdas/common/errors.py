"""The root of every error a function raises on purpose; it never carries a secret.

DatatierError
├── EnvironmentInvalid      a setting of the function is missing or malformed
├── SecretError
│   ├── SecretUnreadable    Secrets Manager did not hand it out
│   └── SecretInvalid       it is not the document that it should be
├── RolesBusy               another program has been changing roles for too long
└── ConnectionFailed
    ├── ServerUnreachable   no verified connection: address, network, certificate, server down
    └── LoginRefused        the server answered and did not accept the login

Packages add their own branches and draw them in their own `errors` module.
"""


class DatatierError(Exception):
    """Says what is wrong, where, and what to do, in that order: readers may see only its start."""


class EnvironmentInvalid(DatatierError):
    """A setting of the function is missing or malformed."""


class SecretError(DatatierError):
    """A secret cannot be used."""


class SecretUnreadable(SecretError):
    """Secrets Manager did not hand the secret out."""


class SecretInvalid(SecretError):
    """The secret is not the document that it should be."""


class RolesBusy(DatatierError):
    """Another program has been changing the server's roles for too long."""


class ConnectionFailed(DatatierError):
    """No connection to a server."""


class ServerUnreachable(ConnectionFailed):
    """No verified connection came about, whatever the login."""


class LoginRefused(ConnectionFailed):
    """The server answered and refused this login or its password."""
