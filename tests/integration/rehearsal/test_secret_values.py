"""Versions and their labels are read and written in a rehearsal as on AWS."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.integration.rehearsal.emulated_aws import refusal

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws
    from tests.integration.rehearsal.toy_secret import ToySecret

PENDING = ["AWSPENDING"]


def test_a_version_is_read_by_its_own_label_only(secret: ToySecret) -> None:
    (current,) = secret.labels
    assert secret.value(VersionId=current, VersionStage="AWSCURRENT") == "first"
    with pytest.raises(ClientError) as refused:
        secret.value(VersionId=current, VersionStage="AWSPENDING")
    assert refusal(refused.value)[0] == "InvalidRequestException"


@pytest.mark.parametrize("which", [{"VersionStage": "AWSPENDING"}, {"VersionId": str(uuid.UUID(int=1))}])
def test_what_is_not_there_is_not_found(secret: ToySecret, which: dict[str, str]) -> None:
    with pytest.raises(ClientError) as refused:
        secret.value(**which)
    assert refusal(refused.value)[0] == "ResourceNotFoundException"


def test_the_same_value_may_be_put_twice_and_no_other(secret: ToySecret, aws: EmulatedAws) -> None:
    token = str(uuid.uuid4())
    for _ in range(2):
        answer = aws.secrets.put_secret_value(
            SecretId=secret.arn, ClientRequestToken=token, SecretString="second", VersionStages=PENDING
        )
        assert (answer["VersionId"], answer["VersionStages"]) == (token, PENDING)
    with pytest.raises(aws.secrets.exceptions.ResourceExistsException):
        aws.secrets.put_secret_value(
            SecretId=secret.arn, ClientRequestToken=token, SecretString="third", VersionStages=PENDING
        )
    assert secret.value(VersionId=token) == "second"


def test_a_label_is_on_one_version(secret: ToySecret, aws: EmulatedAws) -> None:
    first, second = (
        aws.secrets.put_secret_value(SecretId=secret.arn, SecretString=text, VersionStages=PENDING)[
            "VersionId"
        ]
        for text in ("one", "two")
    )
    assert first not in secret.labels
    assert secret.labels[second] == PENDING
    assert secret.value(VersionStage="AWSPENDING") == "two"


def test_a_new_value_makes_the_former_one_previous(secret: ToySecret, aws: EmulatedAws) -> None:
    (before,) = secret.labels
    after = aws.secrets.put_secret_value(SecretId=secret.arn, SecretString="second")["VersionId"]
    assert secret.labels == {before: ["AWSPREVIOUS"], after: ["AWSCURRENT"]}
