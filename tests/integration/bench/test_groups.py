"""What `make bench` measures on a database really runs; nothing here says how fast."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tools.bench import index_builds, memory, migrations, pooling, rotation
from tools.bench.measure import MEBIBYTE, Comparison, Reading
from tools.bench.options import Options
from tools.state import VARIABLE, repository_root

if TYPE_CHECKING:
    from pathlib import Path

    from tools.bench.measure import Result

SMALL = Options(groups=(), runs=1, sizes=(5,), rows=3000)


@pytest.fixture(autouse=True)
def state(servers_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a state folder of the tests' own, where PostgreSQL's account may enter."""
    folder = servers_directory / "bench"
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def left_in(state: Path) -> list[str]:
    return [path.name for path in (state / "bench").glob("*/")]


def quiet(_text: str) -> None:
    pass


def compared(results: list[Result]) -> set[tuple[str, str]]:
    return {(one.subject, one.baseline) for one in results if isinstance(one, Comparison)}


def test_the_engine_runs_against_psql_and_against_prisma_and_leaves_nothing(state: Path) -> None:
    results = list(migrations.results(SMALL, progress=quiet))
    command = "datatier migrate apply, whole process"
    assert compared(results) == {
        ("engine, within its process", "psql, whole process"),
        (command, "psql, whole process"),
        (command, "prisma migrate deploy, whole process"),
    }
    (nothing_to_do,) = (one for one in results if isinstance(one, Reading))
    assert {"bootstrap(), ms", "one verified connect, ms", "two of them, ms"} <= set(nothing_to_do.figures)
    assert left_in(state) == []


def test_memory_is_read_for_many_scripts_and_for_large_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SMALLER", MEBIBYTE // 16)
    monkeypatch.setattr(memory, "LARGER", MEBIBYTE // 4)
    found = [one for one in memory.results(SMALL, progress=quiet) if isinstance(one, Reading)]
    assert [one.name for one in found] == [
        "no script", "5 scripts of about 1 KiB", "2 scripts of 0.0625 MiB", "2 scripts of 0.25 MiB"
    ]  # fmt: skip
    assert all(one.figures["peak, MiB"] > 0 for one in found)


def test_writes_are_timed_while_each_kind_of_index_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_builds, "CALM_SECONDS", 0.5)
    found = [one for one in index_builds.results(SMALL, progress=quiet) if isinstance(one, Reading)]
    assert [one.name.partition(", ")[2] for one in found] == [
        "no build",
        "built CONCURRENTLY",
        "built blocking",
    ]
    assert found[0].figures["writes"] > 0


def test_our_pool_the_least_that_works_and_none_are_loaded_alike_and_leave_nothing(
    monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    monkeypatch.setattr(pooling, "SLICE_SECONDS", 1)
    monkeypatch.setattr(pooling, "STARTS", 1)
    monkeypatch.setattr(pooling, "SLICES", 1)
    monkeypatch.setattr(pooling, "SCALE", 1)
    monkeypatch.setattr(pooling, "CLIENTS", (2,))
    readings = [one for one in pooling.results(SMALL, progress=quiet) if isinstance(one, Reading)]
    assert [one.name for one in readings] == [load.name for load in pooling.loads()]
    for one in readings:
        assert set(one.figures) == {
            "ours, tps", "minimal, tps", "direct, tps", "ours / minimal", "minimal again / minimal",
            "ours / direct", "processor, minimal / ours", "processor, minimal / minimal again",
        }  # fmt: skip
        assert all(figure > 0 for figure in one.figures.values())
    assert left_in(state) == []


def test_each_step_of_a_rotation_is_timed_beside_the_calls_that_it_makes(state: Path) -> None:
    found = [one for one in rotation.results(SMALL, progress=quiet) if isinstance(one, Reading)]
    ways = ("app to its twin", "app back again", "master in place")
    # That which asks Secrets Manager alone has nothing here to be a multiple of.
    assert [one.name for one in found if "handler / calls" not in one.figures] == [
        f"{way}, createSecret" for way in ways
    ]
    assert [one.name for one in found if one.figures.get("handler / calls", 0) >= 1] == [
        f"{way}, {step}" for way in ways for step in ("setSecret", "testSecret", "finishSecret")
    ]
    for one in found:
        logins, round_trips = one.figures["logins"], one.figures["round trips"]
        assert (logins > 0) == ("createSecret" not in one.name), one
        assert (round_trips > 0) == ("setSecret" in one.name), one
    assert left_in(state) == []


def test_an_interrupted_bench_leaves_no_server(state: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tools.bench", "--only", "migrations", "--no-prisma"],
        cwd=repository_root(), env=os.environ.copy(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as bench:  # fmt: skip
        assert bench.stdout
        said = ""
        while "round 1" not in said:
            line = bench.stdout.readline()
            assert line, said
            said += line
        bench.send_signal(signal.SIGINT)
        said += bench.stdout.read()
    assert bench.returncode == 130, said
    assert left_in(state) == []
