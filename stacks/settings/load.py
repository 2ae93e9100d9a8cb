"""The settings' edge: reads the files of one environment and returns it checked, or one error. Never writes a file."""

import tomllib
from pathlib import Path

from stacks.settings.environment import Environment

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENTS = REPOSITORY / "environments"


def load_environment(
    name: str, *, directory: Path = ENVIRONMENTS, overlay: Path | None = None
) -> Environment:
    """Read `<directory>/<name>.toml`, lay `overlay` over it, check the whole and return it."""
    data = tomllib.loads((directory / f"{name}.toml").read_text(encoding="utf-8"))
    if overlay is not None:
        for key, value in tomllib.loads(overlay.read_text(encoding="utf-8")).items():
            data[key] = data[key] | value if isinstance(value, dict) and key in data else value
    return Environment.model_validate({**data, "name": name})
