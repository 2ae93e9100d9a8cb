"""What rotates, as a person names it and as Secrets Manager describes it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from lambdas.common.rotation.contract import Metadata
from lambdas.common.secrets_manager import CURRENT, PENDING
from stacks.naming import LOGINS, REDIS_USERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

CREDENTIALS: Final[Mapping[str, str]] = {
    **{login: f"postgres/secrets/{login}" for login in (*LOGINS, "master")},
    **{f"redis-{user}": f"redis/secrets/{user}" for user in REDIS_USERS},
}
"""Each name, and the parameter that holds its secret's ARN."""

Result = Literal["never rotated", "succeeded", "not finished", "switched off"]


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A credential and its secret; the dates are None where there is none."""

    name: str
    arn: str
    metadata: Metadata
    schedule: str
    next_at: datetime | None

    @classmethod
    def described(cls, name: str, arn: str, answer: Mapping[str, Any]) -> Credential:
        """Read DescribeSecret's answer."""
        rules = answer.get("RotationRules", {})
        days = rules.get("AutomaticallyAfterDays")
        return cls(
            name=name,
            arn=arn,
            metadata=Metadata.described(answer),
            schedule=rules.get("ScheduleExpression") or (f"every {days} days" if days else ""),
            next_at=answer.get("NextRotationDate"),
        )

    @property
    def unfinished(self) -> bool:
        """Whether a rotation has begun and is not at its end."""
        pending = self.metadata.version(PENDING)
        return pending is not None and pending != self.metadata.version(CURRENT)

    @property
    def result(self) -> Result:
        """What became of the last rotation."""
        if self.unfinished:
            return "not finished"
        if not self.metadata.enabled:
            return "switched off"
        return "never rotated" if self.metadata.rotated_at is None else "succeeded"

    def overdue(self, now: datetime) -> bool:
        """Whether the date has passed that it should have rotated at."""
        return self.next_at is not None and self.next_at < now

    def well(self, now: datetime) -> bool:
        """Whether nobody has to look at it."""
        return self.metadata.enabled and not self.unfinished and not self.overdue(now)

    def document(self, now: datetime) -> dict[str, object]:
        """What `--json` prints."""
        metadata = self.metadata
        age = metadata.rotated_at or metadata.created_at
        return {
            "name": self.name,
            "arn": self.arn,
            "result": self.result,
            "well": self.well(now),
            "schedule": self.schedule,
            "age_days": None if age is None else round((now - age).total_seconds() / 86_400, 2),
            "last_rotated": _iso(metadata.rotated_at),
            "next_rotation": _iso(self.next_at),
            "versions": {version: list(stages) for version, stages in metadata.stages.items()},
        }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
