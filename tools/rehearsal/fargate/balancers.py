"""The load balancers of a tier: what the emulator's records say, told to the real ones.

A target belongs to a group, a group to every balancer with a listener for it; one without is never checked.
"""

import threading
from typing import Literal, cast

from tools.rehearsal.layout import Layout
from tools.rehearsal.seams import (
    LISTENER_ATTRIBUTES,
    LISTENERS,
    TARGET_ATTRIBUTES,
    TARGET_GROUPS,
    TARGETS,
    Emulator,
    Record,
)
from tools.servers.balancer.configuration import IDLE_SECONDS, Check, Group, Listener, Report, Seen, Target
from tools.servers.balancer.server import LoadBalancer

CHECK_SECONDS = 0.5
"""How often a health check is made at most: nobody waits for a network load balancer's five seconds here."""

DRAIN_SECONDS = 300.0
"""Source: "Target groups for your Network Load Balancers", deregistration_delay.timeout_seconds."""


class Balancers:
    """The balancers, by ARN, and the targets that leave them."""

    def __init__(self, *, emulator: Emulator, layout: Layout) -> None:
        self.emulator = emulator
        self.layout = layout
        self._running: dict[str, LoadBalancer] = {}
        self._draining: set[tuple[str, str]] = set()
        self._lock = threading.RLock()

    def start(self, arn: str, name: str) -> LoadBalancer:
        """Start a balancer. Raises ServerError."""
        directory = self.layout.balancers / self.emulator.region / name
        balancer = LoadBalancer.create(directory=directory, identifier=name)
        self._running[arn] = balancer
        return balancer

    def stop(self, arn: str) -> None:
        """Stop a balancer and forget it; one that is gone is no error."""
        balancer = self._running.pop(arn, None)
        if balancer:
            balancer.destroy()

    def publish(self, arn: str) -> Report:
        """Tell a balancer what is wanted of it now; one that is gone sees nothing. Raises StartFailed."""
        with self._lock:
            balancer = self._running.get(arn)
            if balancer is None:
                return Report()
            listeners = [
                Listener(port=int(str(row["Port"])), group=group, idle_seconds=self._idle_seconds(listener))
                for listener, row in list(self.emulator.store(LISTENERS).items())
                if row.get("LoadBalancerArn") == arn and (group := _group_of(row))
            ]
            groups = {one.group: self._group(one.group) for one in listeners}
            return balancer.tell(
                listeners=listeners, groups={arn: found for arn, found in groups.items() if found}
            )

    def register(self, group: str, address: str, port: int) -> None:
        """Add a target to a group, within the scope of its region."""
        with self._lock:
            targets = self._targets(group)
            if not any(_is(one, address, port) for one in targets):
                targets.append({"Id": address, "Port": port})
            self.publish_group(group)

    def drain(self, group: str, address: str, port: int) -> None:
        """Give a target no more connections."""
        with self._lock:
            self._draining.add((group, f"{address}:{port}"))
            self.publish_group(group)

    def deregister(self, group: str, address: str, port: int) -> None:
        """Take a target out of a group; one that is not in it is no error."""
        with self._lock:
            targets = self._targets(group)
            targets[:] = [one for one in targets if not _is(one, address, port)]
            self._draining.discard((group, f"{address}:{port}"))
            self.publish_group(group)

    def publish_group(self, group: str) -> None:
        """Tell every balancer that has a listener for a group."""
        rows = list(self.emulator.store(LISTENERS).values())
        for arn in {str(row.get("LoadBalancerArn")) for row in rows if _group_of(row) == group}:
            self.publish(arn)

    def seen(self, group: str, address: str, port: int) -> Seen | None:
        """Return how a target is; None where no balancer looks at it."""
        for balancer in list(self._running.values()):
            found = balancer.report.groups.get(group, {}).get(f"{address}:{port}")
            if found:
                return found
        return None

    def drain_seconds(self, group: str) -> float:
        """Return how long a target that leaves keeps its connections."""
        return float(self._attribute(group, "deregistration_delay.timeout_seconds", str(DRAIN_SECONDS)))

    def _group(self, arn: str) -> Group | None:
        row = self.emulator.store(TARGET_GROUPS).get(arn)
        if row is None:
            return None
        cut = self._attribute(arn, "target_health_state.unhealthy.connection_termination.enabled", "true")
        targets = [Target(address=str(one["Id"]), port=int(str(one["Port"]))) for one in self._targets(arn)]
        return Group(
            check=check_of(row),
            targets=tuple(
                Target(address=one.address, port=one.port, draining=(arn, one.name) in self._draining)
                for one in targets
            ),
            cut_unhealthy=cut == "true",
        )

    def _targets(self, group: str) -> list[Record]:
        store = cast("dict[str, list[Record]]", self.emulator.store(TARGETS))
        return store.setdefault(group, [])

    def _attribute(self, group: str, key: str, default: str) -> str:
        rows = cast("list[Record]", self.emulator.store(TARGET_ATTRIBUTES).get(group) or [])
        return next((str(row["Value"]) for row in rows if row["Key"] == key), default)

    def _idle_seconds(self, listener: str) -> float:
        rows = cast("list[Record]", self.emulator.store(LISTENER_ATTRIBUTES).get(listener) or [])
        found = [str(row["Value"]) for row in rows if row["Key"] == "tcp.idle_timeout.seconds"]
        return float(found[0]) if found else IDLE_SECONDS


def check_of(row: Record) -> Check:
    """Return a target group's health check, made more often than it says."""
    protocol: Literal["TCP", "HTTP"] = "HTTP" if row.get("HealthCheckProtocol") == "HTTP" else "TCP"
    return Check(
        protocol=protocol,
        port=str(row["HealthCheckPort"]),
        path=str(row["HealthCheckPath"]),
        codes=str(cast("Record", row["Matcher"])["HttpCode"]),
        interval_seconds=min(CHECK_SECONDS, float(str(row["HealthCheckIntervalSeconds"]))),
        timeout_seconds=float(str(row["HealthCheckTimeoutSeconds"])),
        healthy=int(str(row["HealthyThresholdCount"])),
        unhealthy=int(str(row["UnhealthyThresholdCount"])),
    )


def _group_of(listener: Record) -> str:
    actions = cast("list[Record]", listener.get("DefaultActions") or [])
    return next((str(one["TargetGroupArn"]) for one in actions if one.get("TargetGroupArn")), "")


def _is(target: Record, address: str, port: int) -> bool:
    return (target["Id"], target["Port"]) == (address, port)
