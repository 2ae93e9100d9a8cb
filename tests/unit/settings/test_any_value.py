"""Whatever stands in a file, the answer is an environment or one line for each problem, never a traceback."""

import re
from collections.abc import Callable, Iterator

import pytest
from pydantic import BaseModel

from stacks.settings import Environment, SettingsError
from stacks.settings.wording import slice_of

Load = Callable[[str], Environment]


def inner_keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Every key inside a slice, and inside the slices of a slice."""
    for key, field in model.model_fields.items():
        if above:
            yield f"{above}{key}"
        if inner := slice_of(field):
            yield from inner_keys(inner, f"{above}{key}.")


TOP = [key for key in Environment.model_fields if key != "name"]
INNER = [*inner_keys(Environment)]
VALUES = [
    '""',
    '"*"',
    '"x"',
    "'C:\\new'",
    '"\u00e9\u4e2d\\n\\u0000"',
    "0",
    "-1",
    "1e400",
    "nan",
    "99999999999999999999999999",
    "true",
    "[]",
    '[""]',
    "[[1], [2]]",
    '["a", "a", 1]',
    "{}",
    "{ a = 1 }",
    '{ "a.b" = "c", "[key]" = "d", "" = "e" }',
    '{ "line\\nbreak" = "\\u001b[31m" }',
    "{ name = { name = {} } }",
    "1979-05-27T07:32:00Z",
    "07:32:00",
]
LINE = re.compile(r"(some|over)\.toml: \S.*: .+")


@pytest.mark.parametrize("key", TOP + INNER + ["zzz", "database.zzz", "name"])
def test_any_value_of_any_key_is_accepted_or_answered_in_lines(load_with: Load, key: str) -> None:
    for value in VALUES:
        try:
            load_with(f"{key} = {value}")
        except SettingsError as refused:
            for line in str(refused).splitlines():
                assert line.isprintable()
                assert LINE.search(line), f"{key} = {value} is answered with {line!r}"


@pytest.mark.parametrize("one", ["cache", "network.cidr", "tags", "region"])
@pytest.mark.parametrize("other", ["7", "[]", '"x"'])
def test_two_wrong_values_are_both_answered(load_with: Load, one: str, other: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_with(f"{one} = {other}\ncredentials.password_length = 0")
    answer = str(refused.value)
    assert f"toml: {one}" in answer
    assert "credentials.password_length = 0: must be 20 to 128 characters" in answer


@pytest.mark.parametrize(
    "key", ['"line\\nbreak"', 'database."\\u001b[31m"', 'tags."\\u0000"', 'database.parameters."a\\tb"']
)
def test_a_key_of_odd_letters_is_answered_in_one_visible_line(load_with: Load, key: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_with(f'{key} = "1"')
    assert str(refused.value).isprintable()
