"""What is accepted of the secrets. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import AWS, HIPAA, NIST, Finding, across
from stacks.naming import LOGINS, REDIS_USERS


def secret_findings() -> Iterator[Finding]:
    """Yield what is accepted of every secret."""
    yield Finding(
        "A rotation schedule makes Secrets Manager test the login at once, so it can only be declared "
        "after the stack that creates the login, never beside the secret. Until the tier declares one, "
        "nothing replaces a password by itself: docs/runbooks/credentials.md says how a person does. "
        "Passwords are random, of at least 20 characters, and readable only through IAM and the "
        "customer-managed key.",
        (
            "database/Master/Secret",
            *(f"credentials/{login.capitalize()}/Secret" for login in LOGINS),
            *(f"cache/{user.capitalize()}Secret/Secret" for user in REDIS_USERS),
        ),
        (f"{AWS}SMG4", *across("SecretsManagerRotationEnabled", NIST, HIPAA)),
    )
