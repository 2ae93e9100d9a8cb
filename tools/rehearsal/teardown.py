"""Stops and removes what a rehearsal started, and nothing else. Safe to run at any time, any number of times.

Finds processes by their records and servers by their folders, so it needs neither the emulator nor a
deployment that went well; what one record or folder lacks keeps none of the others from being stopped. Leaves
the Python environments: they are a cache.
"""

import shutil
from dataclasses import dataclass, field

import psycopg

from tools.rehearsal import servers
from tools.rehearsal.errors import StillRunning
from tools.rehearsal.layout import Layout
from tools.rehearsal.processes import Process, Records, emulators_of, end_orphans
from tools.rehearsal.servers import Server
from tools.servers.errors import ServerError

GRACE_SECONDS = 10.0
FAILURES = (ServerError, psycopg.Error, OSError)
"""What stopping a server can raise."""


@dataclass(kw_only=True)
class Stopped:
    """What was found running and was stopped, and, each with its reason, what is left."""

    processes: list[str] = field(default_factory=list[str])
    servers: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])

    @property
    def anything(self) -> bool:
        """Whether anything ran."""
        return bool(self.processes or self.servers)


def take_down(layout: Layout) -> Stopped:
    """Stop the CDK CLI, the emulator and every server; remove the tier's folder when nothing runs in it."""
    stopped = Stopped()
    for process in sorted(Records(layout.processes).all(), key=lambda process: process.name):
        _end(process, layout, stopped)  # the CLI before the emulator that it talks to
    for process in emulators_of(layout.state):  # without a record, or with one that cannot be read
        _end(process, layout, stopped)
    for server in (*servers.find(layout), *servers.nameless(layout)):
        _destroy(server, stopped)
    if not stopped.left:
        shutil.rmtree(layout.home, ignore_errors=True)
        if layout.home.exists():
            stopped.left.append(f"{layout.home}: not all of it can be removed; look at who owns it")
    return stopped


def stop_process(layout: Layout, name: str) -> bool:
    """Stop one recorded process; return whether it ran. Raises StillRunning."""
    process = Records(layout.processes).read(name)
    return process is not None and _stop(process, layout)


def _stop(process: Process, layout: Layout) -> bool:
    ran, reason = process.alive, "it goes on running"
    try:
        process.stop(grace_seconds=GRACE_SECONDS)
    except OSError as error:
        reason = str(error)
    if process.alive:
        raise StillRunning(f"{process.name}, process {process.pid}: {reason}")
    end_orphans(group=process.pid, workplace=layout.scratch)  # Lambdas of an emulator that was killed
    Records(layout.processes).forget(process.name)
    return ran


def _end(process: Process, layout: Layout, stopped: Stopped) -> None:
    try:
        if _stop(process, layout):
            stopped.processes.append(process.name)
    except StillRunning as error:
        stopped.left.append(str(error))


def _destroy(server: Server, stopped: Stopped) -> None:
    where = f"{server.identifier} in {server.directory}"
    reason = "it goes on running"
    try:
        ran = server.is_running()
        try:
            server.destroy()
        except FAILURES as error:
            reason = str(error)
        if server.is_running():
            stopped.left.append(f"{where}, process {server.pid}: {reason}")
        elif ran:
            stopped.servers.append(server.identifier)
    except OSError as error:  # not even its process id can be read
        stopped.left.append(f"{where}: {error}")
