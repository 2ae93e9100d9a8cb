"""One login's secret, in the document format of AWS's own rotation Lambdas. Never holds a password at synth.

Secrets Manager generates it, and CloudFormation resolves it only on its way into the resource that needs it.
No setting changes how it is generated: CloudFormation would generate it anew, and the server would keep the
password of before.
"""

from typing import Final

from aws_cdk import SecretValue
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.constructs.tier_stack import TierStack

FIRST_PASSWORD_LENGTH: Final = 32
"""Characters of the password that a secret begins with. A change of it shuts out every tier that is up."""


class LoginSecret(Construct):
    """A secret of `username`, `password` and whatever else `document` says."""

    def __init__(
        self,
        scope: TierStack,
        id_: str,
        *,
        name: str,
        description: str,
        document: dict[str, str],
        key_arn: str,
    ) -> None:
        """Declare the secret; `document` must hold `username` and must not hold `password`."""
        super().__init__(scope, id_)
        secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            name=name,
            description=description,
            kms_key_id=key_arn,
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                secret_string_template=scope.to_json_string(document),
                generate_string_key="password",
                password_length=FIRST_PASSWORD_LENGTH,
                # Letters and digits only: safe in a connection string, and RDS refuses / @ " and space.
                exclude_punctuation=True,
            ),
        )
        scope.keep(secret)
        self.arn = secret.ref

    def attach(self, *, instance: str) -> secretsmanager.CfnSecretTargetAttachment:
        """Have CloudFormation add the instance's engine, host, port and dbname to the document.

        A change of endpoint rewrites these fields; in the template the password would be generated anew.
        """
        return secretsmanager.CfnSecretTargetAttachment(
            self, "Target", secret_id=self.arn, target_id=instance, target_type="AWS::RDS::DBInstance"
        )

    @property
    def password(self) -> str:
        """The reference that CloudFormation replaces by the password; the template never holds more."""
        return SecretValue.secrets_manager(self.arn, json_field="password").unsafe_unwrap()
