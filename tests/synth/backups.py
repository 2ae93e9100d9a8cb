"""The templates of backups, asked by what they say of buckets, tasks, rights and alarms. Never makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.synth.template import Resource, Template, Tier

ALARM, BUCKET, POLICY, RULE = (
    "AWS::CloudWatch::Alarm",
    "AWS::S3::Bucket",
    "AWS::IAM::ManagedPolicy",
    "AWS::Events::Rule",
)
TASK = "AWS::ECS::TaskDefinition"
HERE, THERE = "backup", "recovery"


def text(value: Any) -> str:  # noqa: ANN401  a template's value
    """What a text says, with `account`, `5432` of a port, and `deployed` for what else is not known."""
    if isinstance(value, str):
        return value
    if value == {"Ref": "AWS::AccountId"}:
        return "account"
    if "Fn::Join" in value:
        return "".join(text(part) for part in value["Fn::Join"][1])
    return "5432" if "EndpointPort" in str(value) else "deployed"


def bucket(template: Template) -> Resource:
    """The bucket that holds backups."""
    (only,) = [it for it in template.properties(BUCKET) if "BucketName" in it]
    return only


def bucket_policy(template: Template) -> dict[str, dict[str, Any]]:
    """The statements on it, by their Sid."""
    return {
        it["Sid"]: it
        for policy in template.properties("AWS::S3::BucketPolicy")
        if "AccessLogs" not in policy["Bucket"]["Ref"]
        for it in policy["PolicyDocument"]["Statement"]
    }


def container(template: Template) -> dict[str, Any]:
    (only,) = template.one(TASK)["ContainerDefinitions"]
    return only


def variables(template: Template) -> dict[str, str]:
    return {it["Name"]: text(it["Value"]) for it in container(template)["Environment"]}


def statements(template: Template, part: str) -> list[dict[str, Any]]:
    """The statements of the policies whose construct is below `part`."""
    found = {id_: it for id_, it in template.all(POLICY).items() if id_.startswith(part)}
    return [it for policy in found.values() for it in policy["Properties"]["PolicyDocument"]["Statement"]]


def allowed(template: Template, part: str) -> dict[str, set[str]]:
    """What a role may do: the resources of each action."""
    found: dict[str, set[str]] = {}
    for it in statements(template, part):
        actions = it["Action"] if isinstance(it["Action"], list) else [it["Action"]]
        resources = it["Resource"] if isinstance(it["Resource"], list) else [it["Resource"]]
        for action in actions:
            found.setdefault(action, set()).update(map(text, resources))
    return found


def task_rule(template: Template) -> Resource:
    """The rule that starts a task."""
    (only,) = [it for it in template.properties(RULE) if "EcsParameters" in it["Targets"][0]]
    return only


def alarms(tier: Tier, part: str) -> dict[str, Resource]:
    prefix = f"datatier-{tier.environment.name}-"
    return {it["AlarmName"].removeprefix(prefix): it for it in tier.stack(part).properties(ALARM)}
