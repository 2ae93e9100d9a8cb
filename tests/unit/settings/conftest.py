"""An environment that is right, and ways to make it wrong. Writes only below pytest's temporary folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stacks.settings import Environment, SettingsError, load_environment

RIGHT = """\
termination_protection = false

[network]
cidr = "10.10.0.0/16"
availability_zones = ["us-east-1a", "us-east-1b"]
endpoint_zones = ["us-east-1a"]
flow_logs = false

[encryption]
keys = "shared"

[database]
max_allocated_storage_gib = 200
multi_az = false
read_replicas = 0
deletion_protection = false

[cache]
multi_az = false
"""

Refusals = Callable[[str], list[str]]
Load = Callable[[str], Environment]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A folder of settings with the one environment `some`."""
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "some.toml").write_text(RIGHT, encoding="utf-8")
    return folder


@pytest.fixture
def load_with(directory: Path) -> Load:
    """Load `some` with the given TOML laid over it."""

    def load(text: str) -> Environment:
        overlay = directory.parent / "over.toml"
        overlay.write_text(text, encoding="utf-8")
        return load_environment("some", directory=directory, overlay=overlay)

    return load


@pytest.fixture
def refusals(directory: Path, load_with: Load) -> Refusals:
    """Lay the given TOML over `some`; return the lines of the refusal, files by their bare names."""

    def refuse(text: str) -> list[str]:
        with pytest.raises(SettingsError) as refused:
            load_with(text)
        message = str(refused.value).replace(f"{directory}/", "").replace(f"{directory.parent}/", "")
        return message.splitlines()

    return refuse
