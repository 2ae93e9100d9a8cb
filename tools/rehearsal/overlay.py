"""The settings in which this machine differs from AWS, laid over an environment's file. Pure text.

This is the whole list: whatever is not here is deployed exactly as AWS would get it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from tools.rehearsal.errors import MachineUnknown

ACCOUNT = "000000000000"
ARCHITECTURES: Mapping[str, str] = {
    "x86_64": "x86_64",
    "amd64": "x86_64",
    "aarch64": "arm64",
    "arm64": "arm64",
}

OLDEST_PGBOUNCER = "1.18.0"
"""Debian 12's, which the set-up installs."""


def overlay(*, machine: str, python: tuple[int, int], ca: Path) -> str:
    """Return the TOML document for a machine (`platform.machine()`), its Python and its authority.

    Raises MachineUnknown for a machine that Lambda has no name for.
    """
    architecture = ARCHITECTURES.get(machine.lower())
    if architecture is None:
        raise MachineUnknown(
            f"Lambda has no architecture for this machine's processor, {machine}: "
            f"a rehearsal runs on {' or '.join(sorted(set(ARCHITECTURES.values())))}"
        )
    return f"""\
# Written by `datatier up`; edits are lost. What a rehearsal changes, and why:
account = "{ACCOUNT}" # the emulator's account

[functions]
architecture = "{architecture}" # Lambdas run on this machine's processor
python = "{python[0]}.{python[1]}" # and with this machine's Python
ca_bundle = {json.dumps(str(ca))} # in the place of Amazon's authorities

[pooling]
minimum_version = "{OLDEST_PGBOUNCER}" # the distribution's PgBouncer, which listens on loopback only
"""
