"""pgbench through the pool, with our configuration and with the least that works, and directly, in one run.

`pgbench -S` reads, pgbench's own script writes; either over connections that stay, and over one for each
transaction. One PgBouncer holds the document's pool; everything is on this machine, so the network that a
pool stands in is in no figure.

Two seconds that follow each other, of one and the same PgBouncer, differ by a tenth and more. So many slices
are taken in turn, of processes that are started anew again and again, and a second minimal PgBouncer runs
among them: what it differs from the first by is what this measurement cannot tell. What a PgBouncer uses of
the processor for each transaction stands beside it.

A slice that finds no connection to the server would measure twenty logins: each process has an unmeasured
slice first, and comes again before the document's idle timeout of 10 s has closed what it left open.
"""

from __future__ import annotations

import re
import statistics
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bench.measure import Command, Reading, watch
from tools.bench.poolers import pooler, version
from tools.bench.scratch import MASTER, scratch_server
from tools.servers import binaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.bench.measure import Result
    from tools.bench.options import Options
    from tools.bench.poolers import Pooler
    from tools.bench.scratch import Database

SLICE_SECONDS = 2
"""The first login of 64 clients takes up to one of them."""

STARTS = 2
"""How often each PgBouncer is started in one run; `--runs` multiplies them."""

SLICES = 4
"""Measured slices of each process."""

CLIENTS = (8, 64)
SCALE = max(CLIENTS)
"""Not below the clients, or they mostly wait for each other (PostgreSQL, "pgbench", `-s`)."""

SCRIPTS = {"select-only": ["-S"], "TPC-B-like": []}
CONNECTIONS = {"": [], ", a connection per transaction": ["-C"]}
OURS, MINIMAL, AGAIN, DIRECT = "ours", "minimal", "minimal again", "direct"
POOLERS = (OURS, MINIMAL, AGAIN)
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_DONE = re.compile(r"^number of transactions actually processed: ([0-9]+)", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: ([0-9]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Load:
    """One way of running pgbench."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Transactions a second, and what the pooler used of the processor for each, in seconds."""

    rate: float
    processor_seconds: float


def loads() -> Iterator[Load]:
    """Yield every load: what is run, by how many clients, over which connections."""
    for connections, extra in CONNECTIONS.items():
        for script, chosen in SCRIPTS.items():
            for clients in CLIENTS:
                yield Load(
                    name=f"{script}, {clients} clients{connections}",
                    arguments=(*chosen, *extra, "-c", str(clients), "-j", "2"),
                )


def results(options: Options, *, progress: Callable[[str], None]) -> Iterator[Result]:
    """Yield transactions a second of each load: ours, the minimal configuration, none; and the ratios."""
    progress("starting a PostgreSQL server")
    with scratch_server({"max_connections": "200"}) as scratch, scratch.database() as database:
        progress("filling pgbench's tables")
        _pgbench(database, None, ["-i", "-q", "-s", str(SCALE)])
        for load in loads():
            slices: dict[str, list[Slice]] = {name: [] for name in (*POOLERS, DIRECT)}
            starts = options.runs * STARTS
            for start in range(starts):
                progress(f"PgBouncer {version()}: {load.name}, {start + 1} of {starts}")
                for who, found in _slices(database, load, start=start):
                    slices[who].append(found)
            yield _reading(load.name, slices)


def _slices(database: Database, load: Load, *, start: int) -> Iterator[tuple[str, Slice]]:
    """Yield what new processes do in turn, and one slice without any."""
    turn = _turn(POOLERS, start)
    with ExitStack() as running:
        contenders = {
            name: running.enter_context(
                pooler(name, database=database, login=MASTER, hand_written=name != OURS)
            )
            for name in turn
        }
        for name in turn:
            _slice(database, contenders[name], load)  # not measured: it opens the pool
        for _ in range(SLICES):
            for name in turn:
                yield name, _slice(database, contenders[name], load)
    yield DIRECT, _slice(database, None, load)


def _turn(names: tuple[str, ...], number: int) -> tuple[str, ...]:
    """Return who runs after whom: each place is everybody's equally often, and so is each neighbour."""
    start = number // 2 % len(names)
    turned = names[start:] + names[:start]
    return turned if number % 2 == 0 else turned[::-1]


def _slice(database: Database, through: Pooler | None, load: Load) -> Slice:
    before = through.processor_seconds if through else 0.0
    output = _pgbench(database, through, ["-n", "-T", str(SLICE_SECONDS), *load.arguments])
    used = through.processor_seconds - before if through else 0.0
    return Slice(rate=_figure(_RATE, output), processor_seconds=used / _figure(_DONE, output))


def _reading(name: str, slices: dict[str, list[Slice]]) -> Reading:
    rates = {who: statistics.mean(one.rate for one in found) for who, found in slices.items()}
    used = {who: statistics.mean(one.processor_seconds for one in found) for who, found in slices.items()}
    return Reading(
        name=name,
        figures={
            **{f"{who}, tps": rates[who] for who in (OURS, MINIMAL, DIRECT)},
            f"{OURS} / {MINIMAL}": rates[OURS] / rates[MINIMAL],
            f"{AGAIN} / {MINIMAL}": rates[AGAIN] / rates[MINIMAL],
            f"{OURS} / {DIRECT}": rates[OURS] / rates[DIRECT],
            f"processor, {MINIMAL} / {OURS}": used[MINIMAL] / used[OURS],
            f"processor, {MINIMAL} / {AGAIN}": used[MINIMAL] / used[AGAIN],
        },
    )


def _pgbench(database: Database, through: Pooler | None, arguments: list[str]) -> str:
    """Run pgbench to its end. Raises subprocess.CalledProcessError, also where a transaction failed."""
    variables = database.variables(MASTER)
    if through:
        variables |= {
            "PGHOST": through.host,
            "PGPORT": str(through.port),
            "PGSSLROOTCERT": str(through.ca_path),
        }
    words = [binaries.postgres().path("pgbench"), *arguments]
    _, output = watch(Command(name="pgbench", arguments=words, environment=variables).start)
    failed = _FAILED.search(output)
    if failed and int(failed[1]):
        raise subprocess.CalledProcessError(1, words, output)
    return output


def _figure(pattern: re.Pattern[str], output: str) -> float:
    found = pattern.search(output)
    if found is None or not float(found[1]):
        raise ValueError(f"pgbench has done nothing: {output}")
    return float(found[1])
