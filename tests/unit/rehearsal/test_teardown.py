"""`down` can be run at any time: over nothing, over half of a tier, twice."""

import threading
from pathlib import Path

import pytest

from tools.rehearsal.condition import condition
from tools.rehearsal.errors import Busy, NotUp
from tools.rehearsal.exclusive import exclusively
from tools.rehearsal.layout import Layout
from tools.rehearsal.teardown import take_down
from tools.rehearsal.tier import Tier, read


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(state=tmp_path)


def test_over_nothing_it_stops_nothing(layout: Layout) -> None:
    assert not take_down(layout).anything


def test_it_removes_the_tiers_folder_and_nothing_beside_it(layout: Layout) -> None:
    layout.home.mkdir()
    layout.overlay.write_text("")
    (layout.state / "toolchain").mkdir()
    take_down(layout)
    assert [path.name for path in layout.state.iterdir()] == ["toolchain"]


def test_a_tier_is_read_back_as_it_was_saved(layout: Layout) -> None:
    tier = Tier(environment="dev", region="us-east-1", recovery_region="us-west-2", port=4566)
    layout.home.mkdir()
    tier.save(layout.tier)
    assert read(layout) == tier


def test_a_tier_whose_emulator_died_is_shown_as_unwell(layout: Layout) -> None:
    layout.home.mkdir()
    Tier(environment="dev", region="us-east-1", recovery_region="us-west-2", port=1).save(layout.tier)
    found = condition(layout)
    assert found.emulator_pid is None
    assert not found.healthy


def test_without_a_tier_the_condition_says_how_to_get_one(layout: Layout) -> None:
    with pytest.raises(NotUp, match="make up"):
        condition(layout)


def test_two_commands_do_not_change_one_state_folder_at_a_time(layout: Layout) -> None:
    refused: list[Busy] = []

    def second() -> None:
        try:
            with exclusively(layout):
                pass
        except Busy as error:
            refused.append(error)

    with exclusively(layout):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refused) == 1
    with exclusively(layout):
        pass
