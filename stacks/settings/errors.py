"""What the settings say when they are wrong.

    SettingsError                 an environment cannot be used; its message is all there is to say
    ├── UnknownEnvironmentError   there is no such file; lists those there are
    ├── UnreadableSettingsError   a file is not TOML, or not text; names line and column
    ├── RefusedSettingsError      the values are refused; one problem a line
    └── CatalogError              the data on what AWS offers cannot be read

Never holds a traceback: a message is meant for the person who edits the file.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the file that says it, the key, and what to do.

    `key` is dotted (`database.backup_window`); `value` is as TOML writes it, or None if there is none.
    """

    file: str
    key: str
    value: str | None
    message: str

    def __str__(self) -> str:
        """`environments/prod.toml: database.backup_retention_days = 90: must be 1 to 35 days`."""
        shown = self.key if self.value is None else f"{self.key} = {self.value}"
        return f"{self.file}: {shown}: {self.message}"


class SettingsError(Exception):
    """An environment cannot be used; `str()` says what is wrong, where, and what to do."""


class UnknownEnvironmentError(SettingsError):
    """There is no settings file of that name."""


class UnreadableSettingsError(SettingsError):
    """A settings file is not TOML, or not text."""


class RefusedSettingsError(SettingsError):
    """The settings are refused; `problems` holds each one, in the order of the keys."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class CatalogError(SettingsError):
    """cfn-lint's data on what AWS offers are missing or have moved."""
