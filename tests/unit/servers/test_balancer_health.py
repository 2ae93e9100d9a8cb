"""A target serves after one passed check, leaves and returns by the thresholds; all serve if none is well."""

import pytest

from tools.servers.balancer.configuration import (
    Check,
    Configuration,
    Group,
    Listener,
    Report,
    Seen,
    Target,
    read_configuration,
    read_report,
)
from tools.servers.balancer.health import Health, RoundRobin, accepts, eligible

CHECK = Check(healthy=3, unhealthy=2)
A, B, C = (Target(address=f"127.0.0.{number}", port=1) for number in (1, 2, 3))


def after(*failures: str | None, health: Health | None = None) -> Health:
    found = health or Health()
    for failure in failures:
        found = found.after(failure, CHECK)
    return found


def test_a_new_target_serves_after_one_passed_check() -> None:
    assert after(None).standing == "healthy"


def test_a_new_target_that_fails_is_unhealthy_by_the_threshold() -> None:
    assert after("refused").standing == "initial"
    assert after("refused", "refused").standing == "unhealthy"


def test_one_failed_check_takes_no_healthy_target_out() -> None:
    assert after(None, "refused").standing == "healthy"
    assert after(None, "refused", "refused").standing == "unhealthy"


def test_checks_count_only_in_a_row() -> None:
    assert after(None, "refused", None, "refused").standing == "healthy"


def test_an_unhealthy_target_returns_by_the_threshold() -> None:
    down = after("refused", "refused")
    assert after(None, None, health=down).standing == "unhealthy"
    assert after(None, None, None, health=down).standing == "healthy"


def test_the_last_reason_is_kept_while_it_fails() -> None:
    assert after("refused", "HTTP 503").reason == "HTTP 503"
    assert after("refused", None).reason == ""


def test_only_healthy_targets_get_connections_while_there_is_one() -> None:
    healths = {A.name: Health(standing="healthy"), B.name: Health(standing="unhealthy")}
    assert eligible([A, B, C], healths) == [A]


def test_without_a_healthy_target_all_get_them() -> None:
    assert eligible([A, B], {A.name: Health(standing="unhealthy")}) == [A, B]


def test_a_draining_target_gets_none_whatever_its_health() -> None:
    leaving = Target(address=A.address, port=A.port, draining=True)
    assert eligible([leaving, B], {A.name: Health(standing="healthy")}) == [B]
    assert eligible([leaving], {}) == []


def test_targets_take_turns_whoever_comes_and_goes() -> None:
    turns = RoundRobin()
    assert [turns.choose(targets) for targets in ([A, B], [A, B], [B], [A, B, C], [A, B, C])] == [
        A,
        B,
        B,
        C,
        A,
    ]
    assert turns.choose([]) is None


@pytest.mark.parametrize(
    ("codes", "status", "accepted"),
    [("200", 200, True), ("200", 204, False), ("200-299", 204, True), ("1,2", 2, True), ("1,2", 3, False)],
)  # fmt: skip
def test_status_codes_are_read_as_aws_writes_them(codes: str, status: int, accepted: bool) -> None:  # noqa: FBT001  # a row of the table
    assert accepts(codes, status) is accepted


def test_what_is_told_and_said_is_read_back() -> None:
    told = Configuration(
        generation=3,
        listeners=(Listener(port=1, group="g", idle_seconds=2),),
        groups={"g": Group(check=CHECK, targets=(A, B))},
    )
    said = Report(generation=3, listeners={"1": ""}, groups={"g": {A.name: Seen(state="healthy")}})
    assert read_configuration(told.text()) == told
    assert read_report(said.text()) == said
