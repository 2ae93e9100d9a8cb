"""The versions of a secret in Secrets Manager. It moves labels and never shows what it reads."""

from typing import TYPE_CHECKING, Protocol

from lambdas.common.rotation.contract import Metadata
from lambdas.common.secrets_manager import CURRENT, PENDING, SecretsManager, asking

if TYPE_CHECKING:
    from datetime import datetime


class Versions(Protocol):
    """What a rotation asks of Secrets Manager. Each may raise SecretUnreadable."""

    def describe(self, arn: str) -> Metadata:
        """Labels and dates; no value."""
        ...

    def read(self, arn: str, *, stage: str, version: str | None = None) -> str | None:
        """The text of the version with a label, and of that version only; None where it has none yet."""
        ...

    def current_since(self, arn: str, /) -> "datetime | None":
        """When the current version was made."""
        ...

    def put_pending(self, arn: str, token: str, text: str) -> None:
        """Give the version of a token its text, once."""
        ...

    def make_current(self, arn: str, token: str, *, instead_of: str | None) -> None:
        """Move AWSCURRENT; Secrets Manager moves AWSPREVIOUS by itself."""
        ...

    def label(self, arn: str, token: str, label: str, *, instead_of: str | None) -> None:
        """Give a version a label of our own, which the version `instead_of` has until now."""
        ...


class SecretsManagerVersions(SecretsManager):
    """AWS Secrets Manager."""

    def describe(self, arn: str) -> Metadata:
        """See `Versions`."""
        with asking(arn):
            return Metadata.described(self.client.describe_secret(SecretId=arn))

    def current_since(self, arn: str) -> "datetime | None":
        """See `Versions`; only GetSecretValue tells it without a right more."""
        with asking(arn):
            return self.client.get_secret_value(SecretId=arn, VersionStage=CURRENT).get("CreatedDate")

    def put_pending(self, arn: str, token: str, text: str) -> None:
        """See `Versions`."""
        with asking(arn):
            self.client.put_secret_value(
                SecretId=arn, ClientRequestToken=token, SecretString=text, VersionStages=[PENDING]
            )

    def make_current(self, arn: str, token: str, *, instead_of: str | None) -> None:
        """See `Versions`."""
        self.label(arn, token, CURRENT, instead_of=instead_of)

    def label(self, arn: str, token: str, label: str, *, instead_of: str | None) -> None:
        """See `Versions`; a label is on one version at a time, and says so when it is moved."""
        removed = {} if instead_of is None else {"RemoveFromVersionId": instead_of}
        with asking(arn):
            self.client.update_secret_version_stage(
                SecretId=arn, VersionStage=label, MoveToVersionId=token, **removed
            )
