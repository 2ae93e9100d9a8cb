"""A secret that the toy function rotates: what the function has found, and how it is told to fail."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from tests.integration.rehearsal.emulated_aws import until

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_secretsmanager.type_defs import DescribeSecretResponseTypeDef

    from tests.integration.rehearsal.emulated_aws import EmulatedAws

QUARTERLY = {"ScheduleExpression": "cron(0 3 1 */3 ? *)", "Duration": "2h"}
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]


class Found(TypedDict):
    """What the function met at one step."""

    step: str
    token: str
    labels: list[str]
    enabled: bool
    value: str | None


@dataclass(frozen=True, kw_only=True)
class ToySecret:
    """One secret of a test's own."""

    aws: EmulatedAws
    arn: str
    place: Path
    function: str

    @classmethod
    def create(cls, aws: EmulatedAws, *, function: str, places: Path) -> ToySecret:
        """Create it with the value `first`, rotating not yet."""
        name = f"toy-{secrets.token_hex(4)}"
        arn = aws.secrets.create_secret(Name=name, SecretString="first")["ARN"]
        (places / name).mkdir()
        return cls(aws=aws, arn=arn, place=places / name, function=function)

    def rotate(self, **rules: str) -> str:
        """Rotate it at once; return the token."""
        return self.aws.secrets.rotate_secret(
            SecretId=self.arn,
            RotationLambdaARN=self.function,
            RotationRules={**QUARTERLY, **rules} if rules else QUARTERLY,  # pyright: ignore[reportArgumentType]  a wider dict than the typed one
        )["VersionId"]

    def attach(self) -> str:
        """Attach the rotation without rotating."""
        return self.aws.secrets.rotate_secret(
            SecretId=self.arn,
            RotationLambdaARN=self.function,
            RotationRules={"ScheduleExpression": QUARTERLY["ScheduleExpression"]},
            RotateImmediately=False,
        )["VersionId"]

    def fail(self, step: str, times: int) -> None:
        """Let a step fail from now on, so many times."""
        (self.place / step).write_text(str(times))

    @property
    def journal(self) -> list[Found]:
        """What the function has found until now."""
        path = self.place / "journal"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def steps(self) -> list[str]:
        """The steps that the function was asked for."""
        return [found["step"] for found in self.journal]

    @property
    def description(self) -> DescribeSecretResponseTypeDef:
        """What DescribeSecret says."""
        return self.aws.secrets.describe_secret(SecretId=self.arn)

    @property
    def labels(self) -> dict[str, list[str]]:
        """The labels of each version."""
        return dict(self.description["VersionIdsToStages"])

    def value(self, **which: str) -> str:
        """Read a version, the current one by default."""
        return self.aws.secrets.get_secret_value(SecretId=self.arn, **which)["SecretString"]

    def wait_until_rotated(self, *, to: str | None = None) -> None:
        """Wait until a rotation has succeeded, or the one that makes this version current."""

        def rotated() -> bool:
            done = "LastRotatedDate" in self.description
            return done if to is None else done and self.labels.get(to) == ["AWSCURRENT"]

        until(rotated)

    def wait_for_attempts(self, count: int) -> None:
        """Wait until the function was asked for createSecret so often."""
        until(lambda: self.steps.count("createSecret") >= count)
