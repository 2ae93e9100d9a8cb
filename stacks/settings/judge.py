"""Decides whether data are an environment; if not, says all that is wrong at once. Never reads a file."""

import copy
import re
from collections.abc import Sequence
from typing import cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stacks.settings.document import Document, Table
from stacks.settings.environment import Environment
from stacks.settings.errors import Problem, RefusedSettingsError
from stacks.settings.rules import findings
from stacks.settings.wording import dotted, field_at, message_for, slice_of, spell

_ROUNDS = 4
"""A repaired value can uncover an error behind it: behind a table a key, behind a key an entry."""


def judge(name: str, documents: Sequence[Document]) -> Environment:
    """Lay `documents` over each other, check the result and return it.

    Raises:
        RefusedSettingsError: something is wrong; it holds every problem.
    """
    data = _overlaid(documents)
    problems: list[Problem] = []
    if "name" in data:
        given = data.pop("name")
        where = _file_of(("name",), documents)
        problems.append(
            Problem(where, "name", spell(given), "an environment is named by its file: remove this line")
        )
    data["name"] = name
    for key, field in Environment.model_fields.items():
        if slice_of(field):
            data.setdefault(key, {})  # so that each required key of a missing table is named

    environment, errors = _validated(data)
    problems += [_problem(error, documents) for error in errors]
    broken = tuple(".".join(_setting_at(error["loc"])) for error in errors)
    judged = environment or _repaired(data, errors)
    if judged is not None:
        for finding in findings(judged):
            if not any(_inside(key, refused) for key in finding.keys for refused in broken):
                value = _value_at(finding.key, judged)
                where = _file_of(tuple(_steps(finding.key)), documents)
                shown = None if value is None else spell(value)  # TOML has no word for what is not said
                problems.append(Problem(where, finding.key, shown, finding.message))
    if environment is None or problems:
        raise RefusedSettingsError(tuple(problems))
    return environment


def _overlaid(documents: Sequence[Document]) -> Table:
    data: Table = {}
    for document in documents:
        _lay(copy.deepcopy(document.data), data)
    return data


def _lay(over: Table, data: Table) -> None:
    for key, value in over.items():
        below = data.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            _lay(cast("Table", value), cast("Table", below))
        else:
            data[key] = value


def _validated(data: Table) -> tuple[Environment | None, list[ErrorDetails]]:
    try:
        return Environment.model_validate(data), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _repaired(data: Table, errors: list[ErrorDetails]) -> Environment | None:
    """Put a stand-in where a value was refused, so that the rules can still judge all the others."""
    repaired = copy.deepcopy(data)
    for _ in range(_ROUNDS):
        for error in errors:
            _stand_in(repaired, error)
        environment, errors = _validated(repaired)
        if environment is not None:
            return environment
    return None


def _stand_in(data: Table, error: ErrorDetails) -> None:
    *path, key = _setting_at(error["loc"])
    table = data
    for part in path:
        table = cast("Table", table[part])
    field = field_at((*path, key), Environment)
    table.pop(key, None)
    if field is not None and error["type"] != "extra_forbidden":
        if slice_of(field):
            table[key] = {}
        elif field.examples:
            table[key] = field.examples[0]


def _problem(error: ErrorDetails, documents: Sequence[Document]) -> Problem:
    location = error["loc"]
    silent = error["type"] in {"missing", "extra_forbidden"} or location[-1] == "[key]"
    return Problem(
        file=_file_of(tuple(str(part) for part in location if isinstance(part, str)), documents),
        key=dotted(location),
        value=None if silent else spell(error["input"]),
        message=message_for(error, Environment),
    )


def _file_of(location: Sequence[str], documents: Sequence[Document]) -> str:
    """Name the last file that says something about `location`; the first one if none does."""
    known = tuple(part for part in location if part != "[key]")
    stated = [document.shown for document in documents if document.states(known)]
    return stated[-1] if stated else documents[0].shown


def _setting_at(location: Sequence[str | int]) -> tuple[str, ...]:
    """Name the setting that `location` lies in: `database.iam_logins` for an entry of that table."""
    found: list[str] = []
    model: type[BaseModel] | None = Environment
    for part in map(str, location):
        if model is None:
            break
        found.append(part)
        field = model.model_fields.get(part)
        model = slice_of(field) if field is not None else None
    return tuple(found)


def _inside(key: str, setting: str) -> bool:
    return re.match(re.escape(setting) + r"([.\[]|$)", key) is not None


def _steps(key: str) -> list[str]:
    """`database.parameters.a.b` is the key `a.b` in a table of the slice `database`."""
    steps: list[str] = []
    rest = key.split("[", maxsplit=1)[0]
    model: type[BaseModel] | None = Environment
    while rest and model is not None:
        step, _, rest = rest.partition(".")
        steps.append(step)
        model = slice_of(model.model_fields[step])
    return [*steps, rest] if rest else steps


def _value_at(key: str, environment: Environment) -> object:
    found: object = environment
    for step in _steps(key):
        found = cast("Table", found)[step] if isinstance(found, dict) else getattr(found, step)
    index = re.search(r"\[(\d+)\]$", key)
    return cast("Sequence[object]", found)[int(index[1])] if index else found
