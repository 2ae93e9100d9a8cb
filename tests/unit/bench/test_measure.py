"""The bench measures whole process trees, in pairs, and shows a command's own words when it fails."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tools.bench.measure import Command, compare

HOLD_64_MIB = "held = bytearray(64 * 1024 * 1024); import time; time.sleep(0.3)"


def python(name: str, program: str) -> Command:
    return Command(name=name, arguments=[sys.executable, "-c", program], environment=dict(os.environ))


def test_memory_is_that_of_the_command_and_its_children() -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD_64_MIB!r}], check=True)"
    peak = python("parent", child).run().peak_mib
    assert peak is not None
    assert peak > 64


def test_a_comparison_has_both_raw_figures_and_their_ratio() -> None:
    said: list[str] = []
    result = compare("one", python("a", "pass"), python("b", "pass"), runs=1, progress=said.append)
    assert result.wall_ratio == result.subject_wall_seconds / result.baseline_wall_seconds
    assert result.subject_peak_mib is not None
    assert result.baseline_peak_mib is not None
    assert result.memory_ratio == result.subject_peak_mib / result.baseline_peak_mib
    assert said == ["one: round 1 of 1, b", "one: round 1 of 1, a"]


def test_a_command_that_talks_much_does_not_stand_still() -> None:
    assert python("loud", "print('x' * 1_000_000)").run().wall_seconds > 0


def test_a_command_that_fails_is_heard() -> None:
    with pytest.raises(subprocess.CalledProcessError) as raised:
        python("broken", "raise SystemExit('what is wrong')").run()
    assert "what is wrong" in raised.value.output
