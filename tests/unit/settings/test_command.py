"""`datatier settings` for a person and for a program, and what it answers to a mistake."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from stacks.settings.provenance import explain_environment
from tools.cli.settings import settings

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Run the command, on a terminal so wide that no value is broken unless told otherwise."""
    app = typer.Typer()
    app.command()(settings)

    def invoke(*arguments: str, columns: int = 300) -> Result:
        return CliRunner().invoke(app, list(arguments), env={"COLUMNS": str(columns)})

    return invoke


def test_json_holds_every_setting_with_its_value_and_source(run: Run) -> None:
    result = run("prod", "--json")
    assert result.exit_code == 0
    printed = {entry["key"]: entry for entry in json.loads(result.stdout)}
    assert len(printed) == len(explain_environment("prod"))
    assert printed["database.read_replicas"]["value"] == 1
    assert printed["database.read_replicas"]["source"].startswith("environments/prod.toml:")
    assert printed["database.backup_window"]["value"] == "02:00-04:00"
    assert printed["database.backup_window"]["source"] == "default"


def test_a_person_sees_each_slice_as_a_settings_file_with_source_and_meaning(run: Run) -> None:
    result = run("dev")
    assert result.exit_code == 0
    shown = result.stdout
    slices = ("network", "encryption", "database", "cache", "functions")
    order = [shown.index(f"\n[{title}]\n") for title in slices]
    assert order == sorted(order)
    (row,) = [line for line in shown.splitlines() if "instance_class" in line]
    assert '"db.t3.medium"' in row
    assert "environments/dev.toml:" in row
    assert "Size of the primary and of every replica." in shown


def test_a_narrow_terminal_folds_values_and_cuts_none(run: Run) -> None:
    assert "…" not in run("dev", columns=80).stdout


def test_an_overlay_is_named_as_the_source_of_what_it_changes(run: Run, tmp_path: Path) -> None:
    overlay = tmp_path / "over.toml"
    overlay.write_text('[functions]\narchitecture = "x86_64"\n', encoding="utf-8")
    result = run("dev", "--overlay", str(overlay), "--json")
    (entry,) = [entry for entry in json.loads(result.stdout) if entry["key"] == "functions.architecture"]
    assert (entry["value"], entry["source"]) == ("x86_64", f"{overlay}:2")


@pytest.mark.parametrize("flags", [[], ["--json"]])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("prdo", "environments: there is no environment 'prdo'. There are: dev, prod, scale. Did you mean"),
        ("scale", 'environments/scale.toml: database.engine = "aurora-postgresql": not built yet: '),
    ],
)
def test_a_mistake_is_answered_on_stderr_with_exit_code_2(
    run: Run, name: str, message: str, flags: list[str]
) -> None:
    result = run(name, *flags)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1
