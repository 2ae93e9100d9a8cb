"""What belongs to a table, by pg_restore's script, and in which steps it is built."""

from __future__ import annotations

from containers.backup.restore.contents import Entry, entries, listed, part, plain
from containers.backup.restore.phases import phases


def head(number: int, kind: str, name: str, *, needs: str = "", schema: str = "public") -> str:
    dependencies = f"-- Dependencies: {needs}\n" if needs else ""
    return (
        f"--\n-- TOC entry {number} (class 1259 OID {16000 + number})\n{dependencies}"
        f'-- Name: {name}; Type: {kind}; Schema: {schema}; Owner: it\'s "me"\n-- Data Pos: 0\n--\n\n'
    )


SCRIPT = "\n".join(
    (
        "--\n-- PostgreSQL database dump\n--\n\nSET row_security = off;\n",
        head(1, "TABLE", "a b", schema="Ex.t") + 'CREATE TABLE "Ex.t"."a b" (\n    id integer\n);\n\n',
        head(2, "TABLE", "other") + "CREATE TABLE public.other (\n    id integer\n);\n\n",
        head(3, "SEQUENCE", "s") + "CREATE SEQUENCE public.s\n    START WITH 1;\n\n",
        head(4, "SEQUENCE OWNED BY", "s", needs="3")
        + 'ALTER SEQUENCE public.s OWNED BY "Ex.t"."a b".id;\n\n',
        head(5, "VIEW", "v", needs="1") + 'CREATE VIEW public.v AS\n TABLE "Ex.t"."a b";\n\n',
        head(6, "INDEX", "x ON y USING z", needs="1")
        + 'CREATE INDEX "x ON y USING z" ON "Ex.t"."a b" USING btree (id);\n\n',
        head(7, "FK CONSTRAINT", "other other_fkey", needs="1 2 6")
        + 'ALTER TABLE ONLY public.other\n    ADD FOREIGN KEY (id) REFERENCES "Ex.t"."a b"(id);\n\n',
        head(8, "FK CONSTRAINT", "a b own_fkey", needs="1 2")
        + 'ALTER TABLE ONLY "Ex.t"."a b"\n    ADD FOREIGN KEY (id) REFERENCES public.other(id);\n\n',
        head(9, "COMMENT", 'INDEX "x ON y USING z"', needs="6") + "COMMENT ON INDEX x IS 'c';\n\n",
        head(10, "ACL", "SEQUENCE s", needs="3") + "GRANT ALL ON SEQUENCE public.s TO r;\n\n",
        head(11, "POLICY", "other p", needs="1 2")
        + 'CREATE POLICY p ON public.other USING ((id IN ( TABLE "Ex.t"."a b")));\n\n',
    )
)


def test_entries_are_read_with_what_they_need_and_who_owns_them() -> None:
    found = entries(SCRIPT)
    assert [entry.number for entry in found] == list(range(1, 12))
    assert found[6].dependencies == {1, 2, 6}
    assert {entry.owner for entry in found} == {'it\'s "me"'}
    assert found[0].schema == "Ex.t"


GRANT = (
    'GRANT SELECT ON TABLE public.t TO "r ""1""" WITH GRANT OPTION;\n'
    'SET SESSION AUTHORIZATION "r ""1""";\nGRANT SELECT ON TABLE public.t TO s;\n'
    "RESET SESSION AUTHORIZATION;\n"
)


def test_who_has_granted_by_a_grant_option_is_known_and_played_without_a_superuser() -> None:
    (own, others, function) = entries(
        head(1, "ACL", "TABLE o", needs="7") + "GRANT SELECT ON TABLE public.o TO s;\n"
        + head(2, "ACL", "TABLE t", needs="8") + GRANT
        + head(3, "FUNCTION", "f()") + GRANT
    )  # fmt: skip
    assert (own.grantors, others.grantors, function.grantors) == (set(), {'r "1"'}, set())
    assert 'SET ROLE "r ""1""";\nGRANT SELECT' in others.statement_of_grantors
    assert others.statement_of_grantors.endswith("RESET ROLE;\n")


def test_the_last_statement_ends_before_what_only_psql_understands() -> None:
    (one,) = entries(
        head(1, "SCHEMA", "s")
        + "CREATE SCHEMA s;\n\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict x\n"
    )
    assert one.statement.strip() == "CREATE SCHEMA s;"


def test_a_body_that_imitates_an_entry_is_noticed_by_the_list() -> None:
    numbers = listed(
        "; Archive\n;     dbname: 9; 1 2\n" + "".join(f"{n}; 1259 {n} TABLE s t o\n" for n in range(1, 12))
    )
    assert numbers == tuple(range(1, 12))
    assert plain(entries(SCRIPT), numbers)
    for number in (7, 99):
        assert not plain(entries(SCRIPT + head(number, "COMMENT", "EXTENSION x")), numbers)


def test_a_table_brings_its_own_and_leaves_what_is_others() -> None:
    chosen = part(entries(SCRIPT), ["Ex.t.a b"])
    assert chosen.numbers == {1, 3, 4, 6, 8, 9, 10}
    assert dict(chosen.tables) == {("Ex.t", "a b"): '"Ex.t"."a b"'}
    assert chosen.sequences == {("public", "s")}
    assert chosen.left_out == (
        "fk constraint public.other other_fkey",
        "policy public.other p",
        "view public.v",
    )


def test_a_table_that_is_not_there_is_not_chosen() -> None:
    assert part(entries(SCRIPT), ["public.a b"]).tables == {}


def entry(number: int, kind: str, *needs: int) -> Entry:
    return Entry(
        number=number,
        kind=kind,
        name="n",
        schema="s",
        owner="o",
        dependencies=frozenset(needs),
        statement="",
    )


def test_only_what_touches_no_partitions_is_built_together() -> None:
    attach = entry(3, "TABLE ATTACH", 1, 2)
    after = [
        entry(10, "CONSTRAINT", 1),
        entry(11, "CONSTRAINT", 2),
        entry(12, "INDEX ATTACH", 10, 11),
        entry(13, "FK CONSTRAINT", 2, 4),
        entry(14, "FK CONSTRAINT", 4, 5),
        entry(15, "MATERIALIZED VIEW", 11),
        entry(16, "INDEX", 15),
        entry(17, "TRIGGER", 4),
    ]
    steps = phases(after, attaching=[], every=[attach])
    assert [([one.number for one in step.entries], step.together) for step in steps] == [
        ([10, 11], True),
        ([12], False),
        ([14], True),
        ([13, 15, 16, 17], False),
    ]
