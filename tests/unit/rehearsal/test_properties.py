"""Properties remember how they were used: kept by a look, honoured by an effect, ignored otherwise."""

import copy
import json
from collections.abc import Callable

import pytest

from tools.rehearsal.properties import Properties, Value


def properties() -> Properties:
    return Properties({"Engine": "postgres", "MultiAZ": "true", "Ports": [1, 2], "Names": {"a": 1}})


def spread(given: Properties) -> dict[str, Value]:
    return {**given}


def test_what_nobody_looks_at_is_ignored() -> None:
    assert properties().ignored == {"Engine", "MultiAZ", "Ports", "Names"}


def test_a_look_keeps_and_an_effect_honours() -> None:
    used = properties()
    used.get("Engine")
    assert used.flag("MultiAZ")
    assert (used.kept, used.honoured, used.ignored) == ({"Engine"}, {"MultiAZ"}, {"Ports", "Names"})


def test_an_effect_outweighs_a_look() -> None:
    used = properties()
    used.get("Engine")
    used.text("Engine")
    assert used.kept == set()


def test_a_property_that_is_not_there_is_neither_kept_nor_honoured() -> None:
    used = properties()
    assert used.text("Port", "5432") == "5432"
    assert used.get("Port") is None
    assert used.kept | used.honoured == set()


@pytest.mark.parametrize("copying", [dict, copy.deepcopy, json.dumps, spread])
def test_copying_everything_keeps_everything(copying: Callable[[Properties], object]) -> None:
    used = properties()
    copying(used)
    assert used.ignored == set()


def test_lists_and_maps_are_read_as_text() -> None:
    assert properties().texts("Ports") == ["1", "2"]
    assert properties().table("Names") == {"a": "1"}
    assert properties().texts("Engine") == []
