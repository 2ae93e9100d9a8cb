"""The bootstrap Lambda: where it runs, what it may do, and when it is run again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.bootstrap.completion import ANSWER_SECONDS, DEPLOYMENT_SECONDS
from stacks.bootstrap import LOCK, SOURCES
from stacks.settings import load_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from stacks.settings import Environment
    from tests.synth.template import Resource, Template, Tier

CUSTOM = "Custom::DatatierBootstrap"


def function(template: Template, handler: str) -> Resource:
    (only,) = [it for it in template.properties("AWS::Lambda::Function") if it["Handler"] == handler]
    return only


def bootstrap(tier: Tier) -> Resource:
    return function(tier.stack("bootstrap"), "lambdas.bootstrap.handler.handler")


def completion(tier: Tier) -> Resource:
    return function(tier.stack("bootstrap"), "lambdas.bootstrap.handler.is_complete")


def framework(tier: Tier, entry: str) -> Resource:
    return function(tier.stack("bootstrap"), f"framework.{entry}")


def named(tier: Tier, type_: str, reference: dict[str, Any]) -> Resource:
    """The properties of the resource that a template's Ref or GetAtt names."""
    (target,) = reference.values()
    return tier.stack("bootstrap").all(type_)[target if isinstance(target, str) else target[0]]["Properties"]


def statements(tier: Tier, of: Resource) -> list[dict[str, Any]]:
    """The statements of a function's role."""
    template = tier.stack("bootstrap")
    role = {"Ref": of["Role"]["Fn::GetAtt"][0]}
    policies = [it for it in template.properties("AWS::IAM::ManagedPolicy") if role in it["Roles"]]
    return [statement for it in policies for statement in it["PolicyDocument"]["Statement"]]


def content_hash(tier: Tier) -> str:
    return tier.stack("bootstrap").one(CUSTOM)["ContentHash"]["Fn::Join"][1][0]


def test_it_runs_on_arm_with_the_newest_python_inside_the_vpc(tier: Tier) -> None:
    it = bootstrap(tier)
    assert (it["Runtime"], it["Architectures"]) == ("python3.14", ["arm64"])
    zones = tier.environment.network.availability_zones
    assert len(it["VpcConfig"]["SubnetIds"]) == len(zones)
    (group,) = it["VpcConfig"]["SecurityGroupIds"]
    assert "SecurityGroupsBootstrap" in group["Fn::ImportValue"]


def test_it_is_told_where_the_secrets_are_and_never_what_they_hold(tier: Tier) -> None:
    told = bootstrap(tier)["Environment"]["Variables"]
    assert told["ENVIRONMENT"] == tier.environment.name
    assert json.loads(told["EXTENSIONS"]) == ["pg_stat_statements"]
    assert json.loads(told["IAM_LOGINS"]) == {"engineer": "readonly"}
    parts = told["LOGIN_SECRET_ARNS"]["Fn::Join"][1]
    arns = json.loads("".join(part if isinstance(part, str) else "ARN" for part in parts))
    assert arns == dict.fromkeys(("app", "readonly", "migrator", "monitor", "backup"), "ARN")
    assert "resolve:" not in json.dumps(told)


def test_it_may_read_exactly_the_secrets_of_the_logins(tier: Tier) -> None:
    (read,) = [it for it in statements(tier, bootstrap(tier)) if "secretsmanager" in str(it["Action"])]
    assert read["Action"] == "secretsmanager:GetSecretValue"
    named = {it["Fn::ImportValue"].split(":")[1] for it in read["Resource"]}
    for login in ("Master", "App", "Readonly", "Migrator", "Monitor", "Backup"):
        assert sum(name.startswith(f"ExportsOutputRef{login}Secret") for name in named) == 1
    assert len(named) == 6


def test_it_may_decrypt_with_the_secrets_key_and_only_through_secrets_manager(tier: Tier) -> None:
    (decrypt,) = [it for it in statements(tier, bootstrap(tier)) if "kms" in str(it["Action"])]
    assert decrypt["Action"] == "kms:Decrypt"
    assert "keys:" in decrypt["Resource"]["Fn::ImportValue"]
    via = decrypt["Condition"]["StringEquals"]["kms:ViaService"]
    assert via == "secretsmanager.us-east-1.amazonaws.com"


def test_its_own_code_may_not_touch_network_interfaces(tier: Tier) -> None:
    interfaces = [it for it in statements(tier, bootstrap(tier)) if "ec2:" in str(it["Action"])]
    allowed = next(it for it in interfaces if it["Effect"] == "Allow")
    denied = next(it for it in interfaces if it["Effect"] == "Deny")
    assert denied["Action"] == allowed["Action"]
    # Whatever CloudFormation calls the function: only what its code asks for carries this key.
    assert denied["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}


def test_what_goes_on_with_a_build_differs_from_the_first_call_in_nothing_but_its_entry(tier: Tier) -> None:
    own = {"Description", "Handler", "LoggingConfig", "Role"}
    first, later = (
        {name: value for name, value in it.items() if name not in own}
        for it in (bootstrap(tier), completion(tier))
    )
    assert first == later
    rights, same = (
        [it for it in statements(tier, function) if "logs:" not in str(it["Action"])]
        for function in (bootstrap(tier), completion(tier))
    )
    assert rights == same


@pytest.mark.parametrize(
    ("entry", "calls"), [("onEvent", bootstrap), ("isComplete", completion), ("onTimeout", completion)]
)
def test_the_framework_stays_outside_the_vpc_and_may_only_call_its_function(
    tier: Tier, entry: str, calls: Callable[[Tier], Resource]
) -> None:
    assert "VpcConfig" not in framework(tier, entry)
    rights = [it for it in statements(tier, framework(tier, entry)) if "lambda:" in str(it["Action"])]
    assert [it["Action"] for it in rights] == [["lambda:GetFunction", "lambda:InvokeFunction"]]
    assert named(tier, "AWS::Lambda::Function", rights[0]["Resource"]) == calls(tier)


def test_what_repeats_the_question_may_only_call_the_framework_and_be_started_by_it(tier: Tier) -> None:
    machine = tier.stack("bootstrap").one("AWS::StepFunctions::StateMachine")
    (call,) = statements(tier, {"Role": machine["RoleArn"]})
    assert call["Action"] == "lambda:InvokeFunction"
    assert [named(tier, "AWS::Lambda::Function", it) for it in call["Resource"]] == [
        framework(tier, "isComplete"),
        framework(tier, "onTimeout"),
    ]
    (trust,) = named(tier, "AWS::IAM::Role", machine["RoleArn"])["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert "aws:SourceAccount" in trust["Condition"]["StringEquals"]
    (start,) = [it for it in statements(tier, framework(tier, "onEvent")) if "states:" in str(it["Action"])]
    assert start["Action"] == "states:StartExecution"
    assert named(tier, "AWS::StepFunctions::StateMachine", start["Resource"]) == machine


def test_every_function_writes_to_an_encrypted_log_group_that_forgets(tier: Tier) -> None:
    groups = tier.stack("bootstrap").all("AWS::Logs::LogGroup")
    functions = tier.stack("bootstrap").properties("AWS::Lambda::Function")
    assert {it["LoggingConfig"]["LogGroup"]["Ref"] for it in functions} == groups.keys()
    assert {it["Properties"]["RetentionInDays"] for it in groups.values()} == {30}


def test_cloudformation_waits_as_long_as_the_framework_asks_and_as_the_function_believes(tier: Tier) -> None:
    assert bootstrap(tier)["Timeout"] == 14 * 60
    assert int(tier.stack("bootstrap").one(CUSTOM)["ServiceTimeout"]) == DEPLOYMENT_SECONDS
    machine = tier.stack("bootstrap").one("AWS::StepFunctions::StateMachine")
    parts = machine["DefinitionString"]["Fn::Join"][1]
    definition = json.loads("".join(part if isinstance(part, str) else "ARN" for part in parts))
    (retry,) = definition["States"]["framework-isComplete-task"]["Retry"]
    assert retry["IntervalSeconds"] * retry["MaxAttempts"] == DEPLOYMENT_SECONDS
    # Longer than the pause and two cold starts, which pass between two calls of the function.
    assert retry["IntervalSeconds"] * 3 <= ANSWER_SECONDS


def test_it_runs_again_when_a_secret_is_made_anew(tier: Tier) -> None:
    arns = tier.stack("bootstrap").one(CUSTOM)["ContentHash"]["Fn::Join"][1][1:]
    assert len([it for it in arns if isinstance(it, dict)]) == 6


def test_both_environments_are_given_the_same_migrations_by_the_same_code(dev: Tier, prod: Tier) -> None:
    assert bootstrap(dev)["Code"]["S3Key"] == bootstrap(prod)["Code"]["S3Key"]


def test_it_runs_again_when_it_is_told_something_else(
    prod: Tier, synthesize: Callable[[Environment], Tier]
) -> None:
    settings = load_environment("prod")
    more = settings.bootstrap.model_copy(update={"extensions": ("pg_stat_statements", "pg_trgm")})
    assert content_hash(synthesize(settings.model_copy(update={"bootstrap": more}))) != content_hash(prod)


def test_its_package_holds_the_code_the_migrations_and_the_lock() -> None:
    assert {"lambdas/common", "lambdas/bootstrap", "prisma/migrations"} <= set(SOURCES)
    assert LOCK == "lambdas/bootstrap/requirements.lock"
