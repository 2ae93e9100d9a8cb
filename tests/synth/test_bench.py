"""What `make bench` compares really runs; nothing here says how fast."""

from pathlib import Path

from tools.bench.synth import commands


def test_the_environment_and_the_empty_app_that_are_compared_both_synthesize(tmp_path: Path) -> None:
    subject, floor = commands("dev", output=str(tmp_path))
    for command in (floor, subject):
        assert command.run().peak_mib
    assert (tmp_path / "datatier-dev-database.template.json").exists()
