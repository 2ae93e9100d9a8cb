"""The secrets of the PostgreSQL logins. Never creates a login: the bootstrap does, with these passwords.

A stack of its own, after the database, because each document names the endpoint and the master's secret.
"""

from constructs import Construct

from stacks.constructs.login_secret import LoginSecret
from stacks.constructs.tier_stack import Tier, TierStack
from stacks.database import DatabaseStack
from stacks.keys import KeysStack
from stacks.naming import LOGINS

USES = {
    "app": "the application: reads and writes rows, changes no table",
    "readonly": "reports and analytics on the replicas",
    "migrator": "migrations, as the owner of the tables",
    "monitor": "statistics of the server",
    "backup": "logical backups",
}


class CredentialsStack(TierStack):
    """One secret for each login."""

    def __init__(
        self,
        scope: Construct,
        *,
        tier: Tier,
        database: DatabaseStack,
        keys: KeysStack,
    ) -> None:
        super().__init__(scope, tier=tier, part="credentials", description="datatier: secrets of the logins")
        self.secret_arns: dict[str, str] = {}
        for login in LOGINS:
            secret = LoginSecret(
                self,
                login.capitalize(),
                name=self.names.secret("postgres", login),
                description=f"PostgreSQL login {login}: {USES[login]}",
                document={"username": login, "masterarn": database.master.arn},
                key_arn=keys.arn("secrets"),
            )
            secret.attach(instance=database.primary.resource.ref)
            self.secret_arns[login] = secret.arn
            self.publish(
                f"{login.capitalize()}SecretArn",
                "postgres",
                "secrets",
                login,
                value=secret.arn,
                description=f"Secret of the PostgreSQL login {login}",
            )
