"""A roll-back puts the secret's value of now where the value of the last deployment stood."""

from typing import TYPE_CHECKING

from tools.rehearsal.services.roll_backs import with_values

if TYPE_CHECKING:
    from tools.rehearsal.properties import Value


def test_a_value_is_replaced_wherever_it_stands() -> None:
    properties: Value = {"Passwords": ["old"], "Url": "redis://app:old@host", "Port": 6379, "Off": None}
    assert with_values(properties, {"old": "new"}) == {
        "Passwords": ["new"],
        "Url": "redis://app:new@host",
        "Port": 6379,
        "Off": None,
    }


def test_a_reference_that_stood_for_nothing_replaces_nothing() -> None:
    assert with_values({"Name": "text"}, {"": "new"}) == {"Name": "text"}
