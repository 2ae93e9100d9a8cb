"""Environment variables of a function, each read as what it should be. It knows no function."""

import json
from collections.abc import Mapping
from typing import cast

from lambdas.common.errors import EnvironmentInvalid


def required(variables: Mapping[str, str], name: str) -> str:
    """A text. Raises EnvironmentInvalid: it is not set."""
    value = variables.get(name, "")
    if not value:
        raise EnvironmentInvalid(f"the environment variable {name} is not set; the function's stack sets it.")
    return value


def number(variables: Mapping[str, str], name: str) -> int:
    """A whole number. Raises EnvironmentInvalid."""
    value = required(variables, name)
    if not (value.isascii() and value.isdecimal()):
        raise EnvironmentInvalid(f"{name} is {value!r}; a whole number is expected.")
    return int(value)


def texts(variables: Mapping[str, str], name: str) -> dict[str, str]:
    """A JSON object of texts. Raises EnvironmentInvalid."""
    value = json_value(variables, name)
    if not isinstance(value, dict) or not _all_texts(list(cast("dict[object, object]", value).values())):
        raise EnvironmentInvalid(f"{name} is not a JSON object of texts.")
    return cast("dict[str, str]", value)


def text_list(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    """A JSON list of texts. Raises EnvironmentInvalid."""
    value = json_value(variables, name)
    if not isinstance(value, list) or not _all_texts(cast("list[object]", value)):
        raise EnvironmentInvalid(f"{name} is not a JSON list of texts.")
    return tuple(cast("list[str]", value))


def json_object(variables: Mapping[str, str], name: str) -> dict[str, object]:
    """A JSON object. Raises EnvironmentInvalid."""
    value = json_value(variables, name)
    if not isinstance(value, dict):
        raise EnvironmentInvalid(f"{name} is not a JSON object.")
    return cast("dict[str, object]", value)


def json_value(variables: Mapping[str, str], name: str) -> object:
    """Anything that is JSON. Raises EnvironmentInvalid."""
    try:
        return json.loads(required(variables, name))
    except json.JSONDecodeError as error:
        raise EnvironmentInvalid(f"{name} is not JSON: {error}.") from error


def _all_texts(values: list[object]) -> bool:
    return all(isinstance(value, str) and value for value in values)
