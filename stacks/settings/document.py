"""One settings file as it was read: its data, and on which line each key stands. Never judges a value."""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from stacks.settings.errors import UnreadableSettingsError

Table = dict[str, object]
Location = tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A TOML file: `shown` is its name in messages, `text` what it holds, `data` what that means."""

    shown: str
    text: str
    data: Table

    @cached_property
    def lines(self) -> dict[Location, int]:
        """The line, from 1, on which each key's statement begins."""
        return _lines_of(self.text)

    def states(self, location: Location) -> bool:
        """Say whether the file gives `location` a value, or a value inside it."""
        found = cast("object", self.data)
        for key in location:
            if not isinstance(found, dict):
                return False
            table = cast("Table", found)
            if key not in table:
                return False
            found = table[key]
        return True

    def line_of(self, location: Location) -> int | None:
        """Return the line that gives `location` its value, be it as part of an inline table or array."""
        for length in range(len(location), 0, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return None


def read_document(path: Path, *, shown: str) -> Document:
    """Read a TOML file.

    Raises:
        UnreadableSettingsError: there is no such file, or it is not UTF-8, or not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UnreadableSettingsError(f"{shown}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise UnreadableSettingsError(
            f"{shown}: not UTF-8 text: {error.reason} at byte {error.start}"
        ) from error
    except OSError as error:
        raise UnreadableSettingsError(f"{shown}: cannot be read: {error.strerror}") from error
    try:
        return Document(shown=shown, text=text, data=tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UnreadableSettingsError(_syntax_message(shown, text, str(error))) from error


def _syntax_message(shown: str, text: str, said: str) -> str:
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", said, re.DOTALL)
    if found is not None:
        what, line, column = found[1], int(found[2]), int(found[3])
    else:
        what = said.removesuffix(" (at end of document)") + " before the end of the file"
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    return f"{shown}:{line}:{column}: line {line}, column {column} is not TOML: {what}"


def _lines_of(text: str) -> dict[Location, int]:
    """Find each statement by reading line after line until they parse: only whole statements do.

    A statement is parsed below the table header that it stands under, so its keys come out in full.
    """
    found: dict[Location, int] = {}
    header, pending, begins = "", "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not pending:
            begins = number
        pending += line + "\n"
        try:
            statement = tomllib.loads(pending)
        except tomllib.TOMLDecodeError:
            continue
        if pending.lstrip().startswith("["):
            header = pending
        elif statement:
            statement = tomllib.loads(header + pending)
        for location in _leaves(statement):
            found.setdefault(location, begins)
        pending = ""
    return found


def _leaves(table: Table, above: Location = ()) -> list[Location]:
    leaves: list[Location] = []
    for key, value in table.items():
        location = (*above, key)
        leaves += _leaves(cast("Table", value), location) if isinstance(value, dict) and value else [location]
    return leaves
