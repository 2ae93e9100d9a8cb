"""Wherever a rotation dies, whichever reply is lost: what is current works, the next rotation succeeds."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

import pytest

from lambdas.common.errors import DatatierError
from lambdas.common.secrets_manager import CURRENT, PENDING
from tests.integration.rotation.faults import FAULTS, Calls, Fault, Killed, WatchedVersions
from tests.integration.rotation.ground import CLIENT_CACHE_SECONDS, MASTER, STEPS, Ground
from tests.sampling import sampled

if TYPE_CHECKING:
    from lambdas.common.rotation.versions import Versions

KINDS = ("a new twin", "a twin that is there", "the master")


def prepare(ground: Ground, kind: str) -> str:
    """Bring a login to where a rotation of this kind begins, and return it."""
    if kind == "the master":
        return MASTER
    if ground.secret("app").username != "app":
        ground.rotate("app")
    if kind == "a new twin":
        with ground.tier.admin() as connection:
            connection.execute("DROP ROLE IF EXISTS app_clone")
    return "app"


def disturbed(ground: Ground, login: str, calls: Calls) -> None:
    """Rotate, with one call failing; the step that it belongs to is the last."""
    ground.memory.age(login, seconds=CLIENT_CACHE_SECONDS)
    token = ground.memory.begin(login)
    versions = cast("Versions", WatchedVersions(ground.memory, calls))
    with calls.watched():
        for step in STEPS:
            ground.step(login, step, token, versions=versions)
    ground.memory.complete(login)


def works(ground: Ground, login: str) -> bool:
    """Whether AWSCURRENT is accepted; for the master, CURRENT or PENDING."""
    stages = [CURRENT, PENDING] if login == MASTER else [CURRENT]
    return any(
        ground.accepts(ground.secret(login, stage))
        for stage in stages
        if ground.memory.read(login, stage=stage) is not None
    )


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fault_at_any_call_the_current_secret_works_and_the_next_rotation_succeeds(
    followed: Ground, kind: str, fault: Fault
) -> None:
    login = prepare(followed, kind)
    undisturbed = Calls()
    disturbed(followed, login, undisturbed)
    assert len(undisturbed.names) > 15, undisturbed.names
    for number in sampled(range(1, len(undisturbed.names) + 1), start=FAULTS.index(fault)):
        login = prepare(followed, kind)
        with suppress(Killed, DatatierError):
            disturbed(followed, login, Calls(number=number, fault=fault))
        where = f"call {number}, {undisturbed.names[number - 1]}"
        assert works(followed, login), where
        token = followed.memory.secrets[login].labels.get(PENDING)
        if token is not None:
            # As Secrets Manager tries again: the same version, from the first step.
            for step in STEPS:
                followed.step(login, step, token)
            followed.memory.complete(login)
            assert works(followed, login), where
        assert followed.accepts(followed.rotate(login)), where
    print(f"{kind}, {fault}: {len(undisturbed.names)} calls, each failed once")  # noqa: T201  (what was proven)
