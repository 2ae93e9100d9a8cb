"""Why an alarm is in its state, as CloudWatch words it, for a person and for a program. Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from tools.rehearsal.services.alarm_evaluation import COMPARISONS, Condition, Verdict

TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
TIME = "%Y-%m-%dT%H:%M:%S.000+0000"
VERSION = "1.0"


def reason(condition: Condition, verdict: Verdict, *, before: str) -> str:
    """Return the StateReason of a verdict; `before` is the state until now."""
    alarm = verdict.state == "ALARM"
    told = [value for value in verdict.evaluated if condition.breached(value) is alarm]
    treated = condition.treatment in TREATED and verdict.filled
    if not told:
        if treated:
            return f"Threshold Crossed: {_silent(condition, verdict)}{_filled(condition, verdict)}"
        were = "was" if condition.periods == 1 else "were"
        return f"Insufficient Data: {_datapoints(condition.periods)} {were} unknown."
    needed = condition.datapoints if alarm else condition.periods - condition.datapoints + 1
    text = (
        f"Threshold Crossed: {len(told)} out of the last {_datapoints(len(verdict.evaluated))} "
        f"[{', '.join(map(str, reversed(told)))}] {'was' if len(told) == 1 else 'were'} "
        f"{'' if alarm else 'not '}{COMPARISONS[condition.comparison][0]} the threshold "
        f"({condition.threshold}) (minimum {_datapoints(needed)} for {before} -> {verdict.state} transition)."
    )
    return f"{text} {_filled(condition, verdict)}" if treated else text


def reason_data(condition: Condition, verdict: Verdict, alarm: Mapping[str, object], *, now: float) -> str:
    """Return the StateReasonData, a JSON document. Times are UTC."""
    period = float(str(alarm.get("Period") or 60))
    return json.dumps(
        {
            "version": VERSION,
            "queryDate": at(now),
            "startDate": at(now - period * condition.periods),
            "statistic": alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
            "period": int(period),
            "recentDatapoints": list(verdict.evaluated),
            "threshold": condition.threshold,
        }
    )


def at(moment: float) -> str:
    """A moment, in seconds of the epoch, as CloudWatch writes it."""
    return datetime.fromtimestamp(moment, tz=UTC).strftime(TIME)


def _silent(condition: Condition, verdict: Verdict) -> str:
    if verdict.evaluated:
        return ""
    plural = "" if condition.periods == 1 else "s"
    return f"no datapoints were received for {condition.periods} period{plural} and "


def _filled(condition: Condition, verdict: Verdict) -> str:
    were, plural = ("was", "") if verdict.filled == 1 else ("were", "s")
    return f"{verdict.filled} missing datapoint{plural} {were} treated as [{TREATED[condition.treatment]}]."


def _datapoints(count: int) -> str:
    return f"{count} datapoint{'' if count == 1 else 's'}"
