"""What is issued, when, and for which names; what is not due stays as it is."""

from __future__ import annotations

import json

import pytest
from cryptography.x509.verification import VerificationError

from lambdas.common.errors import DatatierError
from lambdas.issue_certificate.errors import BundleTooLarge, NoSuccessor, NothingIssued
from lambdas.issue_certificate.request import Wish
from lambdas.issue_certificate.stores import PARAMETER_BYTES
from tests.unit.issue_certificate.memory import (
    ADDRESS,
    AUTHORITY,
    CERTIFICATE,
    DEPLOYMENT,
    HOST,
    TRUST,
    Ground,
    Secret,
    days,
    verify,
)


@pytest.fixture
def ground() -> Ground:
    """Return a tier whose certificate has been issued by its first deployment."""
    ground = Ground()
    ground.run(DEPLOYMENT)
    return ground


def test_the_first_deployment_makes_an_authority_and_a_certificate_for_its_names(ground: Ground) -> None:
    certificate = ground.certificate()
    verify(certificate, ground.bundle(), now=ground.now)
    assert ground.parameter == ground.bundle() == ground.document(CERTIFICATE)["ca"]
    with pytest.raises(VerificationError):
        verify(certificate, ground.bundle(), now=ground.now, name="another.elb.us-east-1.amazonaws.com")
    assert certificate.not_valid_after_utc == ground.now + days(90)
    (authority,) = ground.authorities()
    assert authority["signs_from"] == ground.now.isoformat()


@pytest.mark.parametrize("text", [None, "{}", '{"placeholder": "x"}'])
def test_a_secret_that_the_stack_has_just_made_counts_as_empty(text: str | None) -> None:
    ground = Ground()
    for name in (AUTHORITY, CERTIFICATE, TRUST):
        made = Secret() if text else Secret(versions={}, current=None)
        ground.secrets[name] = made if text is None else Secret(versions={"made by the stack": text})
    ground.run(DEPLOYMENT)
    assert ground.certificate()


def test_the_same_deployment_again_changes_nothing(ground: Ground) -> None:
    before = {name: secret.current for name, secret in ground.secrets.items()}
    ground.now += days(10)
    ground.run(DEPLOYMENT)
    ground.run()
    assert {name: secret.current for name, secret in ground.secrets.items()} == before


@pytest.mark.parametrize(
    "wish",
    [Wish(names=(HOST,), issue="1"), Wish(names=(ADDRESS, HOST), issue="2"), Wish(order="certificate")],
)
def test_other_names_another_issue_and_an_order_have_a_new_certificate_made_at_once(
    ground: Ground, wish: Wish
) -> None:
    before, key = ground.certificate(), ground.document(CERTIFICATE)["private_key"]
    ground.now += days(1)
    state = ground.run(wish)
    assert ground.certificate().serial_number != before.serial_number
    assert ground.document(CERTIFICATE)["private_key"] != key
    assert state.certificate is not None
    assert state.certificate.names == (wish.names or (ADDRESS, HOST))
    assert ground.bundle() == ground.parameter  # the authority stays


def test_a_deployment_that_is_rolled_back_gets_its_old_names_back(ground: Ground) -> None:
    ground.run(Wish(names=("new.example",), issue="2"))
    state = ground.run(DEPLOYMENT)
    assert state.certificate is not None
    assert state.certificate.names == (ADDRESS, HOST)


@pytest.mark.parametrize(("age", "renewed"), [(59, False), (61, True), (100, True)])
def test_a_certificate_is_renewed_in_the_last_third_of_its_life(
    ground: Ground, age: int, *, renewed: bool
) -> None:
    before = ground.certificate()
    ground.now += days(age)
    state = ground.run()
    assert (ground.certificate() != before) is renewed
    assert state.certificate is not None
    assert state.certificate.names == (ADDRESS, HOST)


def test_a_schedule_before_the_first_deployment_is_refused_and_makes_nothing() -> None:
    ground = Ground()
    with pytest.raises(NothingIssued, match="deploy the pooling stack"):
        ground.run()
    assert ground.document(AUTHORITY) == {}


def test_a_bundle_holds_six_authorities_and_never_more_than_the_parameter(ground: Ground) -> None:
    sizes = [len(ground.bundle())]
    for _ in range(5):
        ground.now += days(1)
        ground.run(Wish(order="successor"))
        sizes.append(len(ground.bundle()))
    ground.now += days(1)
    with pytest.raises(BundleTooLarge, match=r'4096: retire the older .*"succession"'):
        ground.run(Wish(order="successor"))
    print(f"bytes of a bundle by its authorities: {sizes}")  # noqa: T201  (what was found)
    assert max(sizes) <= PARAMETER_BYTES
    ground.run(Wish(order="certificate"))  # what is published goes on


def test_the_only_authority_is_not_retired(ground: Ground) -> None:
    with pytest.raises(NoSuccessor, match=r'make its successor first, with \{"Force": "successor"\}'):
        ground.run(Wish(order="succession"))


def test_no_private_key_is_in_a_log_an_error_or_a_repr(ground: Ground) -> None:
    state = ground.run()
    shown = f"{ground.log}{state!r}"
    for document, key in (
        (CERTIFICATE, ground.document(CERTIFICATE)["private_key"]),
        (AUTHORITY, str(ground.authorities()[0]["private_key"])),
    ):
        body = key.splitlines()[1]
        assert body not in shown
        broken = json.dumps(ground.document(document)).replace(json.dumps(key), json.dumps(key[:-60]))
        secret = ground.secrets[document]
        assert secret.current is not None
        kept, secret.versions[secret.current] = secret.versions[secret.current], broken
        with pytest.raises(DatatierError) as error:
            ground.run()
        assert body not in f"{error.value}{error.value.__cause__}"
        secret.versions[secret.current] = kept
