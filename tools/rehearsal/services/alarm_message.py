"""What a topic is told of an alarm that has changed its state: subject and JSON document. Pure.

The fields are those of CloudWatch's notifications; the region is its code, where CloudWatch writes its name.
"""

import json
from collections.abc import Mapping
from typing import cast

from tools.rehearsal.services.alarm_reasons import at

SUBJECT_LENGTH = 100
"""SNS API reference, "Publish"."""

ACTIONS: Mapping[str, str] = {
    "ALARM": "AlarmActions",
    "OK": "OKActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
"""Which of an alarm's lists is acted on in which state."""

KEPT = ("MetricName", "Namespace", "Unit", "Period", "EvaluationPeriods", "ComparisonOperator", "Threshold")


def subject(alarm: Mapping[str, object], state: str, *, region: str) -> str:
    """Return the subject of a mail."""
    return f'{state}: "{alarm["AlarmName"]}" in {region}'[:SUBJECT_LENGTH]


def message(
    alarm: Mapping[str, object],
    *,
    before: str,
    state: str,
    reason: str,
    account: str,
    region: str,
    now: float,
) -> str:
    """Return the document, for an alarm as DescribeAlarms shows it."""
    percentile = alarm.get("ExtendedStatistic")
    dimensions = cast("list[Mapping[str, str]]", alarm.get("Dimensions") or [])
    trigger: dict[str, object] = {
        **{name: alarm.get(name) for name in KEPT},
        "StatisticType": "ExtendedStatistic" if percentile else "Statistic",
        "ExtendedStatistic" if percentile else "Statistic": percentile or str(alarm.get("Statistic")).upper(),
        "Dimensions": [{"value": one["Value"], "name": one["Name"]} for one in dimensions],
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": "",
    }
    if alarm.get("DatapointsToAlarm"):
        trigger["DatapointsToAlarm"] = alarm["DatapointsToAlarm"]
    changed = cast("float", alarm.get("AlarmConfigurationUpdatedTimestamp") or now)
    return json.dumps(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmDescription": alarm.get("AlarmDescription") or None,
            "AWSAccountId": account,
            "AlarmConfigurationUpdatedTimestamp": at(changed),
            "NewStateValue": state,
            "NewStateReason": reason,
            "StateChangeTime": at(now),
            "Region": region,
            "AlarmArn": alarm.get("AlarmArn"),
            "OldStateValue": before,
            **{name: alarm.get(name) or [] for name in ACTIONS.values()},
            "Trigger": trigger,
        }
    )
