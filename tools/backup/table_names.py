"""Which tables of a backup a person means. Pure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from tools.backup.chosen_part import partitioned_tables
from tools.backup.errors import WrongInput

if TYPE_CHECKING:
    from containers.backup.manifest import Manifest


def chosen_tables(text: str | None, manifest: Manifest) -> frozenset[str] | None:
    """Read `schema.table,schema.table`; None, for all of them, where nothing was typed.

    A partitioned table stands for its partitions too. Raises WrongInput.
    """
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise WrongInput("--tables names no table: public.orders,public.order_items, for example.")
    known = {table.identity for table in manifest.tables} | partitioned_tables(manifest)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise WrongInput("\n".join(_unknown(name, known, manifest.backup) for name in unknown))
    return frozenset(names)


def _unknown(name: str, known: set[str], backup: str) -> str:
    close = [f"public.{name}"] if f"public.{name}" in known else get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]}?" if close else " `--tables` wants schema.table."
    return f"backup {backup} has no table {name}.{hint}"
