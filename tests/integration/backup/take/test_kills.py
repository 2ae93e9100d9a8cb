"""A task that is ended at any step of its writing leaves no backup and no session; the next just works."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import zstandard

from lambdas.common.backup_layout import MANIFEST
from tests.sampling import sampled
from tools.state import repository_root

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.backup.take.taking import Taking

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02
SCHEMA = """
CREATE TABLE items (id int, body text);
INSERT INTO items SELECT n, repeat(md5(n::text), 4) FROM generate_series(1, 15000) n;
CREATE TABLE small (id int);
INSERT INTO small VALUES (1);
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a task has ended."""

    code: int
    said: str
    complaint: str
    steps: list[str]


def run(taking: Taking, *, at: int = 0, by: signal.Signals = signal.SIGKILL) -> Ended:
    """Run the task as a process of its own, to its end."""
    steps, plan = taking.folder.parent / "steps", taking.folder.parent / "plan.json"
    document = {"folder": str(taking.folder), "steps": str(steps), "at": at, "signal": by}
    plan.write_text(json.dumps(document), encoding="utf-8")
    variables = taking.variables() | {
        "BUCKET": "backups",
        "LOGIN_SECRET_ARN": "backup",
        "STREAMS": "1",
        "CHUNK_MIB": "1024",
        "METRICS_NAMESPACE": "test",
        "SECRET": taking.tier.document("backup"),
    }
    done = subprocess.run(  # noqa: S603  this project's own code, no shell
        [sys.executable, "-m", "tests.integration.backup.take.task", plan],
        capture_output=True, text=True, check=False, env=variables, timeout=WAIT_SECONDS,
        cwd=repository_root(),
    )  # fmt: skip
    return Ended(
        code=done.returncode, said=done.stdout, complaint=done.stderr, steps=steps.read_text().splitlines()
    )


def require_nothing_half_done(taking: Taking) -> None:
    """No manifest, no half object, and no session that goes on."""
    files = taking.store.files()
    assert MANIFEST not in {path.name for path in files}
    for path in files:
        whole(path)
    deadline = time.monotonic() + WAIT_SECONDS
    while left := taking.sessions():
        assert time.monotonic() < deadline, left
        time.sleep(POLL_SECONDS)


def whole(path: Path) -> None:
    """Fail if a stream was cut off."""
    unpacking = zstandard.ZstdDecompressor().decompressobj()
    unpacking.decompress(path.read_bytes())
    assert unpacking.eof, path


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_a_task_that_is_killed_at_any_step_leaves_no_backup(taking: Taking, by: signal.Signals) -> None:
    taking.run(SCHEMA)
    counted = run(taking)
    assert (counted.code, counted.complaint) == (0, "")
    assert counted.steps[-1] == f"stored {MANIFEST}"
    (first,) = taking.store.backups()
    for at in sampled(range(1, len(counted.steps)), start=by):  # at the last step it is complete
        emptied(taking.folder)
        ended = run(taking, at=at, by=by)
        where = f"step {at}: {ended.steps[-1]}"
        assert len(ended.steps) >= at, where
        assert ended.code == (-by if by == signal.SIGKILL else 143), where
        require_nothing_half_done(taking)
        if by == signal.SIGTERM:
            assert ended.complaint == "stopped before the end: nothing of it counts\n"
            assert '"BackupSucceeded": 0' in ended.said
    again = run(taking)
    assert (again.code, again.complaint) == (0, "")
    (second,) = taking.store.backups()
    assert second != first
    with taking.restored(taking.store.manifest(second)):
        pass


def emptied(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()


def test_what_went_wrong_is_one_line_and_no_secret(taking: Taking) -> None:
    taking.run("CREATE TABLE guarded (id int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY")
    (taking.folder.parent / "steps").write_text("", encoding="utf-8")
    ended = run(taking)
    assert ended.code == 1
    assert ended.complaint.count("\n") == 1
    assert "row-level security may hide rows of public.guarded" in ended.complaint
    assert '"BackupSucceeded": 0' in ended.said
    assert taking.tier.passwords["backup"] not in ended.said + ended.complaint
