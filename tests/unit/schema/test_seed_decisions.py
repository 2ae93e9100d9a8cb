"""Runs `seed.test.mjs`: the seed's decisions, tested in the seed's own language by Node's own test runner."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
TESTS = Path(__file__).with_name("seed.test.mjs")


def test_the_seeds_decisions_hold() -> None:
    done = subprocess.run(  # noqa: S603  (the project's own tests, no shell)
        ["node", "--test", "--test-reporter=tap", TESTS],  # noqa: S607  (the Node that the set-up chose)
        env={"PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) == len(re.findall(r"^# Subtest: ", done.stdout, re.MULTILINE)) > 0
