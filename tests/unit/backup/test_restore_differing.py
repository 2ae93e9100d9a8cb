"""Facts that differ are named for a person, a line each."""

from __future__ import annotations

from containers.backup.differing import differing


def test_what_is_missing_unexpected_or_different_is_named_by_kind() -> None:
    expected = {"indexes": {"a": "ON t", "b": "ON t"}, "owners": {"table t": "me"}}
    found = {"indexes": {"b": "ON u", "c": "ON v"}, "owners": {"table t": "me"}, "new kind": {"x": "y"}}
    assert differing(expected, found) == [
        "indexes: a is missing; the backup has ON t",
        "indexes: b is ON u; the backup has ON t",
        "indexes: c is there and not in the backup: ON v",
    ]


def test_long_definitions_are_shown_from_where_they_part() -> None:
    (line,) = differing({"views": {"v": "x" * 500 + "1"}}, {"views": {"v": "x" * 500 + "2"}})
    assert len(line) < 250
    assert "2; the backup" in line
    assert line.endswith("1")


def test_a_kind_that_was_not_seen_at_all_is_missing_as_a_whole() -> None:
    assert differing({"types": {"t": "ENUM"}}, {}) == ["types: t is missing; the backup has ENUM"]


def test_beside_what_was_there_before_nothing_is_unexpected() -> None:
    expected, found = {"indexes": {"a": "ON t", "b": "ON t"}}, {"indexes": {"b": "ON u", "c": "ON v"}}
    assert differing(expected, found, alone=False) == [
        "indexes: a is missing; the backup has ON t",
        "indexes: b is ON u; the backup has ON t",
    ]
