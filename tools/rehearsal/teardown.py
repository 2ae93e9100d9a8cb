"""Stops and removes what a rehearsal started, and nothing else. Safe to run at any time, any number of times.

Finds processes by their records and servers by their folders, so it needs neither the emulator nor a
deployment that went well. Leaves the Python environments: they are a cache.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from tools.rehearsal import servers
from tools.rehearsal.layout import Layout
from tools.rehearsal.processes import Records, end_orphans

GRACE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """What was found running and was stopped."""

    processes: tuple[str, ...]
    servers: tuple[str, ...]

    @property
    def anything(self) -> bool:
        """Whether anything ran."""
        return bool(self.processes or self.servers)


def take_down(layout: Layout) -> Stopped:
    """Stop the CDK CLI, the emulator and every server, then remove the tier's folder."""
    stopped = Stopped(processes=tuple(stop_processes(layout)), servers=tuple(_destroy_servers(layout)))
    shutil.rmtree(layout.home, ignore_errors=True)
    return stopped


def stop_processes(layout: Layout) -> list[str]:
    """Stop every recorded process, the CDK CLI before its emulator; return those that ran."""
    names = sorted(process.name for process in Records(layout.processes).all())
    return [name for name in names if stop_process(layout, name)]


def stop_process(layout: Layout, name: str) -> bool:
    """Stop one recorded process; return whether it ran."""
    records = Records(layout.processes)
    process = records.read(name)
    if process is None:
        return False
    ran = process.alive
    process.stop(grace_seconds=GRACE_SECONDS)
    end_orphans(group=process.pid, workplace=layout.scratch)  # Lambdas of an emulator that was killed
    records.forget(name)
    return ran


def _destroy_servers(layout: Layout) -> Iterator[str]:
    for server in servers.find(layout):
        if server.is_running():
            yield server.identifier
        server.destroy()
