"""The bootstrap Lambda: where it runs, what it may do, and when it is run again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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


def provider(tier: Tier) -> Resource:
    return function(tier.stack("bootstrap"), "framework.onEvent")


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


def test_the_provider_stays_outside_the_vpc_and_may_only_call_the_bootstrap(tier: Tier) -> None:
    assert "VpcConfig" not in provider(tier)
    calls = [it for it in statements(tier, provider(tier)) if "lambda:" in str(it["Action"])]
    assert [it["Action"] for it in calls] == [["lambda:GetFunction", "lambda:InvokeFunction"]]
    called = calls[0]["Resource"]["Fn::GetAtt"][0]
    functions = tier.stack("bootstrap").all("AWS::Lambda::Function")
    assert functions[called]["Properties"] == bootstrap(tier)


def test_both_functions_write_to_log_groups_of_their_own_that_forget(tier: Tier) -> None:
    groups = tier.stack("bootstrap").all("AWS::Logs::LogGroup")
    written = {it["LoggingConfig"]["LogGroup"]["Ref"] for it in (bootstrap(tier), provider(tier))}
    assert written == groups.keys()
    assert {it["Properties"]["RetentionInDays"] for it in groups.values()} == {30}


def test_a_lambda_that_hangs_fails_the_deployment_in_minutes(tier: Tier) -> None:
    timeout = bootstrap(tier)["Timeout"]
    assert timeout == 14 * 60
    assert timeout < int(tier.stack("bootstrap").one(CUSTOM)["ServiceTimeout"]) <= timeout + 120


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
