"""Where each effective value comes from: a line of a file, or the default. Never changes a value."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from stacks.settings.document import Document, Location
from stacks.settings.load import ENVIRONMENTS, load_environment, read_documents
from stacks.settings.windows import Window
from stacks.settings.wording import accepts

DEFAULT = "default"


@dataclass(frozen=True)
class Setting:
    """One effective value.

    `group` is its table, empty above the first one; `source` a file and line, `default`, or the file's name.
    """

    group: str
    key: str
    value: object
    source: str
    description: str
    accepts: str


def explain_environment(
    name: str, *, directory: Path = ENVIRONMENTS, overlay: Path | None = None
) -> list[Setting]:
    """Load an environment and return all its settings, in the order of the model.

    Raises:
        SettingsError: as `load_environment`.
    """
    environment = load_environment(name, directory=directory, overlay=overlay)
    documents = read_documents(name, directory=directory, overlay=overlay)
    return _settings((), environment, documents)


def _settings(path: Location, model: BaseModel, documents: tuple[Document, ...]) -> list[Setting]:
    """The settings of a slice and of the slices in it; `path` names the slice."""
    settings: list[Setting] = []
    for key, field in type(model).model_fields.items():
        value: object = getattr(model, key)
        if isinstance(value, BaseModel):
            settings += _settings((*path, key), value, documents)
        else:
            settings += _entries(path, key, field, value, documents)
    return settings


def _entries(
    path: Location, key: str, field: FieldInfo, value: object, documents: tuple[Document, ...]
) -> list[Setting]:
    """One setting, or one for each entry of a table that has any."""
    location = (*path, key)
    entries = {location: value}
    if isinstance(value, dict) and value:
        table = cast("dict[str, object]", value)
        entries = {(*location, name): item for name, item in table.items()}
    return [
        Setting(
            group=".".join(path),
            key=".".join(where),
            value=_plain(shown),
            source=_source(where, documents),
            description=field.description or "",
            accepts=accepts(field),
        )
        for where, shown in entries.items()
    ]


def _plain(value: object) -> object:
    """A value as TOML and JSON can write it."""
    if isinstance(value, Window):
        return str(value)
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


def _source(location: tuple[str, ...], documents: tuple[Document, ...]) -> str:
    if location == ("name",):
        return documents[0].shown
    for document in reversed(documents):
        if document.states(location):
            return f"{document.shown}:{document.line_of(location)}"
    return DEFAULT
