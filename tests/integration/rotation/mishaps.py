"""What the tests of a rotation's mishaps share: a rotation that has begun, a step that is refused."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from lambdas.common.secrets_manager import CURRENT
from tests.integration.rotation.ground import STEPS, Ground

if TYPE_CHECKING:
    from collections.abc import Generator

    from lambdas.common.errors import DatatierError


@contextmanager
def refused(ground: Ground, kind: type[DatatierError], match: str, *, login: str = "app") -> Generator[None]:
    """What is done in the block is refused, and the current secret works on."""
    before = ground.memory.read(login, stage=CURRENT)
    with pytest.raises(kind, match=match) as error:
        yield
    assert ground.memory.read(login, stage=CURRENT) == before
    for text in ground.memory.secrets[login].texts.values():
        if text is not None and text.startswith("{"):
            assert json.loads(text).get("password", "none") not in str(error.value)


def begun(ground: Ground, login: str = "app", *, to: str = "setSecret") -> str:
    """Rotate up to and without a step, and return the token."""
    token = ground.memory.begin(login)
    for step in STEPS[: STEPS.index(to)]:
        ground.step(login, step, token)
    return token
