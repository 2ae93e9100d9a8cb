"""A mocked AWS with a deployed tier in it, for the tests of what a person types about backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from tests.unit.backup_cli.tier import Tier, deploy

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand for an account in which nothing is deployed."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("COLUMNS", "80")
    with mock_aws():
        yield


@pytest.fixture
def tier(nothing: None) -> Tier:  # noqa: ARG001  the account comes first
    """Return a tier without a backup."""
    return deploy()
