"""What the tier's stacks share: where they go, how long their state is kept, and how a fact is published.

Never declares a resource of its own but the parameters it publishes.
"""

from dataclasses import dataclass
from typing import Self

from aws_cdk import CfnOutput, CfnResource, RemovalPolicy, Stack
from aws_cdk import Environment as Place
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.naming import PROJECT, Names
from stacks.settings import Environment

SSM_STANDARD_BYTES = 4096
"""Longest value of a standard parameter, the tier that costs nothing (Parameter Store, 'Parameter tiers')."""


@dataclass(frozen=True, kw_only=True)
class Tier:
    """The facts about an environment that every stack needs."""

    names: Names
    region: str
    recovery_region: str
    account: str | None
    termination_protection: bool
    tags: dict[str, str]

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Take them out of the settings."""
        return cls(
            names=Names(environment.name),
            region=environment.region,
            recovery_region=environment.recovery_region,
            account=environment.account,
            termination_protection=environment.termination_protection,
            tags={**environment.tags, "project": PROJECT, "environment": environment.name},
        )


class TierStack(Stack):
    """A stack `datatier-<env>-<part>`, tagged and protected as its environment says."""

    def __init__(
        self, scope: Construct, *, tier: Tier, part: str, description: str, region: str | None = None
    ) -> None:
        """Declare it; `region` is another than the tier's own."""
        super().__init__(
            scope,
            tier.names.stack(part),
            env=Place(account=tier.account, region=region or tier.region),
            description=description,
            termination_protection=tier.termination_protection,
            tags=tier.tags,
        )
        self.tier = tier
        self.names = tier.names

    @staticmethod
    def around(construct: Construct) -> "TierStack":
        """Return the stack that `construct` is declared in.

        Raises:
            TypeError: it is not declared in one of the tier's stacks.
        """
        stack = Stack.of(construct)
        if not isinstance(stack, TierStack):
            raise TypeError(f"{construct.node.path} stands outside the tier's stacks")
        return stack

    def keep(self, resource: CfnResource) -> None:
        """Let `resource` outlive its stack where the environment is protected; elsewhere it goes with it.

        RetainExceptOnCreate: a first deployment that fails cleans up behind itself, so that a fixed name is
        free for the next attempt.
        """
        kept = self.tier.termination_protection
        resource.apply_removal_policy(
            RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if kept else RemovalPolicy.DESTROY
        )

    def publish(self, id_: str, *path: str, value: str, description: str) -> None:
        """Publish a fact to applications: an SSM parameter `/datatier/<env>/<path>` and a stack output."""
        ssm.CfnParameter(
            self,
            f"{id_}Parameter",
            name=self.names.parameter(*path),
            type="String",
            value=value,
            description=description,
        )
        CfnOutput(self, id_, value=value, description=description)
