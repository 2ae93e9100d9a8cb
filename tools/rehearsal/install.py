"""Puts the handlers into the emulator's table, wrapped so that each call is written into the ledger.

Every type is wrapped, those of the emulator's own too: what it keeps and what it overlooks is measured alike.
"""

from collections.abc import Callable, Mapping

from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.handlers.registry import HANDLERS, SLOW
from tools.rehearsal.ledger import Provisioned
from tools.rehearsal.properties import Properties, Value
from tools.rehearsal.seams import ON_WORKER_THREAD, Entry
from tools.rehearsal.workshop import Workshop


def install(workshop: Workshop) -> None:
    """Replace every entry of the emulator's handler table."""
    table = workshop.emulator.handlers
    for resource_type in sorted({*table, *HANDLERS}):
        original = table.get(resource_type, {})
        if resource_type not in HANDLERS and "create" not in original:
            continue
        handler = HANDLERS.get(resource_type, Emulated)(workshop, resource_type, original)
        table[resource_type] = _entry(handler)
    originally = workshop.emulator.function(ON_WORKER_THREAD)

    def on_worker_thread(resource_type: str) -> bool:
        return resource_type.startswith(SLOW) or bool(originally(resource_type))

    workshop.emulator.replace(ON_WORKER_THREAD, on_worker_thread)


def _entry(handler: Emulated) -> Entry:
    """Return the emulator's form of a handler: plain functions, in a dictionary."""

    def create(logical_id: str, values: Mapping[str, Value], stack: str) -> tuple[str, dict[str, object]]:
        properties = Properties(values)
        request = Request(logical_id=logical_id, stack=stack)
        return _noted(handler, request, properties, lambda: handler.create(request, properties))

    def update(
        physical_id: str,
        old: Mapping[str, Value],
        new: Mapping[str, Value],
        stack: str,
        logical_id: str | None = None,
    ) -> tuple[str, dict[str, object]]:
        properties = Properties(new)
        request = Request(logical_id=logical_id or physical_id, stack=stack)
        return _noted(
            handler,
            request,
            properties,
            lambda: handler.update(request, physical_id, Properties(old), properties),
        )

    def delete(physical_id: str, values: Mapping[str, Value], logical_id: str | None = None) -> None:  # noqa: ARG001  # the emulator passes it
        handler.delete(physical_id, Properties(values))

    entry: Entry = {**handler.original, "create": create, "delete": delete, "delete_with_logical_id": True}
    if handler.updates:
        entry |= {"update": update, "update_with_logical_id": True}
    return entry


def _noted(
    handler: Emulated, request: Request, properties: Properties, act: Callable[[], Outcome]
) -> tuple[str, dict[str, object]]:
    outcome = act()
    handler.workshop.ledger.write(
        Provisioned(
            region=handler.workshop.emulator.region,
            stack=request.stack,
            logical_id=request.logical_id,
            resource_type=handler.resource_type,
            physical_id=outcome.physical_id,
            standing=outcome.standing,
            evidence=outcome.evidence,
            honoured=tuple(sorted(properties.honoured)) if outcome.evidence else (),
            kept=tuple(sorted(properties.kept)),
            ignored=tuple(sorted(properties.ignored)),
        )
    )
    return outcome.physical_id, outcome.attributes
