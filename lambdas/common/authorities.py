"""Whose certificates the functions trust beside the runtime's own store: Amazon's authorities for RDS.

A rehearsal's package holds the rehearsal's authority in their place.
"""

from pathlib import Path
from typing import Final

from lambdas.common.errors import ServerUnreachable

RDS_CA_BUNDLE: Final = Path(__file__).parent / "certificates" / "rds.pem"


def require(ca_bundle: Path) -> None:
    """Refuse to go on without it: the libraries would word that badly, or do without.

    Raises:
        ServerUnreachable: it is missing.
    """
    if not ca_bundle.is_file():
        raise ServerUnreachable(
            f"the CA bundle {ca_bundle} is missing, and a connection is never made without it."
        )
