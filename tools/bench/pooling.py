"""pgbench through the pool, with our configuration and with the least that works, and directly, in one run.

`pgbench -S` reads, pgbench's own script writes; either over connections that stay, and over one for each
transaction. One PgBouncer holds the document's pool; everything is on this machine, so the network that a
pool stands in is in no figure.
"""

from __future__ import annotations

import re
import statistics
import subprocess
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

SCALE = 10
SECONDS = 4
CLIENTS = (8, 64)
SCRIPTS = {"select-only": ["-S"], "TPC-B-like": []}
CONNECTIONS = {"": [], ", a connection per transaction": ["-C"]}
OURS, MINIMAL, DIRECT = "ours", "minimal", "direct"
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: ([0-9]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Load:
    """One way of running pgbench."""

    name: str
    arguments: tuple[str, ...]


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
        with (
            pooler(OURS, database=database, login=MASTER, hand_written=False) as ours,
            pooler(MINIMAL, database=database, login=MASTER, hand_written=True) as minimal,
        ):
            contenders = {OURS: ours, MINIMAL: minimal, DIRECT: None}
            rounds = {load.name: list[dict[str, float]]() for load in loads()}
            for number in range(options.runs):
                for load in loads():
                    progress(f"PgBouncer {version()}: {load.name}, round {number + 1} of {options.runs}")
                    rounds[load.name].append(_round(database, contenders, load, number=number))
    for name, found in rounds.items():
        yield _reading(name, found)


def _round(
    database: Database, contenders: dict[str, Pooler | None], load: Load, *, number: int
) -> dict[str, float]:
    """Run every contender once; who goes first changes, so that what one leaves behind meets all."""
    names = [*contenders]
    names = names[number % len(names) :] + names[: number % len(names)]
    arguments = ["-n", "-T", str(SECONDS), *load.arguments]
    return {name: _rate(_pgbench(database, contenders[name], arguments)) for name in names}


def _reading(name: str, rounds: list[dict[str, float]]) -> Reading:
    def ratio(subject: str, baseline: str) -> float:
        return statistics.median(one[subject] / one[baseline] for one in rounds)

    figures = {f"{who}, tps": statistics.median(one[who] for one in rounds) for who in rounds[0]}
    return Reading(
        name=name,
        figures={
            **{f"{who}, tps": figures[f"{who}, tps"] for who in (OURS, MINIMAL, DIRECT)},
            f"{OURS} / {MINIMAL}": ratio(OURS, MINIMAL),
            f"{OURS} / {DIRECT}": ratio(OURS, DIRECT),
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


def _rate(output: str) -> float:
    found = _RATE.search(output)
    if found is None:
        raise ValueError(f"pgbench has told no rate: {output}")
    return float(found[1])
