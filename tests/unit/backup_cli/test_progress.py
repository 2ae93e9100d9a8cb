"""A task's log becomes progress; whatever else stands in it is no reason to fail."""

from __future__ import annotations

import json

from tools.backup.progress import Seen, follow_lines


def line(message: str, **facts: object) -> str:
    return json.dumps({"level": "INFO", "message": message, "facts": facts})


def test_the_newest_line_says_what_is_done_and_figures_stay_until_told_anew() -> None:
    seen = follow_lines(
        [
            line("Dumping", backup="2026-11-26T021003Z-4f1c2a", tables=10, tables_done=3, bytes_done=100),
            line("Writing the manifest"),
        ],
        so_far=Seen(),
    )
    assert (seen.message, seen.tables, seen.tables_done) == ("Writing the manifest", 10, 3)
    assert (seen.bytes_done, seen.backup) == (100, "2026-11-26T021003Z-4f1c2a")


def test_metrics_and_what_is_no_sentence_are_passed_over() -> None:
    metric = json.dumps({"_aws": {}, "BackupSucceeded": 1, "message": "no"})
    odd = [metric, "", "  ", "[]", "7", line("", tables="many", bytes_done=True), '{"facts": []}']
    assert follow_lines(odd, so_far=Seen()) == Seen()


def test_what_a_task_says_on_stderr_are_its_last_words() -> None:
    seen = follow_lines([line("Dumping"), "no verified connection as backup at db:5432"], so_far=Seen())
    assert seen.last_words == "no verified connection as backup at db:5432"
    assert seen.message == "Dumping"
