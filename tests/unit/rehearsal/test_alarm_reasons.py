"""An alarm says why it is in its state, and its topic gets the document that CloudWatch sends."""

import json

import pytest

from tools.rehearsal.services.alarm_evaluation import Condition, Treatment, evaluate
from tools.rehearsal.services.alarm_message import message, subject
from tools.rehearsal.services.alarm_reasons import at, reason, reason_data

NOW = 1_700_000_000.25
ALARM = {
    "AlarmName": "prod-errors",
    "AlarmDescription": "what to do",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:prod-errors",
    "AlarmConfigurationUpdatedTimestamp": NOW,
    "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:told"],
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 0.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


def why(values: list[float | None], *, treatment: Treatment, periods: int = 1, before: str = "OK") -> str:
    condition = Condition(
        comparison="GreaterThanThreshold",
        threshold=0.0,
        periods=periods,
        datapoints=periods,
        treatment=treatment,
    )
    return reason(condition, evaluate(condition, values), before=before)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            why([0, 1], treatment="notBreaching"),
            (
                "Threshold Crossed: 1 out of the last 1 datapoint [1] was greater than the threshold (0.0) "
                "(minimum 1 datapoint for OK -> ALARM transition)."
            ),
        ),
        (
            why([1, 0], treatment="notBreaching", before="ALARM"),
            (
                "Threshold Crossed: 1 out of the last 1 datapoint [0] was not greater than the threshold "
                "(0.0) (minimum 1 datapoint for ALARM -> OK transition)."
            ),
        ),
        (
            why([None, None], treatment="notBreaching", before="ALARM"),
            (
                "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was "
                "treated as [NonBreaching]."
            ),
        ),
        (why([None, None], treatment="missing"), "Insufficient Data: 1 datapoint was unknown."),
        (
            why([None, 2, None], treatment="breaching", periods=3),
            (
                "Threshold Crossed: 1 out of the last 1 datapoint [2] was greater than the threshold (0.0) "
                "(minimum 3 datapoints for OK -> ALARM transition). 2 missing datapoints were treated as "
                "[Breaching]."
            ),
        ),
    ],
)
def test_the_reason_names_the_values_and_the_threshold(said: str, expected: str) -> None:
    assert said == expected


def test_the_reason_is_there_for_programs_too() -> None:
    condition = Condition.read(ALARM)
    assert condition is not None
    data = json.loads(reason_data(condition, evaluate(condition, [1.0]), ALARM, now=NOW))
    assert (data["recentDatapoints"], data["period"], data["statistic"]) == ([1.0], 300, "Sum")
    assert data["queryDate"] == "2023-11-14T22:13:20.000+0000"


def test_the_message_has_the_fields_that_cloudwatch_sends() -> None:
    sent = json.loads(
        message(ALARM, before="OK", state="ALARM", reason="because", account="1", region="us-east-1", now=NOW)
    )
    assert sent.pop("Trigger") == {
        "MetricName": "Errors",
        "Namespace": "AWS/Lambda",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"value": "f", "name": "FunctionName"}],
        "Period": 300,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    }
    assert sent == {
        "AlarmName": "prod-errors",
        "AlarmDescription": "what to do",
        "AWSAccountId": "1",
        "AlarmConfigurationUpdatedTimestamp": at(NOW),
        "NewStateValue": "ALARM",
        "NewStateReason": "because",
        "StateChangeTime": "2023-11-14T22:13:20.000+0000",
        "Region": "us-east-1",
        "AlarmArn": ALARM["AlarmArn"],
        "OldStateValue": "OK",
        "OKActions": [],
        "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:told"],
        "InsufficientDataActions": [],
    }


def test_the_subject_is_never_longer_than_sns_takes() -> None:
    assert subject(ALARM, "ALARM", region="us-east-1") == 'ALARM: "prod-errors" in us-east-1'
    assert len(subject({"AlarmName": "n" * 200}, "ALARM", region="us-east-1")) == 100
