"""Secrets Manager's side of a rotation, as far as it decides anything: pure.

Source: Secrets Manager guide, "Lambda rotation functions". Any step may come again, and out of its order.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Self, cast, get_args

from lambdas.common.rotation.errors import EventInvalid, NotStaged, TooSoon
from lambdas.common.secrets_manager import CURRENT, PENDING

Step = Literal["createSecret", "setSecret", "testSecret", "finishSecret"]

_KEYS: Final = ("SecretId", "ClientRequestToken", "Step")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One step for one version, which is named by its token, of one secret."""

    secret_arn: str
    token: str
    step: Step


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What Secrets Manager tells of a secret without telling it.

    `stages` are the labels of each version; `rotated_at` is the end of the last rotation, None for never, and
    `created_at` when the secret itself was made.
    """

    enabled: bool
    stages: Mapping[str, tuple[str, ...]]
    rotated_at: datetime | None
    created_at: datetime | None = None

    @classmethod
    def described(cls, answer: Mapping[str, Any]) -> Self:
        """Read DescribeSecret's answer."""
        return cls(
            enabled=answer.get("RotationEnabled", False),
            stages={
                version: tuple(stages) for version, stages in answer.get("VersionIdsToStages", {}).items()
            },
            rotated_at=answer.get("LastRotatedDate"),
            created_at=answer.get("CreatedDate"),
        )

    def version(self, stage: str) -> str | None:
        """The version that has a label."""
        return next((version for version, stages in self.stages.items() if stage in stages), None)


def parse_event(event: Mapping[str, object]) -> Request:
    """Read the three keys that Secrets Manager sends.

    Raises:
        EventInvalid: one is missing, or there is no such step.
    """
    texts = [event.get(key) for key in _KEYS]
    if not all(isinstance(text, str) and text for text in texts):
        raise EventInvalid(
            f"a rotation's event has the texts {', '.join(_KEYS)}; Secrets Manager sends them. To rotate by "
            "hand: datatier rotate.",
        )
    arn, token, step = cast("tuple[str, str, str]", texts)
    if step not in get_args(Step):
        raise EventInvalid(f"there is no step {step!r}; there are {', '.join(get_args(Step))}.")
    return Request(secret_arn=arn, token=token, step=cast("Step", step))


def is_current(request: Request, metadata: Metadata) -> bool:
    """Whether the version is current already, and so nothing is left to do.

    Raises:
        NotStaged: the secret does not rotate, or the version is not the one that does.
    """
    if not metadata.enabled:
        raise NotStaged(f"secret {request.secret_arn} has no rotation schedule; the rotation stack sets it.")
    stages = metadata.stages.get(request.token, ())
    if CURRENT in stages:
        return True
    if PENDING not in stages:
        raise NotStaged(
            f"version {request.token} of secret {request.secret_arn} is not {PENDING}: another rotation has "
            "begun since, or none has. Nothing was changed.",
        )
    return False


def rotated_as(arn: str, arns: Mapping[str, str]) -> str:
    """The name under which a function rotates a secret; `arns` are its secrets by name.

    Raises:
        EventInvalid: it is none of them.
    """
    for name, secret in arns.items():
        if secret == arn:
            return name
    raise EventInvalid(f"secret {arn} is none that this function rotates.")


def check_interval(
    metadata: Metadata, *, current_since: datetime | None, seconds: float, now: datetime
) -> None:
    """Refuse a rotation that comes before the clients' caches of the last one have expired.

    `current_since` is when the current version was made: of a rotation that Secrets Manager did not see end,
    and of a value that was put by hand, its own date does not tell.

    Raises:
        TooSoon: with the time to wait.
    """
    known = [moment for moment in (metadata.rotated_at, current_since) if moment is not None]
    if not known:
        return
    left = seconds - (now - max(known)).total_seconds()
    if left > 0:
        raise TooSoon(
            f"the secret was changed {_span(seconds - left)} ago, and applications may keep a secret for "
            f"{_span(seconds)}: wait {_span(left)}. One that has not read it again since would be refused "
            "after a second rotation.",
        )


def _span(seconds: float) -> str:
    whole = math.ceil(seconds)
    return f"{whole} s" if whole < 120 else f"{math.ceil(whole / 60)} min"  # noqa: PLR2004  two minutes
