"""What a handler is, and the one that every resource type gets which the emulator keeps by itself.

A handler proves nothing by existing: it says what it did as evidence, and without evidence a resource counts
as recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.ledger import Standing
from tools.rehearsal.properties import Properties
from tools.rehearsal.seams import REPLACES, Entry
from tools.rehearsal.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a handler made: Ref's value, GetAtt's values, and what it really did (nothing: recorded)."""

    physical_id: str
    attributes: dict[str, object]
    evidence: tuple[str, ...] = ()
    stubbed: bool = False

    @property
    def standing(self) -> Standing:
        """How much of the resource is real."""
        if self.evidence:
            return "executed"
        return "stubbed" if self.stubbed else "recorded"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One resource of one stack, as CloudFormation hands it over."""

    logical_id: str
    stack: str


class Emulated:
    """A resource type left to the emulator, whose own functions do the work."""

    def __init__(self, workshop: Workshop, resource_type: str, original: Entry) -> None:
        self.workshop = workshop
        self.resource_type = resource_type
        self.original = original

    @property
    def updates(self) -> bool:
        """Whether the type can be changed in place; without, the emulator creates it anew."""
        return "update" in self.original or type(self).update is not Emulated.update

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Create the resource."""
        return self._outcome(self._function("create")(request.logical_id, properties, request.stack))

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change the resource from its old properties to the new ones."""
        arguments: list[object] = [physical_id, old, new, request.stack]
        if self.original.get("update_with_logical_id"):
            arguments.append(request.logical_id)
        return self._outcome(self._function("update")(*arguments))

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete the resource; one that is gone already is no error."""
        arguments: list[object] = [physical_id, properties]
        if self.original.get("delete_with_logical_id"):
            arguments.append("")
        self._function("delete")(*arguments)

    def replaces(self, physical_id: str, name: object, old: Properties, new: Properties) -> bool:
        """Tell whether an update needs a new resource: a create-only property, or the name, has changed."""
        renamed = bool(name) and str(name) != physical_id
        return renamed or bool(
            self.workshop.emulator.call(REPLACES, self.resource_type, dict(old), dict(new))
        )

    def refuse_taken(self, store: str, name: str) -> None:
        """Refuse a name that a running resource has, as AWS does: taking it over would destroy its data.

        CloudFormation itself refuses to replace a resource under an unchanged name, so what comes here is
        another resource of the template, or the same one under another logical id. Raises InvalidProperty.
        """
        if name in self.workshop.emulator.store(store):
            raise InvalidProperty(
                f"{self.resource_type} {name} already exists: under another logical id it is created anew "
                "before the former one is deleted, and until then its name is taken"
            )

    def _function(self, action: str) -> Callable[..., object]:
        return cast("Callable[..., object]", self.original[action])

    def _outcome(self, result: object) -> Outcome:
        physical_id, attributes = cast("tuple[str, dict[str, object]]", result)
        return Outcome(physical_id=physical_id, attributes=attributes)
