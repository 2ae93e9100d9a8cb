"""What a balancer is told, and what it says: two JSON documents in its folder. Pure.

Source of the defaults: "Health checks", "Target groups" and "Listeners", guide "Network Load Balancers".
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

CONFIGURATION = "balancer.json"
REPORT = "report.json"
IDLE_SECONDS = 350.0
TRAFFIC_PORT = "traffic-port"

State: TypeAlias = Literal["initial", "healthy", "unhealthy", "draining"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """How a target's health is asked. `path` and `codes` (`200`, `200-299`, `200,202`) are HTTP's."""

    protocol: Literal["TCP", "HTTP"] = "TCP"
    port: str = TRAFFIC_PORT
    path: str = "/"
    codes: str = "200-399"
    interval_seconds: float = 30.0
    timeout_seconds: float = 10.0
    healthy: int = 5
    unhealthy: int = 2


@dataclass(frozen=True, kw_only=True, order=True)
class Target:
    """One address and port; one that drains keeps its connections and gets no new ones."""

    address: str
    port: int
    draining: bool = False

    @property
    def name(self) -> str:
        """How the report names it."""
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Group:
    """A target group. `cut_unhealthy` ends a target's connections when it turns unhealthy."""

    check: Check
    targets: tuple[Target, ...] = ()
    cut_unhealthy: bool = True


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A port, where its connections go, and after how many silent seconds they are dropped."""

    port: int
    group: str
    idle_seconds: float = IDLE_SECONDS


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """All that a balancer is to do; `generation` comes back in the report that heeds it."""

    generation: int = 0
    listeners: tuple[Listener, ...] = ()
    groups: dict[str, Group] = field(default_factory=dict[str, Group])

    def text(self) -> str:
        """Return the document."""
        return json.dumps(asdict(self), indent=1)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A target as the balancer sees it. `reason` is the last failed check's."""

    state: State
    connections: int = 0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a balancer says: why a listener's port could not be had (empty: it listens), and its targets."""

    generation: int = -1
    listeners: dict[str, str] = field(default_factory=dict[str, str])
    groups: dict[str, dict[str, Seen]] = field(default_factory=dict[str, dict[str, Seen]])

    def text(self) -> str:
        """Return the document."""
        return json.dumps(asdict(self), indent=1)


def read_configuration(text: str) -> Configuration:
    """Read a configuration. Raises ValueError, KeyError or TypeError for anything else."""
    found: dict[str, Any] = json.loads(text)
    return Configuration(
        generation=found["generation"],
        listeners=tuple(Listener(**one) for one in found["listeners"]),
        groups={
            name: Group(
                check=Check(**one["check"]),
                targets=tuple(Target(**target) for target in one["targets"]),
                cut_unhealthy=one["cut_unhealthy"],
            )
            for name, one in found["groups"].items()
        },
    )


def read_report(text: str) -> Report:
    """Read a report. Raises ValueError, KeyError or TypeError for anything else."""
    found: dict[str, Any] = json.loads(text)
    return Report(
        generation=found["generation"],
        listeners=found["listeners"],
        groups={
            name: {target: Seen(**seen) for target, seen in targets.items()}
            for name, targets in found["groups"].items()
        },
    )
