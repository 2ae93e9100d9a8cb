"""What a schema's archive contains, by pg_restore's own script of it, and what restores which table.

Pure. An entry is known by its number alone, whatever its name holds.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

_HEAD: Final = re.compile(
    r"^--\n-- TOC entry (?P<number>\d+) \(class \d+ OID \d+\)\n"
    r"(?:-- Dependencies: (?P<dependencies>[\d ]+)\n)?"
    r"-- Name: (?P<name>.*); Type: (?P<kind>[A-Z ]+); Schema: (?P<schema>.*); "
    r"Owner: (?P<owner>.*?)(?:; Tablespace: .*)?\n(?:-- Data Pos: \d+\n)?--\n",
    re.MULTILINE,
)
_LISTED: Final = re.compile(r"^(\d+); \d+ \d+ ", re.MULTILINE)
_END: Final = "\n--\n-- PostgreSQL database dump complete\n--\n"
_NAME: Final = r'(?:"(?:[^"]|"")+"|[^\s".(]+)'
_AS: Final = re.compile(rf"^SET SESSION AUTHORIZATION ({_NAME});$", re.MULTILINE)
_AS_ITSELF: Final = re.compile(r"^RESET SESSION AUTHORIZATION;$", re.MULTILINE)

Name = tuple[str, str]
"""Schema and name, without quotes."""

_PARTS: Final = {
    "DEFAULT": r"ALTER TABLE (?:ONLY )?{table}\s",
    "CONSTRAINT": r"ALTER TABLE (?:ONLY )?{table}\s",
    "CHECK CONSTRAINT": r"ALTER TABLE (?:ONLY )?{table}\s",
    "FK CONSTRAINT": r"ALTER TABLE (?:ONLY )?{table}\s",
    "ROW SECURITY": r"ALTER TABLE (?:ONLY )?{table}\s",
    "INDEX": r"CREATE (?:UNIQUE )?INDEX {name} ON (?:ONLY )?{table} USING",
    "POLICY": r"CREATE POLICY {name} ON {table}\s",
    "RULE": r"CREATE RULE {name} AS\s+ON \w+ TO {table}\s",
    "TABLE ATTACH": r"ALTER TABLE ONLY {name}\.{name} ATTACH PARTITION {table}\s",
    "TRIGGER": "",
    "STATISTICS": "",
}
"""What belongs to a table: entries that depend on it and, where others' may too, are statements about it."""

_ATTACHED: Final = frozenset({"ACL", "COMMENT", "SECURITY LABEL", "INDEX ATTACH"})
"""What belongs to whatever it depends on."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of the archive; `schema` and `owner` are as pg_restore shows them, "-" for none."""

    number: int
    kind: str
    name: str
    schema: str
    owner: str
    dependencies: frozenset[int]
    statement: str

    @property
    def title(self) -> str:
        """The entry, for people."""
        where = "" if self.schema == "-" else f"{self.schema}."
        return f"{self.kind.lower()} {where}{self.name}"

    @property
    def grants(self) -> bool:
        """Whether it is of rights alone."""
        return self.kind in {"ACL", "DEFAULT ACL"}

    @property
    def grantors(self) -> frozenset[str]:
        """Who grants in it by a grant option, and not as the owner."""
        return frozenset(map(_unquoted, _AS.findall(self.statement))) if self.grants else frozenset()

    @property
    def statement_of_grantors(self) -> str:
        """Its statement for who is a member of them: only a superuser may become another session's user."""
        return _AS_ITSELF.sub("RESET ROLE;", _AS.sub(r"SET ROLE \1;", self.statement))


@dataclass(frozen=True, kw_only=True)
class Part:
    """What restores some tables: numbers of entries, the sequences among them, and what stays away."""

    numbers: frozenset[int]
    tables: Mapping[Name, str]
    """With each name as a statement has it; of a partitioned table its partitions too."""
    sequences: frozenset[Name]
    left_out: tuple[str, ...]


def entries(script: str) -> tuple[Entry, ...]:
    """Read what `pg_restore --verbose --file=-` prints. A body may imitate an entry: see `plain`."""
    heads = list(_HEAD.finditer(script))
    end = script.rfind(_END)  # psql's own words come after it
    ends = [*(head.start() for head in heads[1:]), len(script) if end < 0 else end]
    return tuple(
        Entry(
            number=int(head["number"]),
            kind=head["kind"],
            name=head["name"],
            schema=head["schema"],
            owner=head["owner"],
            dependencies=frozenset(int(one) for one in (head["dependencies"] or "").split()),
            statement=script[head.end() : end],
        )
        for head, end in zip(heads, ends, strict=False)
    )


def listed(listing: str) -> tuple[int, ...]:
    """Read the numbers that `pg_restore --list` prints. It has a line for each entry, whatever its name."""
    return tuple(int(number) for number in _LISTED.findall(listing))


def plain(found: Collection[Entry], numbers: Collection[int]) -> bool:
    """Whether what was read is what is listed, each once: no body of a function imitates an entry."""
    return sorted(entry.number for entry in found) == sorted(numbers)


def part(contents: Iterable[Entry], wanted: Collection[str]) -> Part:
    """Choose what restores the tables called `schema.name`. What is not there is not in `Part.tables`."""
    by_number = {entry.number: entry for entry in contents}
    every = {number: quoted for number, entry in by_number.items() if (quoted := _table(entry))}
    tables = {number: quoted for number, quoted in every.items() if ".".join(_name(quoted)) in wanted}
    tables = _with_partitions(by_number.values(), every, tables)
    numbers = set(tables)
    while taken := {
        entry.number
        for entry in by_number.values()
        if entry.number not in numbers and _belongs(entry, by_number, numbers, tables.values())
    }:
        numbers |= taken
    left_out = [e.title for e in by_number.values() if e.number not in numbers and e.dependencies & numbers]
    sequences = [quoted for number in numbers if (quoted := _sequence(by_number[number]))]
    return Part(
        numbers=frozenset(numbers),
        tables={_name(quoted): quoted for quoted in tables.values()},
        sequences=frozenset(map(_name, sequences)),
        left_out=tuple(sorted(left_out)),
    )


def _table(entry: Entry) -> str:
    return _found(rf"CREATE (?:UNLOGGED )?TABLE ({_NAME}\.{_NAME})\s", entry) if entry.kind == "TABLE" else ""


def _sequence(entry: Entry) -> str:
    if entry.kind != "SEQUENCE":
        return ""
    return _found(rf"(?:CREATE SEQUENCE|SEQUENCE NAME) ({_NAME}\.{_NAME})\s", entry)


def _found(pattern: str, entry: Entry) -> str:
    found = re.search(pattern, entry.statement)
    return found[1] if found else ""


def _name(quoted: str) -> Name:
    """Undo the quotes of a name of two parts."""
    schema, name = re.findall(_NAME, quoted)
    return _unquoted(schema), _unquoted(name)


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _with_partitions(
    contents: Collection[Entry], every: Mapping[int, str], tables: Mapping[int, str]
) -> dict[int, str]:
    found = dict(tables)
    while True:
        parents = [re.escape(quoted) for quoted in found.values()]
        more = {
            number: every[number]
            for entry in contents
            if entry.kind == "TABLE ATTACH"
            and any(re.search(rf"ALTER TABLE ONLY {parent} ATTACH", entry.statement) for parent in parents)
            for number in entry.dependencies
            if number in every and number not in found
        }
        if not more:
            return found
        found |= more


def _belongs(
    entry: Entry, by_number: Mapping[int, Entry], numbers: set[int], quoted: Collection[str]
) -> bool:
    if entry.kind == "SEQUENCE OWNED BY":  # of its sequence alone it tells that it depends
        return any(f" OWNED BY {table}." in entry.statement for table in quoted)
    if entry.kind == "SEQUENCE":  # a part of an identity column, or owned by a column
        owned = any(
            one.number in numbers and entry.number in one.dependencies
            for one in by_number.values()
            if one.kind == "SEQUENCE OWNED BY"
        )
        return owned or (bool(entry.dependencies & numbers) and "ADD GENERATED" in entry.statement)
    if not entry.dependencies & numbers:
        return False
    if entry.kind in _ATTACHED:
        return True
    pattern = _PARTS.get(entry.kind)
    if not pattern:
        return pattern is not None
    return any(
        re.search(pattern.format(table=re.escape(table), name=_NAME), entry.statement) for table in quoted
    )
