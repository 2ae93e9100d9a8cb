"""What a value may be, each kind of limit as one small annotation that words its own refusal.

A constraint is written once, beside the field it limits, and is used three times: to judge the value, to tell
a person what is accepted, and to print that range in `datatier settings`. Never looks at more than one value.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, Strict
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

T = TypeVar("T")

REFUSED = "refused"
"""The pydantic error type that carries a constraint's own words."""


class Slice(BaseModel):
    """A part of an environment: read-only, exact types, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Names = Annotated[tuple[str, ...], Strict(strict=False)]
"""A TOML array of text, kept as a tuple so that nothing can append to it. jsii wants `list(...)` of it."""


@runtime_checkable
class Constraint(Protocol):
    """An annotation that can say what it accepts."""

    @property
    def accepts(self) -> str:
        """The accepted values, as the end of a sentence that starts with `must be`."""
        ...


def refuse(words: str) -> PydanticCustomError:
    """Return the error that carries `words` to the reader as they are."""
    return PydanticCustomError(REFUSED, "{words}", {"words": words})


def _after(handler: GetCoreSchemaHandler, source: type[T], check: Callable[[T], T]) -> CoreSchema:
    return core_schema.no_info_after_validator_function(check, handler(source))


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, both included, counted in `unit`."""

    low: float
    high: float
    unit: str = ""

    @property
    def accepts(self) -> str:
        """The range and its unit."""
        return f"{self.low} to {self.high} {self.unit}".rstrip()

    def __get_pydantic_core_schema__(self, source: type[float], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Judge the number once its type is known to be right."""
        return _after(handler, source, self._check)

    def _check(self, value: float) -> float:
        if not self.low <= value <= self.high:
            raise refuse(f"must be {self.accepts}")
        return value


@dataclass(frozen=True)
class OneOf:
    """A number out of a set that a service fixes, counted in `unit`."""

    values: tuple[int, ...]
    unit: str = ""

    @property
    def accepts(self) -> str:
        """Every accepted number, smallest first."""
        return f"one of {', '.join(map(str, self.values))} {self.unit}".rstrip()

    def __get_pydantic_core_schema__(self, source: type[int], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Judge the number once its type is known to be right."""
        return _after(handler, source, self._check)

    def _check(self, value: int) -> int:
        if value not in self.values:
            nearest = min(self.values, key=lambda accepted: abs(accepted - value))
            raise refuse(f"must be {self.accepts}; the nearest is {nearest}")
        return value


@dataclass(frozen=True)
class Shape:
    """Text that matches a pattern as a whole; `accepts` says the pattern in words."""

    pattern: str
    accepts: str

    def __get_pydantic_core_schema__(self, source: type[str], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Judge the text once its type is known to be right."""
        return _after(handler, source, self._check)

    def _check(self, value: str) -> str:
        if re.fullmatch(self.pattern, value) is None:
            raise refuse(f"must be {self.accepts}")
        return value


@dataclass(frozen=True)
class Count:
    """An array of `low` to `high` different entries, or a table of as many."""

    low: int
    high: int
    unit: str
    because: str = ""

    @property
    def accepts(self) -> str:
        """How many, of what, and why if there is a reason."""
        many = f"{self.low} to {self.high}" if self.high != self.low else f"{self.low}"
        return f"{many} {self.unit}, each named once{': ' + self.because if self.because else ''}"

    def __get_pydantic_core_schema__(
        self, source: type[Collection[str]], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Judge the array once its entries are known to be right."""
        return _after(handler, source, self._check)

    def _check(self, value: Collection[str]) -> Collection[str]:
        if not self.low <= len(value) <= self.high or len(set(value)) != len(value):
            raise refuse(f"must be {self.accepts}")
        return value
