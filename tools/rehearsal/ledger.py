"""What the handlers did, appended as it happens: one JSON document a line, read again by the fidelity report.

Never holds a property's value: only names, so that no password can end up here.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, cast

Standing: TypeAlias = Literal["executed", "recorded", "stubbed"]
"""executed: something real runs by it. recorded: the emulator keeps it. stubbed: an id and no more."""


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """A handler finished creating or updating a resource.

    `honoured` are the properties that took effect on something real, `kept` those that were read and can be
    read back, `ignored` those that nothing looked at. `evidence` says what was done, in words.
    """

    region: str
    stack: str
    logical_id: str
    resource_type: str
    physical_id: str
    standing: Standing
    evidence: tuple[str, ...] = ()
    honoured: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    event: Literal["provisioned"] = "provisioned"


@dataclass(frozen=True, kw_only=True)
class TookEffect:
    """Another resource made this one's properties real: an instance started with this parameter group."""

    region: str
    resource_type: str
    physical_id: str
    evidence: str
    honoured: tuple[str, ...]
    event: Literal["took effect"] = "took effect"


@dataclass(frozen=True, kw_only=True)
class Invoked:
    """A Lambda's own code ran; `custom_resource` is `stack/logical id` if CloudFormation asked for it."""

    region: str
    function: str
    custom_resource: str = ""
    properties: tuple[str, ...] = ()
    event: Literal["invoked"] = "invoked"


@dataclass(frozen=True, kw_only=True)
class Served:
    """A secret's value was read, through the API or by a dynamic reference of a template."""

    region: str
    secret: str
    event: Literal["served"] = "served"


Entry: TypeAlias = Provisioned | TookEffect | Invoked | Served


@dataclass(kw_only=True)
class Ledger:
    """Appends entries to a file; safe to use from the emulator's many threads."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _once: set[Entry] = field(default_factory=set[Entry])

    def write(self, entry: Entry) -> None:
        """Append an entry; a repeated one (the same Lambda invoked again) is written once."""
        with self._lock:
            if isinstance(entry, Invoked | Served):
                if entry in self._once:
                    return
                self._once.add(entry)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(entry), sort_keys=True) + "\n")


def read(path: Path) -> list[Entry]:
    """Return all entries in order; a file that is not there has none."""
    if not path.is_file():
        return []
    return list(parse(path.read_text(encoding="utf-8").splitlines()))


SHAPES: Mapping[str, Callable[..., Entry]] = {
    "provisioned": Provisioned,
    "took effect": TookEffect,
    "invoked": Invoked,
    "served": Served,
}


def parse(lines: Iterable[str]) -> Iterator[Entry]:
    """Turn lines into entries, skipping what is not one."""
    for line in lines:
        try:
            document = cast("dict[str, str | list[str]]", json.loads(line))
        except ValueError:
            continue
        shape = SHAPES.get(str(document.get("event")))
        if shape:
            yield shape(**{key: _tuple(value) for key, value in document.items()})


def _tuple(value: str | list[str]) -> str | tuple[str, ...]:
    return value if isinstance(value, str) else tuple(value)
