"""How long a call waits for an index build, and when a deployment ends before the build does.

CDK's Provider repeats isComplete with the same event until CloudFormation's limit. No call may outlive that:
CloudFormation would roll back beside a bootstrap that still runs. Pure: whoever calls looks at the clock.
"""

from dataclasses import dataclass
from typing import Final, Self

from lambdas.bootstrap.migrations.builds import Building
from lambdas.bootstrap.migrations.errors import BuildGoesOn
from lambdas.common.invocation import Invocation

DEPLOYMENT_SECONDS: Final = 3600
"""The most that CloudFormation waits for a custom resource, and CDK's Provider for isComplete."""

ANSWER_SECONDS: Final = 30
"""Kept of a call for what follows the wait: sessions to close, grants, the answer, the Provider's pause."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Seconds that a call and its deployment had left when the call began, at `began_at` of the epoch."""

    began_at: float
    call: float
    deployment: float

    @classmethod
    def of(cls, invocation: Invocation, *, waiting_since: float, now: float) -> Self:
        """Return the budget of the call that begins now, in a deployment whose first call began earlier."""
        return cls(
            began_at=now,
            call=invocation.get_remaining_time_in_millis() / 1000,
            deployment=waiting_since + DEPLOYMENT_SECONDS - now,
        )

    @property
    def patience_seconds(self) -> float:
        """How long this call may wait for a build."""
        return max(0.0, min(self.call, self.deployment) - ANSWER_SECONDS)

    def ask_again(self, building: Building, *, now: float) -> None:
        """Return if one more call, even one that takes all of its time, ends within the deployment's.

        Raises:
            BuildGoesOn: it would not, so the build is left to the server and to the next deployment.
        """
        if now - self.began_at + ANSWER_SECONDS + self.call <= self.deployment:
            return
        raise BuildGoesOn(
            "only the deployment ends here; the index build goes on in the database and nothing is lost: "
            f"{building.sentence}. Deploy again when it is done: that records the migration and applies what "
            f"follows. CloudFormation waits {DEPLOYMENT_SECONDS // 60} minutes at most.",
        )
