"""What a backup needs of memory does not grow with the database; and no process shows the password."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.state import repository_root

if TYPE_CHECKING:
    from tests.integration.backup.take.taking import Taking

ROWS: Final = 150_000
MORE_MIB: Final = 24
"""What ten times the rows may need more: nothing but the noise of the allocator and of when one looks."""

POLL_SECONDS: Final = 0.02
SCHEMA: Final = """
DROP TABLE IF EXISTS items, bodies;
CREATE TABLE items (id int PRIMARY KEY, body text);
INSERT INTO items SELECT n, md5(n::text) || md5((-n)::text) FROM generate_series(1, {rows}) n;
CREATE TABLE bodies (id int, body text);
ALTER TABLE bodies ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO bodies SELECT n, repeat(md5(n::text), 200) FROM generate_series(1, {rows} / 100) n;
"""


def family(root: int) -> dict[int, str]:
    """A process and all that descend from it, each with its arguments."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found: dict[int, str] = {}
    for pid in parents:
        one = pid
        while one not in (root, 0):
            one = parents.get(one, 0)
        if one == root:
            found[pid] = words(pid)
    return found


def words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""


def own_bytes(pid: int) -> int:
    """What a process has in memory, what it shares counted by halves and thirds (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def peak(taking: Taking) -> tuple[int, set[str]]:
    """Take a backup by a process of its own: the most bytes of it and its children, and their arguments."""
    plan = taking.folder.parent / "plan.json"
    document = {"folder": str(taking.folder), "steps": os.devnull, "at": 0, "signal": 9}
    plan.write_text(json.dumps(document), encoding="utf-8")
    variables = taking.variables() | {
        "BUCKET": "backups",
        "LOGIN_SECRET_ARN": "backup",
        "STREAMS": "2",
        "CHUNK_MIB": "16",
        "METRICS_NAMESPACE": "test",
        "SECRET": taking.tier.document("backup"),
    }
    most, shown = 0, set[str]()
    with subprocess.Popen(  # noqa: S603  this project's own code, no shell
        [sys.executable, "-m", "tests.integration.backup.take.task", plan],
        env=variables, stdout=subprocess.DEVNULL, cwd=repository_root(),
    ) as task:  # fmt: skip
        while task.poll() is None:
            found = family(task.pid)
            shown |= set(found.values())
            most = max(most, sum(map(own_bytes, found)))
            time.sleep(POLL_SECONDS)
    assert task.returncode == 0
    return most, shown


def test_ten_times_the_rows_need_no_more_memory_and_no_process_shows_the_password(taking: Taking) -> None:
    figures: list[int] = []
    for rows in (ROWS, 10 * ROWS):
        taking.run(SCHEMA.format(rows=rows))
        most, shown = peak(taking)
        figures.append(most)
        assert any("pg_dump" in one for one in shown)
        assert any("COPY" in one for one in shown)
        assert not any(taking.tier.passwords["backup"] in one for one in shown)
    small, large = (figure // (1024 * 1024) for figure in figures)
    sys.stdout.write(f"most memory: {small} MiB of {ROWS} rows, {large} MiB of {10 * ROWS}\n")
    assert large <= small + MORE_MIB
