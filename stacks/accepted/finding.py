"""The shape of an accepted finding, and the rules' names. Accepts nothing itself."""

from dataclasses import dataclass

AWS = "AwsSolutions-"
NIST = "NIST.800.53.R5-"
HIPAA = "HIPAA.Security-"
PCI = "PCI.DSS.321-"
SERVERLESS = "Serverless-"


@dataclass(frozen=True)
class Finding:
    """Rules that are not met by resources (paths below `datatier-<env>-`), and the reason to accept that."""

    reason: str
    resources: tuple[str, ...]
    rules: tuple[str, ...]


def across(rule: str, *packs: str) -> tuple[str, ...]:
    """Name one rule in several packs."""
    return tuple(f"{pack}{rule}" for pack in packs)
