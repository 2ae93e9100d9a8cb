"""The three documents are read back as they were written; what is malformed is named, and never shown."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lambdas.common.errors import SecretInvalid
from lambdas.issue_certificate.certificates import issue_certificate, make_authority
from lambdas.issue_certificate.documents import (
    read_authorities,
    read_certificate_document,
    read_trust,
    write_authorities,
    write_certificate_document,
    write_trust,
)
from tests.unit.issue_certificate.memory import NAMES, START

if TYPE_CHECKING:
    from lambdas.issue_certificate.state import Authority


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority("datatier-dev", now=START, days=1825)


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> dict[str, str]:
    pem, key = issue_certificate(
        "datatier-dev", NAMES, signer=authority, now=START, not_after=START + timedelta(days=90)
    )
    return json.loads(
        write_certificate_document(pem=pem, private_key=key, ca=authority.certificate.pem, issue="1")
    )


def test_authorities_are_read_back_as_they_were_written(authority: Authority) -> None:
    assert read_authorities(write_authorities([authority])) == (authority,)


def test_a_certificate_is_read_back_with_its_names_its_issuer_and_its_life(
    authority: Authority, certificate: dict[str, str]
) -> None:
    read = read_certificate_document(json.dumps(certificate))
    assert read is not None
    assert (read.pem, read.private_key) == (certificate["certificate"], certificate["private_key"])
    assert (read.names, read.issuer, read.issue) == (NAMES, authority.certificate.key_id, "1")
    assert read.not_before == START - timedelta(hours=1)  # clocks may be slow


def test_a_certificate_put_by_hand_without_the_issue_is_read(certificate: dict[str, str]) -> None:
    del (by_hand := dict(certificate))["issue"]
    read = read_certificate_document(json.dumps(by_hand))
    assert read is not None
    assert read.issue == ""


def test_the_trust_is_read_back_as_it_was_written(authority: Authority) -> None:
    assert read_trust(write_trust(authority.certificate.pem)) == (authority.certificate,)
    assert read_trust(write_trust("")) == ()


def test_authorities_of_one_tier_have_names_of_their_own() -> None:
    names = [make_authority("d" * 38, now=START, days=1).certificate.name for _ in range(2)]
    assert names[0] != names[1]
    assert max(map(len, names)) <= 64


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("hunter2", "is not a JSON object.* Put the text of its version AWSPREVIOUS back"),
        ('["hunter2"]', "is not a JSON object"),
        ('{"authority": "hunter2"}', "has no authorities"),
        ('{"authorities": "hunter2"}', "authorities is no list"),
        ('{"authorities": ["hunter2"]}', "an authority is no object"),
        ({"certificate": None}, "certificate is no text"),
        ({"certificate": "hunter2"}, "what is no certificate in PEM"),
        ({"private_key": "hunter2"}, "no PEM of a key"),
        ({"private_key": 7}, "private_key is no text"),
        ({"signs_from": "hunter2"}, "isoformat"),
        ({"trusted_until": "2027-01-01T00:00:00"}, "trusted_until has no time zone"),
        ({"trusted_until": None}, "trusted_until is no text"),
    ],
)
def test_a_malformed_document_of_authorities_is_named_with_what_to_do(
    authority: Authority, change: str | dict[str, object], says: str
) -> None:
    if not isinstance(change, str):
        document = json.loads(write_authorities([authority]))
        document["authorities"][0] |= change
        change = json.dumps(document)
    with pytest.raises(SecretInvalid, match=f"secret of the pooler's authority.*{says}"):
        read_authorities(change)


def test_a_key_of_another_authority_is_refused(authority: Authority) -> None:
    document = json.loads(write_authorities([authority]))
    other = make_authority("datatier-dev", now=START, days=1)
    document["authorities"][0]["private_key"] = other.private_key
    with pytest.raises(SecretInvalid, match=r"a private key is not its certificate's\. Put the text of its"):
        read_authorities(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"certificate": "hunter2"}, "the certificate is no PEM"),
        ({"private_key": "hunter2"}, "no PEM of a key"),
        ({"private_key": None}, "private_key is no text"),
        ({"ca": 1}, "ca is no text"),
        ({"issue": 1}, "issue is no text"),
    ],
)
def test_a_malformed_certificate_is_named_with_what_to_do(
    certificate: dict[str, str], change: dict[str, object], says: str
) -> None:
    with pytest.raises(SecretInvalid, match=f"pooler's certificate: .*{says}.*Put {{}} in its place"):
        read_certificate_document(json.dumps(certificate | change))


def test_a_certificate_of_an_authority_in_the_pooler_s_place_is_refused(
    authority: Authority, certificate: dict[str, str]
) -> None:
    theirs = {"certificate": authority.certificate.pem, "private_key": authority.private_key}
    with pytest.raises(SecretInvalid, match="is not one of ours"):
        read_certificate_document(json.dumps(certificate | theirs))


def test_a_pooler_s_certificate_in_the_trust_is_refused(certificate: dict[str, str]) -> None:
    with pytest.raises(SecretInvalid, match="a certificate in it is no authority's"):
        read_trust(write_trust(certificate["certificate"]))


@pytest.mark.parametrize("missing", ["certificate", "private_key", "ca"])
def test_a_missing_part_of_the_certificate_is_named(certificate: dict[str, str], missing: str) -> None:
    del (lacking := dict(certificate))[missing]
    with pytest.raises(SecretInvalid, match=f"has no {missing}"):
        read_certificate_document(json.dumps(lacking))


@pytest.mark.parametrize("text", ["hunter2", '{"CA": ""}', '{"ca": 1}', '{"ca": "hunter2"}'])
def test_a_malformed_trust_is_named_and_not_shown(text: str) -> None:
    with pytest.raises(SecretInvalid, match="of the pooler's trust") as error:
        read_trust(text)
    assert "hunter2" not in str(error.value)
    assert error.value.__cause__ is None
