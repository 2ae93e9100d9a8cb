"""A call waits as long as it may, and gives a build up before CloudFormation would give the call up."""

from __future__ import annotations

from contextlib import suppress

import pytest

from lambdas.bootstrap.completion import ANSWER_SECONDS, DEPLOYMENT_SECONDS, Budget
from lambdas.bootstrap.migrations.builds import Building
from lambdas.bootstrap.migrations.errors import BuildGoesOn

BUILDING = Building(migration="m", index="i", phase="building index: scanning table", percent=41.7)
CALL = 840.0
LAST_START = DEPLOYMENT_SECONDS - CALL - ANSWER_SECONDS
"""The latest moment of a deployment at which a call is over that another may follow."""


class Call:
    def get_remaining_time_in_millis(self) -> int:
        return int(CALL * 1000)


def budget(*, began: float) -> Budget:
    return Budget.of(Call(), waiting_since=1000.0, now=1000.0 + began)


@pytest.mark.parametrize(
    ("began", "patience"),
    [
        (0, CALL - ANSWER_SECONDS),
        (LAST_START, CALL - ANSWER_SECONDS),
        (DEPLOYMENT_SECONDS - 100, 100 - ANSWER_SECONDS),
        (DEPLOYMENT_SECONDS, 0),
        (DEPLOYMENT_SECONDS + 60, 0),
    ],
)
def test_a_build_is_waited_for_until_the_call_or_the_deployment_must_answer(
    began: float, patience: float
) -> None:
    assert budget(began=began).patience_seconds == patience


def test_it_is_asked_again_as_long_as_a_whole_call_fits() -> None:
    it = budget(began=LAST_START - 100)
    it.ask_again(BUILDING, now=1000.0 + LAST_START)
    with pytest.raises(BuildGoesOn):
        it.ask_again(BUILDING, now=1000.0 + LAST_START + 1)


def test_calls_of_the_longest_timeout_watch_for_at_least_three_quarters_of_the_hour() -> None:
    ends = [0.0]
    with suppress(BuildGoesOn):
        while len(ends) < DEPLOYMENT_SECONDS:
            it = budget(began=ends[-1])
            ends.append(ends[-1] + it.patience_seconds)
            it.ask_again(BUILDING, now=1000.0 + ends[-1])
    assert 0.75 * DEPLOYMENT_SECONDS <= ends[-1] <= DEPLOYMENT_SECONDS


def test_the_message_says_first_what_becomes_of_the_build_and_how_far_it_is() -> None:
    with pytest.raises(BuildGoesOn) as error:
        budget(began=DEPLOYMENT_SECONDS).ask_again(BUILDING, now=1000.0 + DEPLOYMENT_SECONDS)
    assert str(error.value) == (
        "only the deployment ends here; the index build goes on in the database and nothing is lost: "
        "migration m is building i (building index: scanning table, 42 %). Deploy again when it is done: "
        "that records the migration and applies what follows. CloudFormation waits 60 minutes at most."
    )
