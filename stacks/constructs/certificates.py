"""Which certificate authority signs a region's RDS servers, read from the bundle that the Lambdas carry.

Works on text: each certificate in the bundle stands under a line that names it (tools/certificates writes
it). Never parses a certificate and never fetches one.
"""

import re
from pathlib import Path

from stacks.constructs.errors import CertificateError
from stacks.constructs.tier_stack import SSM_STANDARD_BYTES

ROOT = Path(__file__).resolve().parents[2]
RDS_BUNDLE = ROOT / "lambdas" / "common" / "certificates" / "rds.pem"

_CERTIFICATE = re.compile(
    r"(?:^# (?P<name>[^\n]+)\n)?^(?P<pem>-----BEGIN CERTIFICATE-----\n.+?\n-----END CERTIFICATE-----)$",
    re.MULTILINE | re.DOTALL,
)


def common_name(*, region: str, authority: str) -> str:
    """`Amazon RDS us-east-1 Root CA RSA2048 G1` of us-east-1 and rds-ca-rsa2048-g1."""
    algorithm, generation = authority.removeprefix("rds-ca-").upper().split("-")
    return f"Amazon RDS {region} Root CA {algorithm} {generation}"


def certificate_for(bundle: Path, *, region: str, authority: str) -> str:
    """Return the PEM of the authority that signs in `region`, short enough for an SSM parameter.

    A bundle of a single certificate is somebody's own authority (the rehearsal's): it is the one.

    Raises:
        CertificateError: the bundle does not hold it, or it does not fit.
    """
    found = [(match["name"], match["pem"]) for match in _CERTIFICATE.finditer(bundle.read_text("utf-8"))]
    wanted = common_name(region=region, authority=authority)
    candidates = [pem for name, pem in found if name == wanted or len(found) == 1]
    if len(candidates) != 1:
        raise CertificateError(
            f"{bundle}: holds no certificate named '{wanted}', which signs the RDS servers in {region}; "
            "run `.venv/bin/python -m tools.certificates` to take the newest bundle."
        )
    if len(candidates[0]) > SSM_STANDARD_BYTES:
        raise CertificateError(f"{bundle}: the certificate is longer than {SSM_STANDARD_BYTES} bytes.")
    return candidates[0]
