"""The part of a backup that some tables are, by its manifest: what is restored with them is compared with it.

Pure. A restore itself decides by the schema's archive (containers/backup/restore/contents.py); the manifest
knows tables and partitions by their facts, in which a name stands as SQL has it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from containers.backup.manifest import Facts, Manifest

_NAME: Final = r'(?:"(?:[^"]|"")+"|[^\s".]+)'
_QUALIFIED: Final = rf"{_NAME}\.{_NAME}"
_OF: Final = re.compile(rf"(?P<child>{_QUALIFIED}) of (?P<parent>{_QUALIFIED})")
_PARTITIONED: Final = re.compile(rf"({_QUALIFIED}) is partitioned")


def partitioned_tables(manifest: Manifest) -> frozenset[str]:
    """Return the tables that hold no rows but in partitions, each `schema.name` without quotes."""
    keys = manifest.facts.get("inheritance", {})
    return frozenset(_identity(found[1]) for key in keys if (found := _PARTITIONED.fullmatch(key)))


def part_of(manifest: Manifest, tables: Collection[str]) -> Manifest:
    """Return the manifest of `tables`, each `schema.name`, and of their partitions.

    With their rows, their sequences and the facts of them: columns, constraints, indexes, owners, grants and
    the like. Nothing else: no large objects, no types, no functions, no views, nothing of other tables.
    """
    names = _with_partitions(manifest.facts, tables)
    quoted = frozenset(name for name in _relations(manifest.facts) if _identity(name) in names)
    sequences = {
        name
        for name, what in manifest.facts.get("sequences", {}).items()
        if any(f" OF {table}." in what for table in quoted)
    }
    facts = {
        kind: {name: what for name, what in of_kind.items() if belongs(name, what, quoted | sequences)}
        for kind, of_kind in manifest.facts.items()
        if (belongs := _BELONGS.get(kind))
    }
    of_sequences = {_identity(name) for name in sequences}
    return replace(
        manifest,
        tables=tuple(table for table in manifest.tables if table.identity in names),
        sequences=tuple(one for one in manifest.sequences if f"{one.schema}.{one.name}" in of_sequences),
        large_objects=None,
        facts=facts,
    )


def _with_partitions(facts: Facts, tables: Collection[str]) -> frozenset[str]:
    children = [
        (_identity(found["child"]), _identity(found["parent"]))
        for key, bound in facts.get("inheritance", {}).items()
        if bound != "INHERITS" and (found := _OF.fullmatch(key))
    ]
    names = set(tables)
    while more := {child for child, parent in children if parent in names} - names:
        names |= more
    return frozenset(names)


def _relations(facts: Facts) -> list[str]:
    return [key.removeprefix("relation ") for key in facts.get("owners", {}) if key.startswith("relation ")]


def _identity(qualified: str) -> str:
    return ".".join(
        part[1:-1].replace('""', '"') if part.startswith('"') else part
        for part in re.findall(_NAME, qualified)
    )


def _on_one(name: str, _: str, quoted: Collection[str]) -> bool:
    return name in quoted or any(name.endswith(f" on {one}") for one in quoted)


def _is_one(*forms: str) -> Callable[[str, str, Collection[str]], bool]:
    return lambda name, _, quoted: any(
        name.startswith(form.format(one)) if form.endswith((" ", ".")) else name == form.format(one)
        for one in quoted
        for form in forms
    )


def _index_of(_: str, what: str, quoted: Collection[str]) -> bool:
    return any(f" ON {only}{one} USING " in what for one in quoted for only in ("", "ONLY "))


_BELONGS: Final[dict[str, Callable[[str, str, Collection[str]], bool]]] = {
    "columns": _is_one("{}."),
    "comments": _is_one("table {}", "table column {}."),
    "constraints": _on_one,
    "grants": _is_one("relation {} to ", "column {}."),
    "indexes": _index_of,
    "inheritance": _is_one("{} of ", "{} is partitioned"),
    "owners": _is_one("relation {}"),
    "policies": _on_one,
    "sequences": _is_one("{}"),
    "triggers": _on_one,
}
"""How a fact of each kind tells by its name, or by what it is, whose it is."""
