"""app.py as the CDK CLI runs it: the same templates from everywhere, and a clear word when it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.synth.template import Tier

ROOT = Path(__file__).resolve().parents[2]


def run(*, context: dict[str, Any], out: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run app.py without credentials, without a home, and without a network that it could use."""
    unreachable = "http://127.0.0.1:9"
    environment = {
        "PATH": os.environ["PATH"],
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_OUTDIR": str(out),
        "HTTPS_PROXY": unreachable,
        "HTTP_PROXY": unreachable,
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONHASHSEED": "17",
    }
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, str(ROOT / "app.py")],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_templates_are_byte_identical_in_another_run_from_another_folder(
    tier: Tier, context: dict[str, Any], tmp_path: Path
) -> None:
    again = tmp_path / "again"
    finished = run(context={**context, "env": tier.environment.name}, out=again, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    first = {template.path.name: template.path.read_bytes() for template in tier.stacks}
    assert {path.name: path.read_bytes() for path in again.glob("*.template.json")} == first


def test_a_missing_environment_is_asked_for(context: dict[str, Any], tmp_path: Path) -> None:
    finished = run(context=context, out=tmp_path)
    assert finished.returncode == 2
    assert "-c env=prod" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_an_unknown_environment_is_named_beside_the_known_ones(
    context: dict[str, Any], tmp_path: Path
) -> None:
    finished = run(context={**context, "env": "prdo"}, out=tmp_path)
    assert finished.returncode == 2
    assert "'prdo'" in finished.stderr
    assert "prod" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[database]\nbackup_retention_days = 99\n", "database.backup_retention_days = 99"),
        ("[database]\nmulti_as = true\n", "multi_az"),
        ("[cache]\nmulti_az = 1\n", "cache.multi_az"),
    ],
)
def test_a_bad_overlay_is_refused_with_its_key(
    context: dict[str, Any], tmp_path: Path, text: str, named: str
) -> None:
    overlay = tmp_path / "overlay.toml"
    overlay.write_text(text)
    finished = run(context={**context, "env": "dev", "overlay": str(overlay)}, out=tmp_path / "out")
    assert finished.returncode == 2
    assert named in finished.stderr
    assert "overlay.toml" in finished.stderr
    assert "Traceback" not in finished.stderr
