"""The task's log is one JSON object a line, as CloudWatch Logs Insights reads it, written at once."""

from __future__ import annotations

import io
import json
from pathlib import Path

from lambdas.common.container_log import ContainerLog


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_each_line_is_an_object_with_level_message_and_facts() -> None:
    stream = io.StringIO()
    log = ContainerLog("pgbouncer", stream)
    log.info("started", version="1.26.1")
    log.warning("two\nlines", path=Path("/x"))
    log.error("over")
    first, second, third = lines(stream)
    assert (first["level"], first["message"], first["facts"]) == ("INFO", "started", {"version": "1.26.1"})
    assert (second["level"], second["message"], second["facts"]) == ("WARNING", "two\nlines", {"path": "/x"})
    assert third["level"] == "ERROR"
    assert first["service"] == "pgbouncer"
