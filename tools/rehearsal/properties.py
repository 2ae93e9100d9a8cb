"""A resource's properties as a dictionary that remembers which of them were looked at and which took effect.

Never decides what counts as taking effect: a handler says so by reading with `honour` at the place where the
value is handed to something real.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"


class Properties(dict[str, Value]):
    """A template's properties, resolved, with a memory of how they were used.

    A plain dictionary for the emulator's own handlers: whatever reads or copies a key marks it as kept.
    """

    def __init__(self, values: Mapping[str, Value]) -> None:
        super().__init__(values)
        self.seen: set[str] = set()
        self.honoured: set[str] = set()

    def honour(self, name: str) -> Value:
        """Read a property whose value is about to take effect on something real."""
        value = super().get(name)
        if name in self:
            self.honoured.add(name)
        return value

    def text(self, name: str, default: str = "") -> str:
        """Honour a property and return it as text."""
        value = self.honour(name)
        return default if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Honour a property and return it as a boolean; templates carry both `true` and `"true"`."""
        value = self.honour(name)
        return default if value is None else str(value).lower() == "true"

    def texts(self, name: str) -> list[str]:
        """Honour a list property and return its members as text."""
        value = self.honour(name)
        return [str(item) for item in value] if isinstance(value, list) else []

    def table(self, name: str) -> dict[str, str]:
        """Honour a map property and return its values as text."""
        value = self.honour(name)
        return {key: str(item) for key, item in value.items()} if isinstance(value, dict) else {}

    def with_values(self, values: Mapping[str, Value]) -> "Properties":
        """Return a copy for another reader, with some values put in; call `learn_from` with it afterwards."""
        return Properties({**dict(super().items()), **values})

    def learn_from(self, copy: "Properties") -> None:
        """Remember as seen what the reader of a copy has seen."""
        self.seen.update(copy.seen & set(super().keys()))

    @property
    def kept(self) -> set[str]:
        """The properties that were read without taking effect on anything real."""
        return self.seen - self.honoured

    @property
    def ignored(self) -> set[str]:
        """The properties that nothing looked at."""
        return set(super().keys()) - self.seen - self.honoured

    def __getitem__(self, key: str) -> Value:
        self._see(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Value = None, /) -> Value:  # pyright: ignore[reportIncompatibleMethodOverride]  # one type of value
        """Read a property, which marks it as kept."""
        self._see(key)
        return super().get(key, default)

    def __iter__(self) -> Iterator[str]:
        """Copying reads everything: `{**properties}` comes through here, key by key."""
        return super().__iter__()

    def items(self):  # noqa: ANN201  # the type is dict's own and has no public name
        """Reading all pairs marks all of them as kept."""
        self.seen.update(super().keys())
        return super().items()

    def values(self):  # noqa: ANN201  # the type is dict's own and has no public name
        """Reading all values marks all properties as kept."""
        self.seen.update(super().keys())
        return super().values()

    def __deepcopy__(self, memo: dict[int, object]) -> dict[str, Value]:
        return dict(self.items())

    def _see(self, key: str) -> None:
        if super().__contains__(key):
            self.seen.add(key)
