"""One wrong value, one line: file, key, value and what is accepted."""

from collections.abc import Callable

import pytest

from tests.unit.settings.cases import read_cases

Refusals = Callable[[str], list[str]]


@pytest.mark.parametrize(("text", "line"), read_cases("values.cases"))
def test_a_wrong_value_is_answered_with_one_line(refusals: Refusals, text: str, line: str) -> None:
    assert refusals(text) == [line]


def test_all_problems_come_out_at_once_each_on_its_line(refusals: Refusals) -> None:
    lines = refusals(
        """
        recovery_region = "us-east-1"
        [database]
        instance_clas = "db.t3.medium"
        backup_retention_days = 90
        max_allocated_storage_gib = 105
        [cache]
        node_type = "cache.t3.mikro"
        multi_az = true
        """
    )
    assert sorted(line.split(": ")[1].split(" = ")[0] for line in lines) == [
        "cache.node_type",
        "cache.replicas",
        "database.backup_retention_days",
        "database.instance_clas",
        "database.max_allocated_storage_gib",
        "recovery_region",
    ]


def test_a_rule_stays_silent_about_a_value_that_is_refused_already(refusals: Refusals) -> None:
    assert refusals("database.allocated_storage_gib = 1000000") == [
        "over.toml: database.allocated_storage_gib = 1000000: must be 20 to 65536 GiB"
    ]


def test_a_long_value_is_repeated_only_in_part(refusals: Refusals) -> None:
    (line,) = refusals(f'account = "{"9" * 4000}"')
    assert len(line) < 250
    assert "999…: must be an AWS account id" in line
