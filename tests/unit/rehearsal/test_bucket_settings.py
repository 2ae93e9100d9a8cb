"""A bucket's settings are the template's in the form of S3's API; a key that would be lost is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.handlers.bucket_settings import encryption, lifecycle, logging, plain, replication

if TYPE_CHECKING:
    from tools.rehearsal.properties import Value


def test_the_default_encryption_has_another_name() -> None:
    rule: Value = {"BucketKeyEnabled": "true", "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    assert encryption({"ServerSideEncryptionConfiguration": [rule]}) == {
        "ServerSideEncryptionConfiguration": {
            "Rules": [
                {
                    "BucketKeyEnabled": True,
                    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
                }
            ]
        }
    }


@pytest.mark.parametrize(
    ("declared", "wanted"),
    [
        (
            {"Id": "a", "Status": "Enabled", "ExpirationInDays": "30"},
            {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}},
        ),
        (
            {
                "Status": "Enabled",
                "Prefix": "x/",
                "Transitions": [{"StorageClass": "GLACIER_IR", "TransitionInDays": 1}],
            },
            {
                "Status": "Enabled",
                "Filter": {"Prefix": "x/"},
                "Transitions": [{"StorageClass": "GLACIER_IR", "Days": 1}],
            },
        ),
        (
            {"Status": "Enabled", "Prefix": "x/", "TagFilters": [{"Key": "k", "Value": "v"}]},
            {"Status": "Enabled", "Filter": {"And": {"Prefix": "x/", "Tags": [{"Key": "k", "Value": "v"}]}}},
        ),
    ],
)
def test_a_rule_of_a_lifecycle(declared: Value, wanted: dict[str, object]) -> None:
    found = lifecycle({"Rules": [declared]})
    assert found == {"LifecycleConfiguration": {"Rules": [wanted]}}


def test_a_rule_of_a_replication() -> None:
    rule: Value = {
        "Id": "a",
        "Priority": "1",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "", "TagFilters": [{"Key": "k", "Value": "v"}]}},
        "Destination": {
            "Bucket": "arn",
            "Account": "000000000000",
            "ReplicationTime": {"Time": {"Minutes": "15"}},
        },
    }
    assert replication({"Role": "role", "Rules": [rule]}) == {
        "ReplicationConfiguration": {
            "Role": "role",
            "Rules": [
                {
                    "ID": "a",
                    "Priority": 1,
                    "Status": "Enabled",
                    "Destination": {
                        "Bucket": "arn",
                        "Account": "000000000000",
                        "ReplicationTime": {"Time": {"Minutes": 15}},
                    },
                    "Filter": {"And": {"Prefix": "", "Tags": [{"Key": "k", "Value": "v"}]}},
                }
            ],
        }
    }


def test_logs_go_to_a_bucket_or_nowhere() -> None:
    target: Value = {"DestinationBucketName": "logs"}
    assert logging(target) == {
        "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": ""}}
    }
    assert logging({}) == {"BucketLoggingStatus": {}}


def test_a_key_that_is_not_known_is_refused() -> None:
    with pytest.raises(InvalidProperty, match="LifecycleConfiguration: Strange"):
        lifecycle({"Rules": [{"Status": "Enabled", "Strange": 1}]})
    with pytest.raises(InvalidProperty, match="ReplicationConfiguration: Strange"):
        replication({"Rules": [{"Status": "Enabled", "Strange": 1}]})


def test_numbers_and_truth_are_read_and_accounts_stay_text() -> None:
    assert plain(["30", "true", "000000000000", "x", 1]) == [30, True, "000000000000", "x", 1]
