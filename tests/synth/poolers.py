"""The poolers' template, asked by what it says of a task. Never synthesizes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from containers.pgbouncer.environment import Environment as Told
from containers.pgbouncer.environment import parse_environment

if TYPE_CHECKING:
    from tests.synth.template import Resource, Template, Tier

ALARM, POLICY, SERVICE = "AWS::CloudWatch::Alarm", "AWS::IAM::ManagedPolicy", "AWS::ECS::Service"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"


def pooling(tier: Tier) -> Template:
    return tier.stack("pooling")


def container(tier: Tier) -> dict[str, Any]:
    (only,) = pooling(tier).one("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    return only


def text(value: Any) -> str:  # noqa: ANN401  a template's value
    """What a text says, with `deployed` in the place of what only a deployment knows, and 5432 of a port."""
    if isinstance(value, str):
        return value
    parts = value["Fn::Join"][1] if "Fn::Join" in value else [value]
    return "".join(
        part if isinstance(part, str) else "5432" if "EndpointPort" in str(part) else "deployed"
        for part in parts
    )


def variables(tier: Tier) -> dict[str, Any]:
    return {it["Name"]: it["Value"] for it in container(tier)["Environment"]}


def told(tier: Tier) -> Told:
    """What the container itself makes of its variables."""
    return parse_environment({name: text(value) for name, value in variables(tier).items()})


def statements(tier: Tier, part: str) -> list[dict[str, Any]]:
    """The statements of the policies whose construct is below `part`."""
    found = {id_: it for id_, it in pooling(tier).all(POLICY).items() if id_.startswith(part)}
    return [it for policy in found.values() for it in policy["Properties"]["PolicyDocument"]["Statement"]]


def attributes(resource: Resource, key: str) -> dict[str, str]:
    return {it["Key"]: it["Value"] for it in resource[key]}


def alarms(tier: Tier) -> dict[str, Resource]:
    prefix = f"datatier-{tier.environment.name}-"
    return {it["AlarmName"].removeprefix(prefix): it for it in pooling(tier).properties(ALARM)}
