"""The figures that the function has published, read from what it printed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

DATABASE = "app"


def published(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """Return the figures by name and copy, and check that each is where its alarm looks."""
    found: dict[str, float] = {}
    for line in capsys.readouterr().out.splitlines():
        document = json.loads(line)
        if "_aws" not in document:
            continue
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        name = directive["Metrics"][0]["Name"]
        copy = document.get("Copy")
        assert directive["Namespace"] == "datatier/prod"
        assert directive["Dimensions"] == [["Database", "Copy"] if copy else ["Database"]]
        assert document["Database"] == DATABASE
        found[f"{name} {copy}" if copy else name] = round(document[name], 1)
    return found
