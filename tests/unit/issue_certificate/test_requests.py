"""What the function is told, by its events and by its environment; what is wrong is named."""

from __future__ import annotations

import pytest

from lambdas.common.errors import EnvironmentInvalid
from lambdas.issue_certificate.environment import parse_environment
from lambdas.issue_certificate.errors import RequestInvalid
from lambdas.issue_certificate.request import Wish, parse_request

VARIABLES = {
    "AUTHORITY_SECRET_ARN": "a",
    "CERTIFICATE_SECRET_ARN": "b",
    "TRUST_SECRET_ARN": "c",
    "TRUST_PARAMETER": "/datatier/dev/pooler/ca-bundle",
    "CERTIFICATE_DAYS": "90",
    "AUTHORITY_DAYS": "1825",
    "COMMON_NAME_PREFIX": "datatier-dev",
}


def deployment(names: object, issue: object = "1") -> dict[str, object]:
    return {"RequestType": "Update", "ResourceProperties": {"Names": names, "Issue": issue}}


def test_names_are_told_apart_whatever_their_order_and_their_spelling() -> None:
    wish = parse_request(deployment(["Pool.Example.", "127.0.0.1", "pool.example", "::0:1"]))
    assert wish == Wish(names=("127.0.0.1", "::1", "pool.example"), issue="1")


@pytest.mark.parametrize("event", [{}, {"detail-type": "Scheduled Event"}, {"source": "aws.events"}])
def test_any_other_event_asks_for_what_is_due(event: dict[str, object]) -> None:
    assert parse_request(event) == Wish()


@pytest.mark.parametrize(
    "names",
    [
        [], None, "pool.example", [1], ["pool example"], ["*.example"], ["pool_1.example"], ["-a.example"],
        ["pööl.example"], ["1.2.3.400"], ["a" * 64 + ".example"], ["${Token[TOKEN.1]}"], [""],
    ],
)  # fmt: skip
def test_what_no_certificate_can_hold_is_refused(names: object) -> None:
    with pytest.raises(RequestInvalid, match="DNS name"):
        parse_request(deployment(names))


def test_a_deployment_without_its_issue_is_refused() -> None:
    with pytest.raises(RequestInvalid, match="Issue is not a text"):
        parse_request(deployment(["pool.example"], issue=None))


@pytest.mark.parametrize("order", ["", "Certificate", None, 1, ["certificate"]])
def test_an_order_that_does_not_exist_is_refused_with_those_that_do(order: object) -> None:
    with pytest.raises(RequestInvalid, match="certificate or successor or succession is expected"):
        parse_request({"Force": order})


def test_the_environment_is_read() -> None:
    environment = parse_environment(VARIABLES)
    assert environment.terms.overlap.days == 365
    assert environment.trust_parameter == "/datatier/dev/pooler/ca-bundle"


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=name):
        parse_environment(VARIABLES | {name: ""})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CERTIFICATE_DAYS", "6", "7 or more"),
        ("CERTIFICATE_DAYS", "300", "AUTHORITY_DAYS is 1825; .* 1998 or more"),
        ("AUTHORITY_DAYS", "1367", "1368 or more are expected"),
        ("AUTHORITY_DAYS", "ten", "a whole number"),
        ("COMMON_NAME_PREFIX", "d" * 39, "at most 38"),
        ("COMMON_NAME_PREFIX", "dätatier", "ASCII"),
    ],
)
def test_what_cannot_go_well_is_refused_before_anything_is_made(name: str, value: str, says: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=says):
        parse_environment(VARIABLES | {name: value})
