"""The versions of a secret in the emulator's record, and which label is on which.

The emulator's event loop reads a record while threads change it: versions are replaced, not changed in place.
"""

from typing import TypedDict, cast

from tools.rehearsal.seams import Record

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"


class Version(TypedDict):
    """One version, as the emulator keeps it."""

    SecretString: str | None
    SecretBinary: str | None
    CreatedDate: float
    Stages: list[str]


def versions(secret: Record) -> dict[str, Version]:
    """All versions by their ids."""
    return cast("dict[str, Version]", secret["Versions"])


def holder(secret: Record, label: str) -> str | None:
    """The version that has a label."""
    return next((token for token, version in versions(secret).items() if label in version["Stages"]), None)


def unfinished(secret: Record) -> str | None:
    """The version of a rotation that has not ended: AWSPENDING is on one that is not current."""
    pending = holder(secret, PENDING)
    return None if pending == holder(secret, CURRENT) else pending


def has_value(version: Version) -> bool:
    """Whether there is anything to read in a version; a rotation begins with one that has nothing."""
    return version["SecretString"] is not None or version["SecretBinary"] is not None


def blank(*, created: float) -> Version:
    """A version that a rotation begins with: pending, and nothing to read in it."""
    return Version(SecretString=None, SecretBinary=None, CreatedDate=created, Stages=[PENDING])


def keep(secret: Record, token: str, version: Version) -> None:
    """Add or replace a version; its labels leave every other one."""
    others = {
        other: _without(known, version["Stages"])
        for other, known in versions(secret).items()
        if other != token
    }
    secret["Versions"] = {**others, token: version}


def remove(secret: Record, token: str) -> None:
    """Forget a version."""
    secret["Versions"] = {other: known for other, known in versions(secret).items() if other != token}


def take(secret: Record, token: str, label: str) -> None:
    """Take a label from a version."""
    secret["Versions"] = {
        other: _without(known, [label]) if other == token else known
        for other, known in versions(secret).items()
    }


def _without(version: Version, labels: list[str]) -> Version:
    return {**version, "Stages": [label for label in version["Stages"] if label not in labels]}
