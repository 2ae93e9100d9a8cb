"""Reads every version of a login's secret from Secrets Manager. It never shows what it reads."""

from typing import Final, Protocol

from containers.pgbouncer.logins import Versions
from lambdas.common.secrets_manager import CURRENT, PENDING, PREVIOUS, SecretsManager

_CONNECT_SECONDS: Final = 3
_ANSWER_SECONDS: Final = 5
_ATTEMPTS: Final = 2
"""One secret costs at most 16 s and the pauses between, where boto3's own defaults allow ten minutes."""

_READ: Final = (PENDING, CURRENT, PREVIOUS)
"""In the order in which a rotation moves labels: a version that moves meanwhile is read twice, not missed."""


class SecretStages(Protocol):
    """Where the versions come from."""

    def read(self, arn: str, *, stage: str) -> str | None:
        """The text of the version with a label, None where there is none. Raises SecretError."""
        ...


class BoundedSecretsManager(SecretsManager):
    """AWS Secrets Manager, waited for briefly: the task serves on with what it has."""

    def __init__(self) -> None:
        import boto3  # noqa: PLC0415  as in SecretsManager: nobody pays for it who reads no secret
        from botocore.config import Config  # noqa: PLC0415  loaded with boto3

        self.client = boto3.client(
            "secretsmanager",
            config=Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_ANSWER_SECONDS,
                retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
            ),
        )


def read_versions(stages: SecretStages, *, login: str, arn: str) -> Versions:
    """Every version with a label. Raises SecretError."""
    found = {stage: stages.read(arn, stage=stage) for stage in _READ}
    return Versions(login=login, texts={stage: text for stage, text in found.items() if text is not None})
