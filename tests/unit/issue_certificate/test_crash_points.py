"""Wherever a run dies and whatever another one does meanwhile, readers verify what they find.

The calls are counted by themselves. What a reader finds is looked at after every single write, by `memory`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from lambdas.common.errors import DatatierError
from lambdas.issue_certificate.request import Wish
from tests.integration.rotation.faults import FAULTS, Calls, Fault, Killed
from tests.unit.issue_certificate.memory import (
    DEPLOYMENT,
    Ground,
    MemoryParameter,
    MemorySecrets,
    days,
    verify,
)
from tests.unit.issue_certificate.watched import Watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.issue_certificate.stores import Documents, Parameter


def first_issue() -> Ground:
    return Ground()


def renewal() -> Ground:
    ground = first_issue()
    ground.run(DEPLOYMENT)
    ground.now += days(70)
    return ground


def successor() -> Ground:
    ground = renewal()
    ground.now += days(1)
    return ground


def succession() -> Ground:
    ground = successor()
    ground.run(Wish(order="successor"))
    ground.now += days(3)
    return ground


def farewell() -> Ground:
    ground = succession()
    ground.run(Wish(order="succession"))
    ground.now += days(1)
    return ground


CASES = {
    "first issue": (first_issue, DEPLOYMENT),
    "renewal": (renewal, Wish()),
    "other names": (renewal, replace(DEPLOYMENT, names=("pool.example",), issue="2")),
    "successor": (successor, Wish(order="successor")),
    "succession": (succession, Wish(order="succession")),
    "farewell": (farewell, Wish()),
}


def run(ground: Ground, wish: Wish, calls: Calls, meanwhile: Callable[[int], None] = lambda _: None) -> None:
    """Run the function, each of its calls counted."""
    ground.run(
        wish,
        secrets=cast("Documents", Watched(MemorySecrets(ground), "Secrets Manager", calls, meanwhile)),
        parameter=cast("Parameter", Watched(MemoryParameter(ground), "Parameter Store", calls, meanwhile)),
    )


def outcome(ground: Ground) -> tuple[object, ...]:
    """How a run ends, as far as it does not depend on chance."""
    state = ground.run()
    assert state.certificate is not None
    verify(ground.certificate(), ground.bundle(), now=ground.now)
    assert ground.parameter == ground.bundle()
    signing = [(one.signs, one.signs_from) for one in state.authorities]
    return state.certificate.names, state.certificate.not_after, signing


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("case", CASES)
def test_after_a_fault_at_any_call_readers_verify_what_they_find_and_the_next_run_ends_it(
    case: str, fault: Fault
) -> None:
    begin, wish = CASES[case]
    beginning, undisturbed = begin(), Calls()
    ground = beginning.copy()
    run(ground, wish, undisturbed)
    expected = outcome(ground)
    for number in range(1, len(undisturbed.names) + 1):
        ground = beginning.copy()
        with suppress(Killed, DatatierError):
            run(ground, wish, Calls(number=number, fault=fault))
        ground.run(wish)
        assert outcome(ground) == expected, f"call {number}, {undisturbed.names[number - 1]}"
    print(f"{case}, {fault}: {len(undisturbed.names)} calls, each failed once")  # noqa: T201  (what was proven)


@pytest.mark.parametrize("case", CASES)
def test_another_run_between_any_two_calls_does_no_harm(case: str) -> None:
    """The other one runs to its end, or dies at one of its calls; then the first one goes on."""
    begin, wish = CASES[case]
    beginning, undisturbed = begin(), Calls()
    ground = beginning.copy()
    run(ground, wish, undisturbed)
    expected, tried = outcome(ground), 0
    for number in range(1, len(undisturbed.names) + 1):
        for last in (0, *range(1, len(undisturbed.names), 3)):
            ground = beginning.copy()

            def other(at: int, *, ground: Ground = ground, number: int = number, last: int = last) -> None:
                if at == number:
                    with suppress(Killed):
                        run(ground, wish, Calls(number=last))

            run(ground, wish, Calls(), meanwhile=other)
            assert outcome(ground) == expected, f"call {number}, {undisturbed.names[number - 1]}, {last}"
            tried += 1
    print(f"{case}: two runs at once in {tried} ways")  # noqa: T201  (what was proven)


@pytest.mark.parametrize("number", range(1, 15))
def test_a_schedule_in_the_middle_of_a_deployment_does_not_undo_its_names(number: int) -> None:
    ground = renewal()

    def schedule(at: int) -> None:
        if at == number:
            ground.run()

    calls = Calls()
    run(ground, CASES["other names"][1], calls, meanwhile=schedule)
    assert len(calls.names) >= number
    assert outcome(ground)[0] == ("pool.example",)
