"""A tier whose bootstrap has run, for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.bootstrap.tier import Tier

SCHEMA = {
    "20260101000000_first": (
        "CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL);\n"
        "CREATE FUNCTION shout(words text) RETURNS text LANGUAGE sql AS $$ SELECT upper(words) $$;\n"
        "CREATE TYPE mood AS ENUM ('calm');\n"
    ),
}


@pytest.fixture
def ready(tier: Tier) -> Tier:
    """Return a tier whose bootstrap has run once."""
    tier.write(SCHEMA)
    tier.bootstrap()
    return tier
