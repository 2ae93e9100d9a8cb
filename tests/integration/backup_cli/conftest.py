"""The mocked AWS of the unit tests, beside a real server."""

from tests.unit.backup_cli.conftest import nothing, tier

__all__ = ["nothing", "tier"]
