"""Which environment is up in a state folder, and where its emulator listens. Holds no secret."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.rehearsal.documents import read_document
from tools.rehearsal.errors import StateUnreadable
from tools.rehearsal.launcher import ADDRESS
from tools.rehearsal.layout import Layout
from tools.rehearsal.processes import EMULATOR, Process, Records, emulators_of


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One deployed, or half deployed, environment."""

    environment: str
    region: str
    recovery_region: str
    port: int

    @property
    def endpoint(self) -> str:
        """The address of every emulated AWS service."""
        return f"http://{ADDRESS}:{self.port}"

    @property
    def prefix(self) -> str:
        """How the names of this environment's stacks begin."""
        return f"datatier-{self.environment}-"

    def save(self, path: Path) -> None:
        """Write the tier's record in one step."""
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
        draft.replace(path)


def read(layout: Layout) -> Tier | None:
    """Return the tier of a state folder, whether its emulator still runs or not. Raises StateUnreadable."""
    try:
        return read_document(layout.tier, Tier)
    except StateUnreadable as error:
        raise StateUnreadable(
            f"{error}\nDATATIER_STATE names the state folder; `make down` clears a broken tier out of it"
        ) from error


def emulator(layout: Layout) -> Process | None:
    """Return the emulator's process if it runs, be its record whole or not."""
    process = Records(layout.processes).read(EMULATOR)
    if process and process.alive:
        return process
    return next(iter(emulators_of(layout.state)), None)
