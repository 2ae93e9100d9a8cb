"""The certificate authorities that the Lambdas and the applications trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from stacks.constructs.certificates import RDS_BUNDLE, certificate_for, common_name
from stacks.constructs.errors import CertificateError
from stacks.settings import load_environment
from tools.certificates.bundle import compose

if TYPE_CHECKING:
    from pathlib import Path

AUTHORITIES = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")


@pytest.mark.parametrize("authority", AUTHORITIES)
@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_bundle_holds_the_roots_of_every_region_in_use(name: str, authority: str) -> None:
    environment = load_environment(name)
    for region in (environment.region, environment.recovery_region):
        pem = certificate_for(RDS_BUNDLE, region=region, authority=authority)
        certificate = x509.load_pem_x509_certificate(pem.encode())
        wanted = common_name(region=region, authority=authority)
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        assert [it.value for it in names] == [wanted]
        assert certificate.issuer == certificate.subject


def test_the_bundle_is_what_its_script_would_write() -> None:
    text = RDS_BUNDLE.read_text("utf-8")
    blocks = [f"-----BEGIN{block.rsplit('-----END', 1)[0]}" for block in text.split("-----BEGIN")[1:]]
    assert compose([f"{block}-----END CERTIFICATE-----\n" for block in blocks]) == text


def test_no_root_in_the_bundle_ends_within_ten_years_of_being_made() -> None:
    for certificate in x509.load_pem_x509_certificates(RDS_BUNDLE.read_bytes()):
        assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days > 3650


def test_a_region_without_a_root_is_refused_with_what_to_run() -> None:
    with pytest.raises(CertificateError, match=r"mars-north-1.*tools\.certificates"):
        certificate_for(RDS_BUNDLE, region="mars-north-1", authority="rds-ca-rsa2048-g1")


def test_a_bundle_of_one_certificate_is_somebodys_own_authority(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    found = certificate_for(own, region="us-east-1", authority="rds-ca-rsa2048-g1")
    assert found == own.read_text().strip()
