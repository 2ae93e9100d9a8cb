"""Rotation: what may rotate which secret, when each rotates, and who hears when one does not."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from stacks.rotation import FUNCTIONS, lock, sources
from stacks.settings import load_environment
from stacks.settings.schedules import parse_schedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stacks.settings import Environment
    from tests.synth.template import Resource, Tier

FUNCTION = "AWS::Lambda::Function"
SCHEDULE = "AWS::SecretsManager::RotationSchedule"
PERMISSION = "AWS::Lambda::Permission"
ALARM = "AWS::CloudWatch::Alarm"

POSTGRES = ("App", "Readonly", "Migrator", "Monitor", "Backup", "Master")
DEAREST = 2.0
"""Dollars a month that rotation may add to dev."""
ALARM_PRICE, METRIC_PRICE = 0.10, 0.30
"""Amazon CloudWatch pricing, us-east-1; a metric that is published all month."""


def function(tier: Tier, name: str) -> Resource:
    handler = f"lambdas.{name}.handler.handler"
    (only,) = [it for it in tier.stack("rotation").properties(FUNCTION) if it["Handler"] == handler]
    return only


def told(tier: Tier, name: str) -> dict[str, Any]:
    return function(tier, name)["Environment"]["Variables"]


def statements(tier: Tier, name: str) -> list[dict[str, Any]]:
    """The statements of a function's role."""
    template = tier.stack("rotation")
    role = {"Ref": function(tier, name)["Role"]["Fn::GetAtt"][0]}
    policies = [it for it in template.properties("AWS::IAM::ManagedPolicy") if role in it["Roles"]]
    return [statement for it in policies for statement in it["PolicyDocument"]["Statement"]]


def about(tier: Tier, name: str, service: str) -> list[dict[str, Any]]:
    return [it for it in statements(tier, name) if f"{service}:" in str(it["Action"])]


def secret(reference: dict[str, str]) -> str:
    """`credentials:App` of the import of a secret's ARN: the stack that has it, and its construct."""
    stack, _, export = reference["Fn::ImportValue"].partition(":")
    part = stack.rpartition("-")[2]
    return f"{part}:{export.removeprefix('ExportsOutputRef').partition('Secret')[0]}"


def secrets(references: dict[str, str] | list[dict[str, str]]) -> set[str]:
    return {secret(it) for it in (references if isinstance(references, list) else [references])}


LOGINS = {
    *(f"credentials:{login}" for login in POSTGRES if login != "Master"),
    "database:Master",
}
USERS = {"cache:App", "cache:Admin"}


def text(value: Any) -> str:  # noqa: ANN401  a template's value
    """What a text says, with ARN in the place of what only a deployment knows, or 6379 of a port."""
    if isinstance(value, str):
        return value
    known = value["Fn::Join"][1] if "Fn::Join" in value else [value]
    return "".join(it if isinstance(it, str) else "6379" if "Port" in str(it) else "ARN" for it in known)


def schedules(tier: Tier) -> dict[str, Resource]:
    """Schedules by the secret that they rotate."""
    return {secret(it["SecretId"]): it for it in tier.stack("rotation").properties(SCHEDULE)}


def alarms(tier: Tier) -> dict[str, Resource]:
    prefix = f"datatier-{tier.environment.name}-"
    found = tier.stack("rotation").properties(ALARM)
    return {it["AlarmName"].removeprefix(prefix): it for it in found}


@pytest.fixture
def changed(synthesize: Callable[[Environment], Tier]) -> Callable[..., Tier]:
    """Return a function that synthesizes dev with other settings of the rotation."""

    def changed(**changes: object) -> Tier:
        settings = load_environment("dev")
        rotation = settings.rotation.model_copy(update=changes)
        return synthesize(settings.model_copy(update={"rotation": rotation}))

    return changed


def test_every_secret_rotates_and_has_one_schedule(tier: Tier) -> None:
    assert schedules(tier).keys() == LOGINS | USERS
    known = [it["Properties"]["Name"] for it in tier.all("AWS::SecretsManager::Secret")]
    # What is not a password is renewed in other ways: tests/synth/test_pooling.py.
    assert len(tier.all(SCHEDULE)) == len([name for name in known if "/pooler/" not in name])


def test_a_deployment_never_rotates_anything(tier: Tier) -> None:
    assert {it["RotateImmediatelyOnUpdate"] for it in schedules(tier).values()} == {False}


def test_rotations_are_quarterly_and_no_two_windows_meet(tier: Tier) -> None:
    windows: list[int] = []
    for it in schedules(tier).values():
        rules = it["RotationRules"]
        schedule = parse_schedule(rules["ScheduleExpression"])
        assert 90 * 24 <= schedule.shortest_hours < schedule.longest_hours <= 92 * 24
        hours = int(rules["Duration"].removesuffix("h"))
        windows += [opening + hour for opening in schedule.openings for hour in range(hours)]
    assert len(windows) == len(set(windows))


def test_each_login_has_a_schedule_of_its_own_in_the_settings(changed: Callable[..., Tier]) -> None:
    theirs = load_environment("dev").rotation.schedules.model_copy(update={"app": "rate(30 days)"})
    rules = {name: it["RotationRules"] for name, it in schedules(changed(schedules=theirs)).items()}
    assert rules.pop("credentials:App")["ScheduleExpression"] == "rate(30 days)"
    assert all("cron(" in it["ScheduleExpression"] for it in rules.values())


def test_logins_are_tried_only_after_the_bootstrap_has_created_them(tier: Tier) -> None:
    manifest = json.loads((tier.directory / "manifest.json").read_text("utf-8"))
    prefix = f"datatier-{tier.environment.name}"
    assert f"{prefix}-bootstrap" in manifest["artifacts"][f"{prefix}-rotation"]["dependencies"]


def test_a_schedule_is_attached_when_its_function_may_be_called_and_has_its_rights(tier: Tier) -> None:
    template = tier.stack("rotation")
    functions, permissions = template.all(FUNCTION), template.all(PERMISSION)
    for it in template.all(SCHEDULE).values():
        rotates = it["Properties"]["RotationLambdaARN"]["Fn::GetAtt"][0]
        (permission,) = it["DependsOn"]
        assert permissions[permission]["Properties"]["SourceArn"] == it["Properties"]["SecretId"]
        assert any("Policy" in policy for policy in functions[rotates]["DependsOn"])


def test_postgresql_logins_and_redis_users_are_rotated_by_their_own_functions(tier: Tier) -> None:
    functions = tier.stack("rotation").all(FUNCTION)
    rotates: dict[str, set[str]] = {}
    for name, it in schedules(tier).items():
        handler = functions[it["RotationLambdaARN"]["Fn::GetAtt"][0]]["Properties"]["Handler"]
        rotates.setdefault(handler.split(".")[1], set()).add(name)
    assert rotates == {"rotate_postgres": LOGINS, "rotate_redis": USERS}


def test_secrets_manager_may_call_a_function_for_this_accounts_secrets_one_by_one(tier: Tier) -> None:
    template = tier.stack("rotation")
    theirs = [
        it for it in template.properties(PERMISSION) if it["Principal"] == "secretsmanager.amazonaws.com"
    ]
    assert {secret(it["SourceArn"]) for it in theirs} == LOGINS | USERS
    for it in theirs:
        assert it["SourceAccount"] == {"Ref": "AWS::AccountId"}
        (schedule,) = [s for s in template.properties(SCHEDULE) if s["SecretId"] == it["SourceArn"]]
        assert it["FunctionName"] == schedule["RotationLambdaARN"]


def test_nobody_else_may_call_a_function_but_the_clock_and_whoever_has_the_right(tier: Tier) -> None:
    others = [
        it
        for it in tier.stack("rotation").properties(PERMISSION)
        if it["Principal"] != "secretsmanager.amazonaws.com"
    ]
    (clock,) = others
    assert clock["Principal"] == "events.amazonaws.com"
    assert "SourceArn" in clock
    callers = {name for name in FUNCTIONS if about(tier, name, "lambda")}
    assert callers == {"rotate_redis"}


@pytest.mark.parametrize(("name", "rotated"), [("rotate_postgres", LOGINS), ("rotate_redis", USERS)])
def test_a_function_may_change_exactly_its_secrets_as_long_as_it_is_who_rotates_them(
    tier: Tier, name: str, rotated: set[str]
) -> None:
    (writes,) = [it for it in about(tier, name, "secretsmanager") if "Put" in str(it["Action"])]
    assert writes["Action"] == [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ]
    assert secrets(writes["Resource"]) == rotated
    own = writes["Condition"]["StringEquals"]["secretsmanager:resource/AllowRotationLambdaArn"]
    assert text(own).endswith(f":function:{function(tier, name)['FunctionName']}")


def test_the_masters_password_is_read_by_who_changes_the_others_and_by_nobody_else(tier: Tier) -> None:
    (read,) = [
        it
        for it in about(tier, "rotate_postgres", "secretsmanager")
        if it["Action"] == "secretsmanager:GetSecretValue"
    ]
    assert {name for name in secrets(read["Resource"]) if not name.startswith("pooling:")} == {
        "database:Master"
    }
    for name in ("rotate_redis", "authenticate_redis"):
        assert "database:" not in str(about(tier, name, "secretsmanager"))


@pytest.mark.parametrize("name", ["rotate_postgres", "rotate_redis", "authenticate_redis"])
def test_keys_are_used_only_through_secrets_manager_for_the_secrets_of_the_function(
    tier: Tier, name: str
) -> None:
    (key,) = [it for it in about(tier, name, "kms") if "pooling:" not in str(it["Condition"])]
    assert "keys:" in key["Resource"]["Fn::ImportValue"]
    condition = key["Condition"]["StringEquals"]
    assert condition["kms:ViaService"] == "secretsmanager.us-east-1.amazonaws.com"
    expected = LOGINS if name == "rotate_postgres" else USERS
    assert secrets(condition["kms:EncryptionContext:SecretARN"]) == expected
    writes = name != "authenticate_redis"
    assert key["Action"] == (["kms:Decrypt", "kms:GenerateDataKey"] if writes else "kms:Decrypt")


def test_redis_users_are_changed_by_their_arns_and_tried_by_the_one_function_inside(tier: Tier) -> None:
    (change,) = about(tier, "rotate_redis", "elasticache")
    assert change["Action"] == ["elasticache:DescribeUsers", "elasticache:ModifyUser"]
    prefix = f"user:datatier-{tier.environment.name}"
    assert [text(it).partition("ARN:")[2] for it in change["Resource"]] == [
        f"{prefix}-admin",
        f"{prefix}-app",
    ]
    (call,) = about(tier, "rotate_redis", "lambda")
    assert call["Action"] == "lambda:InvokeFunction"
    called = tier.stack("rotation").all(FUNCTION)[call["Resource"]["Fn::GetAtt"][0]]["Properties"]
    assert called == function(tier, "authenticate_redis")
    assert told(tier, "rotate_redis")["AUTHENTICATOR"] == {"Ref": call["Resource"]["Fn::GetAtt"][0]}


def test_who_tries_a_redis_password_may_read_the_two_secrets_and_change_nothing(tier: Tier) -> None:
    (read,) = about(tier, "authenticate_redis", "secretsmanager")
    assert read["Action"] == "secretsmanager:GetSecretValue"
    assert secrets(read["Resource"]) == USERS


def test_who_watches_may_see_dates_and_no_secret(tier: Tier) -> None:
    (look,) = about(tier, "watch_rotation", "secretsmanager")
    assert look["Action"] == "secretsmanager:DescribeSecret"
    assert secrets(look["Resource"]) == LOGINS | USERS
    assert about(tier, "watch_rotation", "kms") == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_allowed_everywhere_but_the_interfaces_of_what_stands_in_the_vpc(
    tier: Tier, name: str
) -> None:
    wide = [it for it in statements(tier, name) if "*" in str(it["Resource"]) or ":*" in str(it["Action"])]
    assert all("ec2:" in str(it["Action"]) for it in wide)
    assert {it["Effect"] for it in wide} == (
        {"Allow", "Deny"} if "VpcConfig" in function(tier, name) else set()
    )


def test_what_logs_in_stands_in_the_vpc_and_what_calls_aws_outside(tier: Tier) -> None:
    inside = {name for name in FUNCTIONS if "VpcConfig" in function(tier, name)}
    assert inside == {"rotate_postgres", "authenticate_redis"}
    worn = {
        name: function(tier, name)["VpcConfig"]["SecurityGroupIds"][0]["Fn::ImportValue"] for name in inside
    }
    assert "SecurityGroupsRotatePostgres" in worn["rotate_postgres"]
    assert "SecurityGroupsAuthenticateRedis" in worn["authenticate_redis"]


def test_rotating_redis_pays_for_no_interface_endpoint(tier: Tier) -> None:
    endpoints = [str(it["Properties"]["ServiceName"]) for it in tier.all("AWS::EC2::VPCEndpoint")]
    assert not any("elasticache" in name for name in endpoints)


def test_postgresql_logins_are_tried_through_every_pooler_where_there_are_any(dev: Tier, prod: Tier) -> None:
    assert not any(name.startswith("POOLER_") for name in told(dev, "rotate_postgres"))
    it = told(prod, "rotate_postgres")
    assert "pooling:" in it["POOLER_HOST"]["Fn::ImportValue"]
    assert (it["POOLER_PORT"], it["POOLER_TASKS"]) == ("6432", "pooler.datatier-prod.internal")
    assert json.loads(it["POOLER_LOGINS"]) == ["app", "readonly", "monitor"]
    (read,) = [
        statement
        for statement in about(prod, "rotate_postgres", "secretsmanager")
        if "pooling:" in str(statement["Resource"])
    ]
    assert read["Action"] == "secretsmanager:GetSecretValue"
    assert it["POOLER_TRUST_SECRET_ARN"] in read["Resource"]


def test_no_schedule_is_attached_before_the_poolers_are_there(prod: Tier) -> None:
    manifest = json.loads((prod.directory / "manifest.json").read_text("utf-8"))["artifacts"]
    assert "datatier-prod-pooling" in manifest["datatier-prod-rotation"]["dependencies"]
    assert "datatier-prod-bootstrap" in manifest["datatier-prod-pooling"]["dependencies"]


def test_the_functions_are_told_what_rotates_and_never_a_password(tier: Tier) -> None:
    postgres, redis = told(tier, "rotate_postgres"), told(tier, "rotate_redis")
    assert secret(postgres["MASTER_SECRET_ARN"]) == "database:Master"
    assert json.loads(text(postgres["LOGIN_SECRET_ARNS"])) == {
        login.lower(): "ARN" for login in POSTGRES if login != "Master"
    }
    replicas = json.loads(text(postgres["REPLICA_HOSTS"]))
    assert replicas == ["ARN"] * tier.environment.database.read_replicas
    for it in (redis, told(tier, "authenticate_redis")):
        assert json.loads(text(it["USER_SECRET_ARNS"])) == {"app": "ARN", "admin": "ARN"}
    assert json.loads(text(told(tier, "authenticate_redis")["REDIS_ENDPOINTS"])) == ["ARN:6379"] * 2
    for it in (postgres, redis):
        assert (it["CLIENT_CACHE_SECONDS"], it["PASSWORD_LENGTH"]) == ("300", "32")
    for name in FUNCTIONS:
        assert told(tier, name)["POWERTOOLS_SERVICE_NAME"] == name
        assert "resolve:" not in json.dumps(told(tier, name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_understands_what_it_is_told(tier: Tier, name: str) -> None:
    environment = import_module(f"lambdas.{name}.environment")
    environment.parse_environment({key: text(value) for key, value in told(tier, name).items()})


def test_rotate_redis_keeps_time_for_who_logs_in_for_it(tier: Tier) -> None:
    kept = import_module("lambdas.rotate_redis.handler")._ANSWER_SECONDS
    assert function(tier, "authenticate_redis")["Timeout"] <= kept
    assert function(tier, "rotate_redis")["Timeout"] == 15 * 60


def test_every_function_writes_to_an_encrypted_log_group_that_lasts_longer_than_a_quarter(tier: Tier) -> None:
    template = tier.stack("rotation")
    groups = template.all("AWS::Logs::LogGroup")
    used = {it["LoggingConfig"]["LogGroup"]["Ref"] for it in template.properties(FUNCTION)}
    assert len(used) == len(FUNCTIONS)
    assert used < groups.keys()
    for it in groups.values():
        assert "keys:" in it["Properties"]["KmsKeyId"]["Fn::ImportValue"]
        assert it["Properties"]["RetentionInDays"] > 92


def test_concurrency_is_reserved_only_where_the_settings_say_so(
    tier: Tier, changed: Callable[..., Tier]
) -> None:
    for it in tier.stack("rotation").properties(FUNCTION):
        assert "ReservedConcurrentExecutions" not in it
    reserving = changed(reserved_concurrency=3)
    found = reserving.stack("rotation").properties(FUNCTION)
    assert {it["ReservedConcurrentExecutions"] for it in found} == {3}


def test_a_rotation_that_failed_or_was_abandoned_raises_an_alarm_and_is_kept(tier: Tier) -> None:
    template = tier.stack("rotation")
    ((rule_id, rule),) = (
        (id_, it["Properties"])
        for id_, it in template.all("AWS::Events::Rule").items()
        if "EventPattern" in it["Properties"]
    )
    pattern = rule["EventPattern"]
    assert pattern["source"] == ["aws.secretsmanager"]
    assert pattern["detail-type"] == ["AWS Service Event via CloudTrail"]
    assert pattern["detail"]["eventName"] == ["RotationFailed", "TestRotationFailed", "RotationAbandoned"]
    ours = text(pattern["detail"]["additionalEventData"]["SecretId"][0]["prefix"])
    assert ours.endswith(f":secret:datatier/{tier.environment.name}/")
    (target,) = rule["Targets"]
    group = target["Arn"]["Fn::Join"][1][-1]["Ref"]
    assert group in template.all("AWS::Logs::LogGroup")
    assert group in str(template.one("AWS::Logs::ResourcePolicy")["PolicyDocument"])
    alarm = alarms(tier)["rotation-failed"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Events", "TriggeredRules")
    assert alarm["Dimensions"] == [{"Name": "RuleName", "Value": {"Ref": rule_id}}]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_error_of_a_function_raises_an_alarm(tier: Tier, name: str) -> None:
    alarm = alarms(tier)[f"{name.replace('_', '-')}-errors"]
    (dimension,) = alarm["Dimensions"]
    watched = tier.stack("rotation").all(FUNCTION)[dimension["Value"]["Ref"]]["Properties"]
    assert watched == function(tier, name)
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("AWS/Lambda", "Errors", "Sum")


def test_a_password_older_than_its_schedule_raises_an_alarm_and_so_does_silence(tier: Tier) -> None:
    overdue = {name: it for name, it in alarms(tier).items() if name.startswith("rotation-overdue")}
    assert overdue
    for it in overdue.values():
        assert (it["Namespace"], it["MetricName"]) == (f"datatier/{tier.environment.name}", "DaysOverdue")
        assert (it["Statistic"], it["Threshold"], it["TreatMissingData"]) == ("Maximum", 0, "missing")
        assert it["InsufficientDataActions"] == it["AlarmActions"]
    (clock,) = [
        it for it in tier.stack("rotation").properties("AWS::Events::Rule") if "ScheduleExpression" in it
    ]
    assert clock["ScheduleExpression"] == "rate(12 hours)"


def test_who_watches_is_told_how_old_each_password_may_become(tier: Tier) -> None:
    it = told(tier, "watch_rotation")
    names = {*(login.lower() for login in POSTGRES), "redis_app", "redis_admin"}
    assert json.loads(text(it["SECRET_ARNS"])).keys() == names
    # The longest quarter, and the window.
    assert json.loads(text(it["LONGEST_DAYS"])) == dict.fromkeys(names, 93)


def test_prod_names_the_password_that_is_late_and_dev_pays_for_one_alarm(dev: Tier, prod: Tier) -> None:
    late = [name for name in alarms(prod) if name.startswith("rotation-overdue-")]
    assert len(late) == 8
    dimensions = [alarms(prod)[name]["Dimensions"] for name in late]
    named = {it["Value"] for (it,) in dimensions}
    assert named == json.loads(text(told(prod, "watch_rotation")["SECRET_ARNS"])).keys()
    assert [it for it in alarms(dev) if it.startswith("rotation-overdue")] == ["rotation-overdue"]
    assert alarms(dev)["rotation-overdue"]["Dimensions"] == []
    each = [told(tier, "watch_rotation")["EACH_SECRET"] for tier in (dev, prod)]
    assert each == ["false", "true"]


def test_rotation_costs_dev_less_than_two_dollars_a_month(dev: Tier) -> None:
    own = [it for it in alarms(dev).values() if not it["Namespace"].startswith("AWS/")]
    metrics = {(it["MetricName"], json.dumps(it["Dimensions"])) for it in own}
    cost = ALARM_PRICE * len(alarms(dev)) + METRIC_PRICE * len(metrics)
    assert cost < DEAREST
    # What costs more than cents would be one of these.
    dear = (
        "AWS::EC2::VPCEndpoint",
        "AWS::SecretsManager::Secret",
        "AWS::KMS::Key",
        "AWS::Logs::MetricFilter",
    )
    assert [it for kind in dear for it in dev.stack("rotation").all(kind)] == []


def test_every_alarm_tells_one_topic_and_says_what_to_do(tier: Tier) -> None:
    (topic,) = tier.stack("alarms").all("AWS::SNS::Topic")
    # The recovery region has its own: an alarm reaches no topic elsewhere.
    here = [it for it in tier.stacks if "-recovery." not in it.path.name]
    assert sum(len(template.all("AWS::SNS::Topic")) for template in here) == 1
    for it in (alarm for template in here for alarm in template.all(ALARM).values()):
        (action,) = it["Properties"]["AlarmActions"]
        assert action["Fn::ImportValue"].startswith(f"datatier-{tier.environment.name}-alarms:")
        assert topic in action["Fn::ImportValue"]
        assert "docs/runbooks/" in json.dumps(it["Properties"]["AlarmDescription"])


def test_the_topic_is_encrypted_and_takes_only_this_environments_alarms_over_tls(tier: Tier) -> None:
    template = tier.stack("alarms")
    assert "keys:" in template.one("AWS::SNS::Topic")["KmsMasterKeyId"]["Fn::ImportValue"]
    allowed, denied = template.one("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    assert (allowed["Effect"], allowed["Principal"]) == ("Allow", {"Service": "cloudwatch.amazonaws.com"})
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    alarms_arn = text(allowed["Condition"]["ArnLike"]["aws:SourceArn"])
    assert alarms_arn.endswith(f":alarm:datatier-{tier.environment.name}-*")
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_cloudwatch_may_use_the_topics_key_for_this_environments_alarms_only(tier: Tier) -> None:
    (statement,) = [
        statement
        for it in tier.stack("keys").properties("AWS::KMS::Key")
        for statement in it["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    topic_policy = tier.stack("alarms").one("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"][0]
    assert statement["Condition"] == topic_policy["Condition"]


def test_addresses_in_the_settings_are_told(tier: Tier, synthesize: Callable[[Environment], Tier]) -> None:
    assert tier.all("AWS::SNS::Subscription") == []
    settings = load_environment("dev")
    addresses = ("team@example.com", "night@example.com")
    told = settings.alarms.model_copy(update={"email": addresses})
    subscriptions = synthesize(settings.model_copy(update={"alarms": told})).stack("alarms")
    found = subscriptions.properties("AWS::SNS::Subscription")
    assert [(it["Protocol"], it["Endpoint"]) for it in found] == [("email", it) for it in addresses]


def test_an_application_learns_how_long_it_may_keep_a_secret_and_a_team_where_to_subscribe(
    tier: Tier,
) -> None:
    prefix = f"/datatier/{tier.environment.name}"
    assert tier.stack("rotation").parameters[f"{prefix}/secrets/client-cache-seconds"] == "300"
    (topic,) = tier.stack("alarms").all("AWS::SNS::Topic")
    assert tier.stack("alarms").parameters[f"{prefix}/alarms/topic-arn"] == {"Ref": topic}


def packages() -> Iterator[tuple[str, set[str]]]:
    for name in FUNCTIONS:
        yield name, {*sources(name), lock(name)}


@pytest.mark.parametrize(("name", "parts"), list(packages()))
def test_a_package_holds_the_functions_code_what_all_share_and_the_lock(name: str, parts: set[str]) -> None:
    assert parts == {
        "lambdas/__init__.py",
        "lambdas/common",
        f"lambdas/{name}",
        f"lambdas/{name}/requirements.lock",
    }
