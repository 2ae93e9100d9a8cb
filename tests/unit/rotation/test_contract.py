"""Secrets Manager's contract: what an event must hold, when nothing is to be done, when it is too soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.common.alternation import fits, original_name, other_name
from lambdas.common.passwords import new_password
from lambdas.common.rotation.contract import Metadata, Request, check_interval, is_current, parse_event
from lambdas.common.rotation.errors import EventInvalid, NotStaged, TooSoon

NOW = datetime(2027, 1, 1, tzinfo=UTC)
EVENT = {"SecretId": "arn", "ClientRequestToken": "token", "Step": "setSecret"}
REQUEST = Request(secret_arn="arn", token="token", step="setSecret")  # noqa: S106  the name of a version


def metadata(*labels: str, enabled: bool = True, rotated: float | None = None) -> Metadata:
    """Return a secret whose version `token` has these labels, rotated so many seconds ago."""
    return Metadata(
        enabled=enabled,
        stages={"token": labels} if labels else {"other": ("AWSCURRENT",)},
        rotated_at=None if rotated is None else NOW - timedelta(seconds=rotated),
    )


def test_an_event_is_read() -> None:
    assert parse_event(EVENT) == REQUEST


@pytest.mark.parametrize("changes", [{"SecretId": ""}, {"ClientRequestToken": 7}, {"Step": "dropSecret"}])
def test_what_secrets_manager_does_not_send_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(EventInvalid):
        parse_event(EVENT | changes)


def test_a_pending_version_rotates_and_a_current_one_is_done() -> None:
    assert not is_current(REQUEST, metadata("AWSPENDING"))
    assert is_current(REQUEST, metadata("AWSCURRENT"))
    assert is_current(REQUEST, metadata("AWSCURRENT", "AWSPENDING"))


@pytest.mark.parametrize(
    "found", [metadata(), metadata("AWSPREVIOUS"), metadata("AWSPENDING", enabled=False)]
)
def test_any_other_version_is_refused(found: Metadata) -> None:
    with pytest.raises(NotStaged):
        is_current(REQUEST, found)


@pytest.mark.parametrize(
    ("rotated", "says"),
    [
        (0, r"changed 0 s ago, .* for 5 min: wait 5 min"),
        (250, r"changed 5 min ago, .*: wait 50 s"),
        (299.5, r"wait 1 s"),
    ],
)
def test_a_rotation_within_the_clients_cache_time_says_how_long_to_wait(rotated: float, says: str) -> None:
    with pytest.raises(TooSoon, match=says):
        check_interval(metadata(rotated=rotated), current_since=None, seconds=300, now=NOW)
    since = NOW - timedelta(seconds=rotated)
    with pytest.raises(TooSoon, match=says):
        check_interval(metadata(), current_since=since, seconds=300, now=NOW)


@pytest.mark.parametrize("rotated", [None, 300, 1e6])
def test_a_rotation_after_the_clients_cache_time_is_let_pass(rotated: float | None) -> None:
    check_interval(metadata(rotated=rotated), current_since=None, seconds=300, now=NOW)


def test_a_login_and_its_twin_take_turns() -> None:
    assert other_name("app") == "app_clone"
    assert other_name("app_clone") == "app"
    assert original_name("app_clone") == original_name("app") == "app"


def test_a_name_fits_by_its_bytes() -> None:
    assert fits("x" * 63)
    assert not fits("x" * 64)
    assert not fits("ü" * 32)


def test_passwords_are_new_each_time_and_need_no_quoting() -> None:
    made = {new_password(32) for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 32 and password.isalnum() and password.isascii() for password in made)
