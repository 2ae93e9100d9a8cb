"""Progress: a table is done when all its works are, and no line comes more often than asked."""

from __future__ import annotations

import pytest

from containers.backup.take import progress
from containers.backup.take.progress import Progress
from tests.integration.bootstrap.tier import RecordedLog


@pytest.fixture
def log() -> RecordedLog:
    return RecordedLog()


def test_a_table_counts_when_it_is_copied_and_measured(
    log: RecordedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0)
    told = Progress(log, tables=2, table_bytes=100)
    told.expect(1, works=4)
    told.expect(2, works=2)
    for _ in range(3):
        told.done(1)
    assert "'tables': 2, 'tables_done': 0" in log.lines[-1]
    told.done(1)
    assert "'tables': 2, 'tables_done': 1" in log.lines[-1]
    told.done(2)
    told.done(2)
    assert "'tables': 2, 'tables_done': 2" in log.lines[-1]


def test_never_more_is_done_than_there_is(log: RecordedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 0)
    told = Progress(log, tables=1, table_bytes=100)
    told.read(60)
    assert "'bytes_done': 60, 'bytes_total': 100" in log.lines[-1]
    told.read(60)
    assert "'bytes_done': 120, 'bytes_total': 120" in log.lines[-1]


def test_nothing_is_told_at_every_block(log: RecordedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY_SECONDS", 3600)
    told = Progress(log, tables=1, table_bytes=100)
    for _ in range(1000):
        told.read(1)
    assert log.lines == []
