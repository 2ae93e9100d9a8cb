"""The function as CloudFormation, a schedule and a person call it, over AWS's services as moto knows them."""

from __future__ import annotations

import json
import re
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from cryptography import x509
from moto import mock_aws

from lambdas.common.errors import SecretUnreadable
from lambdas.issue_certificate.errors import NothingIssued, Overtaken, ParameterRefused
from lambdas.issue_certificate.handler import handler
from lambdas.issue_certificate.stores import ParameterStore, SecretDocuments

if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMETER = "/datatier/dev/pooler/ca-bundle"
CREATE: dict[str, object] = {
    "RequestType": "Create",
    "ResourceProperties": {"ServiceToken": "x", "Names": ["pool.example", "127.0.0.9"], "Issue": "1"},
}


@dataclass(frozen=True)
class Aws:
    """The account, with the three secrets as the stack makes them."""

    arns: dict[str, str]

    def text(self, name: str) -> dict[str, str]:
        return json.loads(
            boto3.client("secretsmanager").get_secret_value(SecretId=self.arns[name])["SecretString"]
        )

    def put(self, name: str, text: str) -> None:
        boto3.client("secretsmanager").put_secret_value(SecretId=self.arns[name], SecretString=text)

    @property
    def parameter(self) -> str:
        return boto3.client("ssm").get_parameter(Name=PARAMETER)["Parameter"].get("Value", "")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("secretsmanager")
        arns = {
            name: client.create_secret(Name=f"datatier/dev/pooler/{name}", SecretString="{}")["ARN"]
            for name in ("authority", "certificate", "trust")
        }
        for name, arn in arns.items():
            monkeypatch.setenv(f"{name.upper()}_SECRET_ARN", arn)
        for name, value in {
            "TRUST_PARAMETER": PARAMETER,
            "CERTIFICATE_DAYS": "90",
            "AUTHORITY_DAYS": "1825",
            "COMMON_NAME_PREFIX": "datatier-dev",
        }.items():
            monkeypatch.setenv(name, value)
        yield Aws(arns)


def test_a_deployment_is_answered_with_one_resource_and_no_data_whatever_it_is_called_for(aws: Aws) -> None:
    expected = {"PhysicalResourceId": "datatier-dev-pooler-certificate", "Data": {}}
    assert handler(CREATE, None) == expected
    first = aws.text("certificate")
    assert aws.text("trust")["ca"] == aws.parameter == first["ca"]
    update = CREATE | {"RequestType": "Update", **expected}
    assert handler(update, None) == expected
    assert aws.text("certificate") == first
    changed = {"ResourceProperties": {"Names": ["new.example"], "Issue": "2"}}
    assert handler(update | changed, None) == expected
    assert handler(update, None) == expected  # rolled back
    certificate = x509.load_pem_x509_certificate(aws.text("certificate")["certificate"].encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["pool.example"]
    # Who still connects is not refused: nothing goes with the stack.
    delete = {"RequestType": "Delete", "PhysicalResourceId": expected["PhysicalResourceId"]}
    assert handler(delete, None) == {"PhysicalResourceId": expected["PhysicalResourceId"]}
    assert aws.parameter


def test_a_deletion_succeeds_even_where_nothing_else_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTHORITY_SECRET_ARN", raising=False)
    assert handler({"RequestType": "Delete", "PhysicalResourceId": "x"}, None) == {"PhysicalResourceId": "x"}


def test_a_person_is_told_how_things_stand_and_no_key_is_told_to_anybody(
    aws: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    handler(CREATE, None)
    told = [handler({"Force": order}, None) for order in ("certificate", "successor", "succession")]
    told.append(handler({"detail-type": "Scheduled Event"}, None))
    certificate, authorities = told[-1]["certificate"], told[-1]["authorities"]
    assert isinstance(certificate, dict)
    assert isinstance(authorities, list)
    assert certificate["names"] == ["127.0.0.9", "pool.example"]
    assert str(certificate["authority"]).startswith("datatier-dev pooler authority ")
    shown = json.dumps(told) + "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "Issued a certificate" in shown
    assert "PRIVATE KEY" not in shown
    keys = [aws.text("certificate")["private_key"], json.dumps(aws.text("authority"))]
    for line in re.findall(r"BEGIN PRIVATE KEY-----(?:\\n|\n)(\w{20})", "".join(keys)):
        assert line not in shown
    assert '"private_key": null' in keys[1]  # what is retired never signs again


def test_a_schedule_before_the_first_deployment_says_what_to_do(aws: Aws) -> None:
    with pytest.raises(NothingIssued, match="deploy the pooling stack"):
        handler({}, None)
    assert aws.text("authority") == {}


def test_a_secret_that_has_no_version_yet_counts_as_empty(aws: Aws) -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="bare")["ARN"]
    stored = SecretDocuments().read(arn)
    assert (stored.text, stored.current) == (None, None)
    SecretDocuments().write(arn, "{}", after=stored)
    assert SecretDocuments().read(arn).text == "{}"
    assert aws


def test_a_version_that_another_run_has_made_is_not_written_over(aws: Aws) -> None:
    documents = SecretDocuments()
    seen = documents.read(aws.arns["trust"])
    sent = {
        "SecretId": aws.arns["trust"],
        "ClientRequestToken": seen.next_version(aws.arns["trust"]),
        "SecretString": "mine",
    }
    with Stubber(documents.client) as service:  # moto lets a version be made twice
        service.add_client_error("put_secret_value", "ResourceExistsException", expected_params=sent)
        with pytest.raises(Overtaken):
            documents.write(aws.arns["trust"], "mine", after=seen)
        service.assert_no_pending_responses()


def test_whoever_has_read_the_same_makes_the_same_version_and_nobody_else_does(aws: Aws) -> None:
    documents, arn = SecretDocuments(), aws.arns["trust"]
    first = documents.read(arn)
    assert documents.read(arn).next_version(arn) == first.next_version(arn)
    documents.write(arn, "second", after=first)
    second = documents.read(arn)
    assert second.current == first.next_version(arn)
    assert second.next_version(arn) != first.next_version(arn)


def test_a_refusal_names_what_is_refused_and_shows_nothing(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    handler(CREATE, None)
    key = aws.text("certificate")["private_key"].splitlines()[1]
    monkeypatch.setenv("TRUST_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:gone-abcdef")
    with pytest.raises(SecretUnreadable, match="gone-abcdef") as error:
        handler({}, None)
    assert key not in "".join(traceback.format_exception(error.value))


def test_what_parameter_store_refuses_is_named(aws: Aws) -> None:
    assert aws
    store = ParameterStore()
    assert store.read("/nowhere") == ""
    with Stubber(store.client) as service:
        service.add_client_error("put_parameter", "AccessDeniedException")
        with pytest.raises(ParameterRefused, match=r"refuses parameter /pool: .*AccessDenied.*permission"):
            store.write("/pool", "x")
