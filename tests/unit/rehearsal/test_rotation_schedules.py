"""The next rotation is what Secrets Manager's own expression says, in UTC."""

from datetime import UTC, datetime

import pytest

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.services.schedules import parse_rules


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def after(expression: str, moment: str) -> datetime:
    schedule = parse_rules({"ScheduleExpression": expression})
    assert schedule is not None
    return schedule.after(at(moment))


@pytest.mark.parametrize(
    ("expression", "moment", "upcoming"),
    [
        ("cron(0 3 1 */3 ? *)", "2026-11-26 12:00", "2027-01-01 03:00"),
        ("cron(0 3 1 1/3 ? *)", "2026-04-01 02:59", "2026-04-01 03:00"),
        ("cron(0 3 1 */3 ? *)", "2026-04-01 03:00", "2026-07-01 03:00"),
        ("cron(0 8 12 1,4,7,10 ? *)", "2026-11-26 12:00", "2027-01-12 08:00"),
        ("cron(0 8 12 JAN,JUL ? *)", "2026-07-12 08:00", "2027-01-12 08:00"),
        ("cron(0 /8 * * ? *)", "2026-11-26 08:00", "2026-11-26 16:00"),
        ("cron(0 4/12 * * ? *)", "2026-11-26 16:00", "2026-11-27 04:00"),
        ("cron(0 9-11 * * ? *)", "2026-11-26 10:30", "2026-11-26 11:00"),
        ("cron(0 0 L * ? *)", "2028-02-01 00:00", "2028-02-29 00:00"),
        ("cron(0 0 29 2 ? *)", "2026-11-26 00:00", "2028-02-29 00:00"),
        ("cron(0 5 ? * SUN *)", "2026-11-26 12:00", "2026-11-29 05:00"),
        ("cron(0 5 ? * 2-6 *)", "2026-11-28 00:00", "2026-11-30 05:00"),
        ("cron(0 5 ? * L *)", "2026-11-26 12:00", "2026-11-28 05:00"),
        ("cron(0 5 ? * FRIL *)", "2026-11-26 12:00", "2026-11-27 05:00"),
        ("cron(0 5 ? 1 1#1 *)", "2026-11-26 12:00", "2027-01-03 05:00"),
        ("rate(1 minute)", "2026-11-26 12:00:30", "2026-11-26 12:01:30"),
        ("rate(4 hours)", "2026-11-26 12:40", "2026-11-26 16:00"),
        ("rate(90 days)", "2026-11-26 12:40", "2027-02-24 00:00"),
    ],
)
def test_the_next_rotation_is_the_first_opening_after_the_moment(
    expression: str, moment: str, upcoming: str
) -> None:
    assert after(expression, moment) == at(upcoming)


def test_days_count_as_a_rate_of_days() -> None:
    schedule = parse_rules({"AutomaticallyAfterDays": 30})
    assert schedule is not None
    assert schedule.after(at("2026-11-26 12:40")) == at("2026-12-26 00:00")


def test_without_a_schedule_nothing_is_due() -> None:
    assert parse_rules({}) is None
    assert parse_rules({"Duration": "3h"}) is None


@pytest.mark.parametrize(
    "rules",
    [
        {"ScheduleExpression": "cron(30 3 1 * ? *)"},
        {"ScheduleExpression": "cron(0 3 1 * ? 2027)"},
        {"ScheduleExpression": "cron(0 3 1 * 2 *)"},
        {"ScheduleExpression": "cron(0 3 ? * ? *)"},
        {"ScheduleExpression": "cron(0 24 1 * ? *)"},
        {"ScheduleExpression": "cron(0 3 1 13 ? *)"},
        {"ScheduleExpression": "cron(0 3 1 FEBR ? *)"},
        {"ScheduleExpression": "cron(0 3 31 2 ? *)"},
        {"ScheduleExpression": "cron(0 3 1 */0 ? *)"},
        {"ScheduleExpression": "cron(0 11-9 1 * ? *)"},
        {"ScheduleExpression": "cron(0 3, 1 * ? *)"},
        {"ScheduleExpression": "cron(0 3 1 * ?)"},
        {"ScheduleExpression": "rate(0 days)"},
        {"ScheduleExpression": "rate(3 weeks)"},
        {"ScheduleExpression": "0 3 1 * ? *"},
        {"ScheduleExpression": "rate(3 days)", "AutomaticallyAfterDays": 3},
        {"AutomaticallyAfterDays": 1001},
        {"AutomaticallyAfterDays": "a month"},
        {"ScheduleExpression": "cron(0 3 1 * ? *)", "Duration": "90m"},
        {"ScheduleExpression": "cron(0 3 1 * ? *)", "Duration": "25h"},
        {"ScheduleExpression": "cron(0 22 1 * ? *)", "Duration": "3h"},
    ],
)
def test_rules_that_secrets_manager_refuses_are_refused(rules: dict[str, object]) -> None:
    with pytest.raises(InvalidProperty):
        parse_rules(rules)
