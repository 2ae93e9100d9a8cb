"""An edge whose every call counts, and may be the last one or the moment at which something else happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.common.errors import SecretUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.rotation.faults import Calls


@dataclass
class Watched:
    """The edge by its name; `meanwhile` is called after each call, with its number."""

    edge: Any
    name: str
    calls: Calls
    meanwhile: Callable[[int], None] = lambda _: None

    def __getattr__(self, method: str) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            answer = getattr(self.edge, method)(*arguments, **named)
            self.calls.done(f"{self.name}: {method}", lost=SecretUnreadable("no answer came"))
            self.meanwhile(len(self.calls.names))
            return answer

        return call
