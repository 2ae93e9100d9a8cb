"""What the handlers share: the emulator, the ledger, the authority, and what uses which group.

All of it lives as long as the emulator does; what must outlive a crash is in the servers' own folders.
"""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tools.rehearsal.fargate.fargate import Fargate
from tools.rehearsal.layout import Layout
from tools.rehearsal.ledger import Ledger, TookEffect
from tools.rehearsal.seams import Emulator
from tools.rehearsal.services.rotations import Rotations
from tools.servers.certificates import Authority
from tools.servers.redis_configuration import AclUser


@dataclass(kw_only=True)
class CacheGroup:
    """A replication group: its parameter group's name, its users' groups, and its nodes' identifiers."""

    parameter_group: str
    user_groups: list[str]
    nodes: list[str]


@dataclass(kw_only=True)
class Region:
    """The parameter groups, users and groups of one region, by physical id."""

    database_parameters: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    database_groups: dict[str, str] = field(default_factory=dict[str, str])
    cache_parameters: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    cache_users: dict[str, AclUser] = field(default_factory=dict[str, AclUser])
    cache_user_groups: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    cache_groups: dict[str, CacheGroup] = field(default_factory=dict[str, CacheGroup])


@dataclass(kw_only=True)
class Workshop:
    """The handlers' shared surroundings."""

    layout: Layout
    emulator: Emulator
    ledger: Ledger
    authority: Authority
    rotations: Rotations = field(init=False)
    fargate: Fargate = field(init=False)
    access: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever hands users to running Redis servers, so that the last one has the last word."""
    _regions: dict[str, Region] = field(default_factory=dict[str, Region])

    def __post_init__(self) -> None:
        """Begin with no rotation under way and no service."""
        self.rotations = Rotations(emulator=self.emulator, ledger=self.ledger)
        self.fargate = Fargate(
            layout=self.layout,
            emulator=self.emulator,
            authority=self.authority.ca_path,
            endpoint=os.environ["AWS_ENDPOINT_URL"],  # our own, as the launcher set it
            witness=self.took_effect,
        )

    @property
    def region(self) -> Region:
        """The region of the request at hand."""
        return self._regions.setdefault(self.emulator.region, Region())

    def directory(self, kind: Literal["postgres", "redis"], identifier: str) -> Path:
        """Return the folder of one server; `down` finds all of them below `servers`."""
        return self.layout.servers / kind / self.emulator.region / identifier

    def took_effect(self, resource_type: str, physical_id: str, evidence: str, *honoured: str) -> None:
        """Note that another resource made this one's properties real."""
        self.ledger.write(
            TookEffect(
                region=self.emulator.region,
                resource_type=resource_type,
                physical_id=physical_id,
                evidence=evidence,
                honoured=honoured,
            )
        )
