"""What a backup consists of and what was true in its snapshot. Pure; `encode` and `decode` are its only form.

The document carries the SHA-256 of its own content: an altered manifest is refused, not believed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, cast

from containers.backup.errors import ManifestInvalid

FORMAT: Final = 1

Facts = Mapping[str, Mapping[str, str]]
"""What must be the same after a restore: kind (`indexes`, `owners`, …) → what it is of → its definition."""


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """One object of the store: its key relative to the backup, its bytes and their SHA-256 in hex."""

    key: str
    stored_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table's rows: `chunks` together hold them all, as COPY text of `columns`, each compressed by zstd.

    `checksum` is the decimal sum of a 64-bit hash of each row, so it is additive and knows no order
    (checksum.py). `copy_bytes` is their size before compression.
    """

    schema: str
    name: str
    columns: tuple[str, ...]
    rows: int
    checksum: str
    copy_bytes: int
    chunks: tuple[StoredObject, ...]

    @property
    def identity(self) -> str:
        """`schema.name`, for people; two tables never share it in practice, and nothing relies on it."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """Where a sequence stood, read after the snapshot: never behind the rows that it numbered."""

    schema: str
    name: str
    last_value: int
    is_called: bool


@dataclass(frozen=True, kw_only=True)
class LargeObjects:
    """All large objects, as one archive; `checksum` as a table's, of each one's number and content."""

    archive: StoredObject
    count: int
    checksum: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One backup. Times are ISO 8601 in UTC, sizes bytes; `source` is the host it was read from."""

    backup: str
    database: str
    database_bytes: int
    encoding: str
    collation: str
    server_version: int
    """As server_version_num: 150018 is 15.18."""
    source: str
    snapshot: str
    snapshot_at: str
    finished_at: str
    schema: StoredObject
    tables: tuple[Table, ...]
    sequences: tuple[Sequence, ...]
    large_objects: LargeObjects | None
    roles: tuple[str, ...]
    """Every role that owns something or is granted something: all must exist before a restore."""
    facts: Facts = field(default_factory=dict[str, dict[str, str]])

    @property
    def objects(self) -> tuple[StoredObject, ...]:
        """Every object but the manifest itself."""
        chunks = [chunk for table in self.tables for chunk in table.chunks]
        large = [self.large_objects.archive] if self.large_objects else []
        return (self.schema, *chunks, *large)

    @property
    def stored_bytes(self) -> int:
        """Bytes of all objects but the manifest."""
        return sum(one.stored_bytes for one in self.objects)

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)


def encode(manifest: Manifest) -> bytes:
    """Return the document, JSON in UTF-8."""
    content = asdict(manifest)
    document = {"format": FORMAT, "sha256": _digest(content), "backup": content}
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()


def decode(document: bytes, *, name: str) -> Manifest:
    """Read a document; `name` is what messages call it.

    Raises:
        ManifestInvalid: not JSON, of another format, altered, or without something that this one needs.
    """
    try:
        found = json.loads(document)
        known = found["format"]
        content = cast("dict[str, Any]", found["backup"])
        said = found["sha256"]
    except (ValueError, TypeError, KeyError) as error:
        raise ManifestInvalid(
            f"the manifest of {name} is not one: it was cut off or altered ({type(error).__name__}). "
            "Take another backup; this one proves nothing."
        ) from None
    if known != FORMAT:
        raise ManifestInvalid(
            f"the manifest of {name} has format {known}; this release reads format {FORMAT}. Restore it with "
            "the release of datatier that wrote it."
        )
    if _digest(content) != said:
        raise ManifestInvalid(f"the manifest of {name} was altered after it was written: its digest differs.")
    try:
        return _manifest(content)
    except (TypeError, KeyError, ValueError) as error:
        raise ManifestInvalid(f"the manifest of {name} lacks something that it must have: {error}.") from None


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _manifest(content: dict[str, Any]) -> Manifest:
    parsed: dict[str, Any] = {
        **content,
        "schema": StoredObject(**content["schema"]),
        "tables": tuple(_table(one) for one in content["tables"]),
        "sequences": tuple(Sequence(**one) for one in content["sequences"]),
        "roles": tuple(content["roles"]),
    }
    if large := content["large_objects"]:
        whole: dict[str, Any] = {**large, "archive": StoredObject(**large["archive"])}
        parsed["large_objects"] = LargeObjects(**whole)
    return Manifest(**parsed)


def _table(content: dict[str, Any]) -> Table:
    chunks = tuple(StoredObject(**one) for one in content["chunks"])
    parsed: dict[str, Any] = {**content, "columns": tuple(content["columns"]), "chunks": chunks}
    return Table(**parsed)
