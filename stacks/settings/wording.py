"""Turns pydantic's complaints into sentences for the person who edits the file. Never reads a file."""

import datetime as dt
import json
import types
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from stacks.settings.constraints import REFUSED, Constraint
from stacks.settings.windows import Window

LONGEST_VALUE = 100
"""Characters of a value that a message repeats."""

_KINDS = {
    "bool_type": "true or false, without quotes",
    "dict_type": "a table",
    "float_type": "a number, without quotes",
    "int_type": "a whole number, without quotes",
    "model_type": "a table",
    "string_type": "text in quotes",
    "tuple_type": "an array of texts in brackets",
}


def spell(value: object) -> str:
    """Return `value` as TOML writes it, shortened when it is long."""
    text = _spell(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def dotted(location: Sequence[str | int]) -> str:
    """Return `network.availability_zones[0]` for pydantic's ("network", "availability_zones", 0)."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{_visible(part)}" for part in location]
    return "".join(parts).removeprefix(".").removesuffix(".[key]")


def message_for(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return what is wrong and what is accepted, to follow `key = value: `."""
    location, kind = error["loc"], error["type"]
    if kind == REFUSED:
        return str(error.get("ctx", {})["words"])
    if kind == "extra_forbidden":
        return f"unknown key{_instead(location, model)}"
    field = field_at(location, model)
    if kind == "missing":
        example = f"; for example {spell(field.examples[0])}" if field and field.examples else ""
        return f"is required{example}"
    if kind == "literal_error":
        return _not_one_of(error)
    if kind in _KINDS:
        entry = len(location) > 1 and field is field_at(location[:-1], model)
        accepted = accepts(field) if field and not entry and kind != "bool_type" else ""
        return f"must be {_KINDS[kind]}" + (f": {accepted}" if accepted else "")
    return error["msg"]


def field_at(location: Sequence[str | int], model: type[BaseModel]) -> FieldInfo | None:
    """Return the field that `location` lies in, or None when there is none."""
    field: FieldInfo | None = None
    for part in location:
        if not isinstance(part, str) or part not in model.model_fields:
            return field
        field = model.model_fields[part]
        inner = slice_of(field)
        if inner is None:
            return field
        model = inner
    return field


def slice_of(field: FieldInfo) -> type[BaseModel] | None:
    """Return the model of a field that is a slice, or None for a plain setting."""
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def accepts(field: FieldInfo) -> str:
    """Return what a field accepts, in words; empty when its type says it all."""
    return "; ".join(_limits(field.annotation, field.metadata))


def _limits(annotation: object, metadata: Sequence[object]) -> list[str]:
    said = [entry.accepts for entry in metadata if isinstance(entry, Constraint)]
    if annotation is bool:
        said.append("true or false")
    if isinstance(annotation, type) and isinstance(annotation, Constraint):
        said.append(str(annotation.accepts))
    origin = get_origin(annotation)
    if origin is dict:
        _, entry = cast("tuple[object, object]", get_args(annotation))
        said += ["a table of texts", *_limits(entry, ())]
    elif origin is tuple:
        entry = get_args(annotation)[0]
        said += _limits(None, get_args(entry)[1:])
    elif origin in {Union, types.UnionType}:
        for part in get_args(annotation):
            inner = get_args(part) or (part,)
            said += _limits(inner[0], inner[1:])
    elif origin is not None and all(isinstance(value, str) for value in get_args(annotation)):
        said.append(_either([f"'{value}'" for value in get_args(annotation)]))
    return said


def _either(choices: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))


def _not_one_of(error: ErrorDetails) -> str:
    expected = str(error.get("ctx", {})["expected"])
    choices = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    given = error["input"]
    nearest = get_close_matches(given, choices, n=1) if isinstance(given, str) else []
    return f"must be {expected}" + (f"; did you mean '{nearest[0]}'?" if nearest else "")


def _instead(location: Sequence[str | int], model: type[BaseModel]) -> str:
    """Where an unknown key may have been meant to be: a near spelling, or another table."""
    *path, last = location
    owner = model
    for part in path:
        inner = slice_of(owner.model_fields[str(part)])
        owner = inner or owner
    nearest = get_close_matches(str(last), owner.model_fields, n=1)
    if nearest and nearest[0] != "name":
        return f"; did you mean '{nearest[0]}'?"
    homes = [f"[{home}]" for home in _homes(str(last), owner, dotted(path))]
    if homes:
        return f"; it belongs under {' or '.join(homes)}"
    if path and last in model.model_fields and last != "name":
        return "; it belongs above the first table"
    return f"; `datatier settings` lists every key{' of ' + dotted(path) if path else ''}"


def _homes(key: str, model: type[BaseModel], path: str) -> list[str]:
    """Name every slice inside `model`, which is at `path`, that has `key`."""
    homes: list[str] = []
    for name, field in model.model_fields.items():
        inner = slice_of(field)
        if inner is not None:
            where = f"{path}.{name}".removeprefix(".")
            homes += ([where] if key in inner.model_fields else []) + _homes(key, inner, where)
    return homes


def _visible(key: str) -> str:
    """A key as it is, unless it would break or hide the line that names it."""
    return key if key.isprintable() else json.dumps(key)


def _spell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | Window):
        return json.dumps(str(value), ensure_ascii=False)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        table = cast("Mapping[str, object]", value)
        return "{" + ", ".join(f"{_visible(key)} = {_spell(entry)}" for key, entry in table.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_spell, cast("Sequence[object]", value))) + "]"
    return str(value)
