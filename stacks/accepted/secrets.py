"""What is accepted of the secrets. Never looks at a template."""

from collections.abc import Iterator

from stacks.accepted.finding import AWS, HIPAA, NIST, Finding, across
from stacks.naming import LOGINS, REDIS_USERS


def secret_findings() -> Iterator[Finding]:
    """Yield what is accepted of every secret."""
    yield Finding(
        "It has a schedule, in the stack `rotation`, where the rule does not look: a schedule makes Secrets "
        "Manager test the login at once, so it can only be declared after the stack that creates the login, "
        "never beside the secret. A test of the templates holds that every secret has one.",
        (
            "database/Master/Secret",
            *(f"credentials/{login.capitalize()}/Secret" for login in LOGINS),
            *(f"cache/{user.capitalize()}Secret/Secret" for user in REDIS_USERS),
        ),
        (f"{AWS}SMG4", *across("SecretsManagerRotationEnabled", NIST, HIPAA)),
    )
