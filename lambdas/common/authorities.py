"""Whose certificates the functions trust beside the runtime's own store: Amazon's authorities for RDS.

A rehearsal's package holds the rehearsal's authority in their place.
"""

from pathlib import Path
from typing import Final

RDS_CA_BUNDLE: Final = Path(__file__).parent / "certificates" / "rds.pem"
