"""The certificate is tried before it is used, and PostgreSQL's authorities are looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from containers.pgbouncer import authority
from containers.pgbouncer.certificate import check, parse_material
from containers.pgbouncer.errors import AuthorityUnreadable, CertificateInvalid
from lambdas.common.authorities import RDS_CA_BUNDLE
from lambdas.common.errors import SecretInvalid
from tests.unit.pooling.cases import Issuer

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"


def tried(material: dict[str, str], scratch: Path) -> datetime:
    return check(parse_material(json.dumps(material), name="test"), scratch=scratch)


def test_a_certificate_that_clients_accept_is_good_until_its_end(tmp_path: Path) -> None:
    ends = tried(Issuer().material(days=(-1, 20)), tmp_path)
    assert timedelta(days=19) < ends - datetime.now(UTC) < timedelta(days=21)
    assert not list(tmp_path.iterdir())


def test_an_authority_among_others_is_enough_while_it_changes(tmp_path: Path) -> None:
    issuer = Issuer("new")
    assert tried(issuer.material(ca=Issuer("old").ca + issuer.ca), tmp_path)


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)])
def test_a_certificate_out_of_its_time_is_refused(tmp_path: Path, days: tuple[int, int]) -> None:
    with pytest.raises(CertificateInvalid, match=r"clients would not accept .* (expired|not yet valid)"):
        tried(Issuer().material(days=days), tmp_path)


def test_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateInvalid, match="clients would not accept the certificate"):
        tried(Issuer("one").material(ca=Issuer("two").ca), tmp_path)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    issuer = Issuer()
    mixed = issuer.material() | {"private_key": issuer.material()["private_key"]}
    with pytest.raises(CertificateInvalid, match=r"cannot be used together \(KEY_VALUES_MISMATCH\)"):
        tried(mixed, tmp_path)


@pytest.mark.parametrize("key", ["certificate", "private_key", "ca"])
@pytest.mark.parametrize("text", ["nonsense", BROKEN, "ключ", "a\0b"])
def test_what_is_no_pem_is_refused(tmp_path: Path, key: str, text: str) -> None:
    with pytest.raises(CertificateInvalid, match="the certificate's secret: "):
        tried(Issuer().material() | {key: text}, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["certificate", "private_key", "ca"])
def test_a_key_that_is_missing_is_named(key: str) -> None:
    material = Issuer().material()
    for broken in (
        material | {key: ""},
        material | {key: 1},
        {k: v for k, v in material.items() if k != key},
    ):
        with pytest.raises(SecretInvalid, match=f"^secret test has no {key}"):
            parse_material(json.dumps(broken), name="test")


def test_the_key_is_not_shown_when_it_is_printed() -> None:
    assert "PRIVATE KEY" not in repr(parse_material(json.dumps(Issuer().material()), name="test"))


def test_amazons_own_authorities_are_readable() -> None:
    authority.require(RDS_CA_BUNDLE)


def test_authorities_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(AuthorityUnreadable, match=r"nowhere\.pem cannot be read: No such file"):
        authority.require(tmp_path / "nowhere.pem")


@pytest.mark.parametrize("text", ["", "nonsense", BROKEN])
def test_authorities_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(text)
    with pytest.raises(AuthorityUnreadable, match="is no bundle of PEM certificates"):
        authority.require(path)
