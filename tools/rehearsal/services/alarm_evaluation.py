"""Which state an alarm is in by the values of its periods. Pure: it asks no clock and looks at no metric.

Source: CloudWatch guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

State: TypeAlias = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Treatment: TypeAlias = Literal["missing", "notBreaching", "breaching", "ignore"]
Values: TypeAlias = Sequence[float | None]
"""The value of each period, the oldest first; None where there was none."""

EXTRA_PERIODS = 2
"""How many periods CloudWatch looks at beyond the evaluation periods.

Five for three in the guide's tables; how many in general "depends on the length of the alarm period".
"""

COMPARISONS: Mapping[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": ("greater than", lambda value, threshold: value > threshold),
    "GreaterThanOrEqualToThreshold": (
        "greater than or equal to",
        lambda value, threshold: value >= threshold,
    ),
    "LessThanThreshold": ("less than", lambda value, threshold: value < threshold),
    "LessThanOrEqualToThreshold": ("less than or equal to", lambda value, threshold: value <= threshold),
}
"""By name: the words for it, and whether a value breaches. A band of anomaly detection has none here."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """When an alarm goes off: `datapoints` of `periods` values breach."""

    comparison: str
    threshold: float
    periods: int
    datapoints: int
    treatment: Treatment

    @classmethod
    def read(cls, alarm: Mapping[str, object]) -> "Condition | None":
        """Read an alarm as DescribeAlarms shows it; None for one that compares with no fixed threshold."""
        comparison, treatment = str(alarm.get("ComparisonOperator")), str(alarm.get("TreatMissingData"))
        if comparison not in COMPARISONS:
            return None
        periods = int(cast("int", alarm.get("EvaluationPeriods") or 1))
        known = treatment in get_args(Treatment)
        return cls(
            comparison=comparison,
            threshold=float(cast("float", alarm.get("Threshold") or 0)),
            periods=periods,
            datapoints=int(cast("int", alarm.get("DatapointsToAlarm") or periods)),
            treatment=cast("Treatment", treatment) if known else "missing",
        )

    @property
    def range(self) -> int:
        """How many periods are looked at."""
        return self.periods + EXTRA_PERIODS

    def breached(self, value: float) -> bool:
        """Whether one value is beyond the threshold."""
        return COMPARISONS[self.comparison][1](value, self.threshold)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The state, None where it stays what it was; the values that decided, and how many were filled in."""

    state: State | None
    evaluated: tuple[float, ...]
    filled: int


def evaluate(condition: Condition, values: Values) -> Verdict:
    """Evaluate the values of the evaluation range.

    Where there are enough of them, the latest decide and missing ones do not matter. Otherwise all of them
    do, with as few missing ones as it takes, which count as the treatment says.
    """
    real = [value for value in values if value is not None][-condition.periods :]
    filled = condition.periods - len(real)
    return Verdict(state=_state(condition, values, real, filled), evaluated=tuple(real), filled=filled)


def _state(condition: Condition, values: Values, real: Sequence[float], filled: int) -> State | None:
    breaching = sum(condition.breached(value) for value in real)
    if filled and condition.treatment == "breaching":
        breaching += filled
    if breaching >= condition.datapoints:
        return "ALARM"
    if not filled or condition.treatment in {"breaching", "notBreaching"}:
        return "OK"
    if not real:
        return None if condition.treatment == "ignore" else "INSUFFICIENT_DATA"
    if breaching < len(real):
        return "OK"
    if condition.treatment == "ignore":
        return None
    return "ALARM" if _oldest_age(values) >= condition.datapoints else "OK"


def _oldest_age(values: Values) -> int:
    """How many periods ago the oldest value is from; the latest period is one.

    The guide's "Avoiding premature transitions": a breaching value that old, and nothing but breaching or
    missing ones after it, is an alarm.
    """
    return len(values) - next(number for number, value in enumerate(values) if value is not None)
