"""The balancer at work: listeners, health checks and connections, as the configuration in force wants them.

Never decides which target is healthy or next: `health` does.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from tools.servers.balancer.checks import failure_of
from tools.servers.balancer.configuration import Configuration, Group, Listener, Report, Seen, Target
from tools.servers.balancer.forward import Connection, Side
from tools.servers.balancer.health import Health, RoundRobin, eligible

if TYPE_CHECKING:
    from collections.abc import Mapping

BACKLOG = 1024


class GroupAtWork:
    """A target group: its targets' health and connections, and whose turn it is."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.health: dict[str, Health] = {}
        self.connections: dict[str, set[Connection]] = {}
        self.turns = RoundRobin()
        self._checking: dict[str, asyncio.Task[None]] = {}

    def follow(self, group: Group) -> None:
        """Take up new targets, and give up those that are gone; connections to them stay."""
        if group.check != self.group.check:
            self.stop()
        self.group = group
        wanted = {target.name: target for target in group.targets if not target.draining}
        for name in set(self._checking) - set(wanted):
            self._checking.pop(name).cancel()
        present = {target.name for target in group.targets}
        self.health = {name: health for name, health in self.health.items() if name in present}
        for name, target in wanted.items():
            if name not in self._checking:
                self._checking[name] = asyncio.create_task(self._check_for_ever(target))

    def stop(self) -> None:
        """Check nobody any more."""
        for task in self._checking.values():
            task.cancel()
        self._checking.clear()

    def choose(self) -> Target | None:
        """Return who gets the next connection."""
        return self.turns.choose(eligible(self.group.targets, self.health))

    def note(self, target: Target, failure: str | None) -> None:
        """Count a check, or a connection that a target refused, which the balancer sees as one too."""
        before = self.health.get(target.name, Health())
        after = self.health[target.name] = before.after(failure, self.group.check)
        turned = after.standing == "unhealthy" and before.standing == "healthy"
        if turned and self.group.cut_unhealthy:
            for connection in list(self.connections.get(target.name, ())):
                connection.end(reset=True)

    @property
    def seen(self) -> dict[str, Seen]:
        """What the report says of the targets."""
        return {target.name: self._seen(target) for target in self.group.targets}

    def _seen(self, target: Target) -> Seen:
        health = self.health.get(target.name, Health())
        return Seen(
            state="draining" if target.draining else health.standing,
            connections=len(self.connections.get(target.name, ())),
            reason=health.reason,
        )

    async def _check_for_ever(self, target: Target) -> None:
        while True:
            self.note(target, await failure_of(target, self.group.check))
            await asyncio.sleep(self.group.check.interval_seconds)


class Balancing:
    """All listeners and groups of one balancer."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.generation = -1
        self._listeners: dict[int, tuple[Listener, asyncio.Server | None, str]] = {}
        self._groups: dict[str, GroupAtWork] = {}
        self._connecting: set[asyncio.Task[None]] = set()

    async def follow(self, configuration: Configuration) -> None:
        """Bring what is there to what is wanted; established connections go on."""
        for name in set(self._groups) - set(configuration.groups):
            self._groups.pop(name).stop()
        for name, group in configuration.groups.items():
            self._groups.setdefault(name, GroupAtWork(group)).follow(group)
        wanted = {listener.port: listener for listener in configuration.listeners}
        for port in set(self._listeners) - set(wanted):
            _, server, _ = self._listeners.pop(port)
            if server:
                server.close()
        for port, listener in wanted.items():
            _, server, refusal = self._listeners.get(port, (listener, None, ""))
            if server is None:
                server, refusal = await self._listen(port)
            self._listeners[port] = (listener, server, refusal)
        self.generation = configuration.generation

    @property
    def report(self) -> Report:
        """What is so now."""
        refusals: Mapping[int, str] = {port: refusal for port, (_, _, refusal) in self._listeners.items()}
        return Report(
            generation=self.generation,
            listeners={str(port): refusal for port, refusal in refusals.items()},
            groups={name: group.seen for name, group in self._groups.items()},
        )

    async def _listen(self, port: int) -> tuple[asyncio.Server | None, str]:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(
                lambda: self._accept(port), self.address, port, backlog=BACKLOG, reuse_address=True
            )
        except OSError as error:
            return None, os.strerror(error.errno) if error.errno else str(error)
        return server, ""

    def _accept(self, port: int) -> Side:
        listener = self._listeners[port][0]
        group = self._groups.get(listener.group)
        target = group.choose() if group else None
        held = group.connections.setdefault(target.name, set()) if group and target else set[Connection]()
        connection = Connection(idle_seconds=listener.idle_seconds, ended=held.discard)
        held.add(connection)
        task = asyncio.create_task(self._connect(connection, group, target))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return connection.client

    async def _connect(
        self, connection: Connection, group: GroupAtWork | None, target: Target | None
    ) -> None:
        if group is None or target is None:
            connection.end(reset=True)
            return
        try:
            await connection.connect(target.address, target.port)
        except OSError as error:
            connection.end(reset=True)
            if target in group.group.targets:
                group.note(target, error.strerror or str(error))
