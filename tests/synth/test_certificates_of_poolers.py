"""The poolers' certificate: who issues it, for which names, by which rights, and who hears when not."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from stacks.pooling import LOCK, SOURCES

if TYPE_CHECKING:
    from tests.synth.template import Resource, Tier

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105  a resource type
NAMES = ("authority", "certificate", "trust")


def issuer(tier: Tier) -> Resource:
    handler = "lambdas.issue_certificate.handler.handler"
    functions = tier.stack("pooling").properties("AWS::Lambda::Function")
    (only,) = [it for it in functions if it["Handler"] == handler]
    return only


def secrets(tier: Tier) -> dict[str, Resource]:
    """The three secrets by the last part of their names, each with its logical id."""
    found = tier.stack("pooling").all(SECRET).items()
    return {it["Properties"]["Name"].rpartition("/")[2]: {**it, "Id": id_} for id_, it in found}


def statements(tier: Tier) -> list[dict[str, Any]]:
    (policy,) = [
        it["Properties"]
        for id_, it in tier.stack("pooling").all("AWS::IAM::ManagedPolicy").items()
        if id_.startswith("CertificatesIssuer")
    ]
    return policy["PolicyDocument"]["Statement"]


def test_a_key_and_its_certificate_never_stand_in_a_template(prod: Tier) -> None:
    assert secrets(prod).keys() == set(NAMES)
    for name, it in secrets(prod).items():
        assert it["Properties"]["Name"] == f"datatier/prod/pooler/{name}"
        assert it["Properties"]["SecretString"] == "{}"
        assert "keys:" in it["Properties"]["KmsKeyId"]["Fn::ImportValue"]
        assert it["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_certificate_is_for_the_name_that_clients_connect_to(prod: Tier) -> None:
    asked = prod.stack("pooling").one("Custom::DatatierCertificate")
    (name,) = asked["Names"]
    assert prod.stack("pooling").parameters["/datatier/prod/pooler/host"] == name
    assert int(asked["ServiceTimeout"]) < 3600


def test_a_new_certificate_is_asked_for_when_a_secret_is_new(prod: Tier) -> None:
    issue = prod.stack("pooling").one("Custom::DatatierCertificate")["Issue"]
    named = [it["Ref"] for it in issue["Fn::Join"][1] if isinstance(it, dict)]
    assert named == [secrets(prod)[name]["Id"] for name in NAMES]


def test_the_issuer_understands_what_it_is_told(prod: Tier) -> None:
    environment = import_module("lambdas.issue_certificate.environment")
    variables = issuer(prod)["Environment"]["Variables"]
    flat = {key: value if isinstance(value, str) else value["Ref"] for key, value in variables.items()}
    it = environment.parse_environment(flat)
    assert (it.authority_secret_arn, it.certificate_secret_arn, it.trust_secret_arn) == tuple(
        secrets(prod)[name]["Id"] for name in NAMES
    )
    assert it.trust_parameter == "/datatier/prod/pooler/ca-bundle"
    assert (it.terms.certificate_days, it.terms.authority_days) == (90, 1825)


def test_the_issuer_writes_three_secrets_and_one_parameter_and_touches_no_server(prod: Tier) -> None:
    _, writes, key, publishes = statements(prod)
    assert writes["Action"] == [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
    ]
    ours = [{"Ref": secrets(prod)[name]["Id"]} for name in NAMES]
    assert writes["Resource"] == ours
    assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert key["Condition"]["StringEquals"]["kms:EncryptionContext:SecretARN"] == ours
    assert publishes["Action"] == ["ssm:GetParameter", "ssm:PutParameter"]
    assert publishes["Resource"]["Fn::Join"][1][-1].endswith(":parameter/datatier/prod/pooler/ca-bundle")
    assert "VpcConfig" not in issuer(prod)


def test_nobody_reads_the_authoritys_key_but_the_issuer(prod: Tier) -> None:
    authority = {"Ref": secrets(prod)["authority"]["Id"]}
    readers = [
        id_
        for id_, it in prod.stack("pooling").all("AWS::IAM::ManagedPolicy").items()
        if json.dumps(authority) in json.dumps(it["Properties"]["PolicyDocument"])
    ]
    assert [id_.startswith("CertificatesIssuer") for id_ in readers] == [True]
    others = [template for template in prod.stacks if "pooling" not in template.path.name]
    assert not any(authority["Ref"] in template.path.read_text("utf-8") for template in others)


def test_the_certificate_is_looked_after_twice_a_day(prod: Tier) -> None:
    ((id_, rule),) = prod.stack("pooling").all("AWS::Events::Rule").items()
    assert rule["Properties"]["ScheduleExpression"] == "rate(12 hours)"
    permission = prod.stack("pooling").one("AWS::Lambda::Permission")
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"]["Fn::GetAtt"][0] == id_
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


@pytest.mark.parametrize(
    ("name", "metric", "comparison"),
    [
        ("issue-certificate-errors", "Errors", "GreaterThanThreshold"),
        ("issue-certificate-silent", "Invocations", "LessThanThreshold"),
    ],
)
def test_a_run_that_fails_and_a_day_without_one_raise_alarms(
    prod: Tier, name: str, metric: str, comparison: str
) -> None:
    alarms = {it["AlarmName"]: it for it in prod.stack("pooling").properties("AWS::CloudWatch::Alarm")}
    it = alarms[f"datatier-prod-{name}"]
    assert (it["Namespace"], it["MetricName"], it["ComparisonOperator"]) == ("AWS/Lambda", metric, comparison)
    if metric == "Invocations":
        assert (it["Period"], it["Threshold"]) == (86_400, 1)
        assert it["InsufficientDataActions"] == it["AlarmActions"]


def test_the_issuers_package_holds_its_code_what_all_share_and_the_lock() -> None:
    assert {*SOURCES, LOCK} == {
        "lambdas/__init__.py",
        "lambdas/common",
        "lambdas/issue_certificate",
        "lambdas/issue_certificate/requirements.lock",
    }
