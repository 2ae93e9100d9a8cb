"""What a restore does, in its order: decided from the manifest and the archive's contents. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from containers.backup.errors import RestoreError
from containers.backup.manifest import LargeObjects, Manifest, Sequence, Table
from containers.backup.restore.contents import Entry, Part, part
from containers.backup.restore.phases import Phase, phases


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to restore; `part` is None when it is everything.

    Schemas come first and their grants late: between them their objects are handed over to owners, which may
    need more in a schema than they are granted there. No grant comes before the rows, or before what is built
    over them: an owner may have taken rights from itself. What grantees have granted comes after the schemas'
    grants, which it needs. Event triggers come at the very end: they fire at all that a restore does.
    """

    manifest: Manifest
    part: Part | None
    schemas: tuple[Entry, ...]
    before: tuple[Entry, ...]
    after: tuple[Phase, ...]
    grants: tuple[Entry, ...]
    schema_grants: tuple[Entry, ...]
    grants_of_grantees: tuple[Entry, ...]
    event_triggers: tuple[Entry, ...]
    tables: tuple[Table, ...]
    sequences: tuple[Sequence, ...]
    large_objects: LargeObjects | None

    @property
    def contents(self) -> tuple[Entry, ...]:
        """Everything that is made and may get an owner, or is granted by somebody."""
        built = (entry for phase in self.after for entry in phase.entries)
        granted = (*self.grants, *self.grants_of_grantees)
        return (*self.schemas, *self.before, *built, *granted, *self.event_triggers)

    @property
    def stored_bytes(self) -> int:
        """Bytes of all rows in the store."""
        return sum(chunk.stored_bytes for table in self.tables for chunk in table.chunks)


def planned(
    before: Iterable[Entry], after: Iterable[Entry], manifest: Manifest, *, tables: Collection[str] | None
) -> Plan:
    """Plan a restore of everything, or of some `tables`, each `schema.name`.

    Raises RestoreError: the backup has no such table.
    """
    before, after = list(before), list(after)
    chosen = None if tables is None else _part([*before, *after], manifest, tables)

    def wanted(entry: Entry) -> bool:
        return (chosen is None or entry.number in chosen.numbers) and not _given(entry)

    every = [entry for entry in (*before, *after) if wanted(entry)]
    grants = [entry for entry in every if entry.grants]
    event_triggers = [entry for entry in every if _of_event_trigger(entry)]
    last = {entry.number for entry in (*grants, *event_triggers)}
    kept = [entry for entry in before if wanted(entry) and entry.number not in last]
    late = [] if chosen is None else [entry for entry in kept if _joins_what_is_there(entry, before, chosen)]
    return Plan(
        manifest=manifest,
        part=chosen,
        schemas=tuple(entry for entry in kept if entry.kind == "SCHEMA"),
        before=tuple(entry for entry in kept if entry.kind != "SCHEMA" and entry not in late),
        after=phases(
            [entry for entry in after if wanted(entry) and entry.number not in last],
            attaching=late,
            every=before,
        ),
        grants=tuple(entry for entry in grants if not entry.grantors and not _of_schema(entry)),
        schema_grants=tuple(entry for entry in grants if not entry.grantors and _of_schema(entry)),
        grants_of_grantees=tuple(entry for entry in grants if entry.grantors),
        event_triggers=tuple(event_triggers),
        tables=tuple(t for t in manifest.tables if chosen is None or (t.schema, t.name) in chosen.tables),
        sequences=tuple(
            s for s in manifest.sequences if chosen is None or (s.schema, s.name) in chosen.sequences
        ),
        large_objects=manifest.large_objects if chosen is None else None,
    )


def _part(contents: list[Entry], manifest: Manifest, tables: Collection[str]) -> Part:
    chosen = part(contents, tables)
    if unknown := sorted(set(tables) - {".".join(name) for name in chosen.tables}):
        raise RestoreError(f"the backup {manifest.backup} has no table {', '.join(unknown)}.")
    return chosen


def _joins_what_is_there(entry: Entry, before: Iterable[Entry], chosen: Part) -> bool:
    """Whether a partition joins a table that has its indexes already: it must bring its own first."""
    tables = {one.number for one in before if one.kind == "TABLE"}
    return entry.kind == "TABLE ATTACH" and not (entry.dependencies & tables) <= chosen.numbers


def _given(entry: Entry) -> bool:
    """Whether it comes by itself: an extension brings its comment, which only its owner may write."""
    return entry.kind == "COMMENT" and entry.schema == "-" and entry.name.startswith("EXTENSION ")


def _of_event_trigger(entry: Entry) -> bool:
    said = entry.kind in {"COMMENT", "SECURITY LABEL"} and entry.schema == "-"
    return entry.kind == "EVENT TRIGGER" or (said and entry.name.startswith("EVENT TRIGGER "))


def _of_schema(entry: Entry) -> bool:
    return entry.kind == "ACL" and entry.schema == "-" and entry.name.startswith("SCHEMA ")
