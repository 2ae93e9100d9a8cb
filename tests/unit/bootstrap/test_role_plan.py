"""A role plan is the difference between what is and the design, and nothing more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lambdas.bootstrap.roles.design import (
    OWNER,
    PUBLIC,
    READONLY,
    READWRITE,
    Role,
    designed_roles,
    privileges,
)
from lambdas.bootstrap.roles.observed import DefaultGrant, Grant, Membership, Observed, RoleRow, Target
from lambdas.bootstrap.roles.plan import Plan, plan_grants, plan_roles
from lambdas.bootstrap.roles.statements import (
    ChangeDefault,
    ChangeGrant,
    ChangeMembership,
    DefineRole,
    ResetSetting,
    Statement,
)

DESIGN = designed_roles(iam_logins={"engineer": "readonly"}, clones=frozenset({"app_clone"}))
NOTES = Target("table", "public", "notes")
LEDGER = Target("table", "public", "_prisma_migrations")


def row(role: Role) -> RoleRow:
    return RoleRow(
        name=role.name, login=role.login, inherit=True, createdb=False, createrole=False, connection_limit=-1,
        expires=False, superuser=False, replication=False, bypassrls=False, settings=role.settings, here={},
    )  # fmt: skip


def as_designed(*targets: Target) -> Observed:
    memberships = {
        Membership(role, member.name, admin=False) for member in DESIGN for role in member.member_of
    }
    return Observed(
        database="app",
        master="datatier_master",
        roles={role.name: row(role) for role in DESIGN},
        memberships=frozenset(memberships | {Membership(OWNER, "datatier_master", admin=False)}),
        public_schema_owner=OWNER,
        grants={
            target: frozenset(
                Grant(grantee, privilege)
                for grantee, granted in privileges(target.kind, name=target.name).items()
                for privilege in granted
            )
            for target in targets
        },
        default_grants=frozenset(
            DefaultGrant("", kind, grantee, privilege)
            for kind in ("schema", "table", "sequence", "function", "type")
            for grantee, granted in privileges(kind, name="").items()
            if grantee in (READWRITE, READONLY, PUBLIC)
            for privilege in granted
        ),
    )


def changed(
    observed: Observed, target: Target, *, without: set[Grant] | None = None, more: set[Grant]
) -> Observed:
    """The same with other grants on one object."""
    held = (observed.grants[target] - (without or set())) | more
    return replace(observed, grants={**observed.grants, target: held})


def statements(observed: Observed) -> tuple[Statement, ...]:
    return (
        *plan_roles(design=DESIGN, observed=observed).statements,
        *plan_grants(design=DESIGN, observed=observed).statements,
    )


def test_a_database_as_designed_needs_nothing() -> None:
    plan = plan_roles(design=DESIGN, observed=as_designed(NOTES, LEDGER))
    assert (plan.statements, plan.drift) == ((), ())
    assert plan_grants(design=DESIGN, observed=as_designed(NOTES, LEDGER)) == Plan(statements=(), drift=())


def test_an_empty_server_gets_roles_before_their_memberships() -> None:
    empty = replace(as_designed(), roles={}, memberships=frozenset())
    planned = plan_roles(design=DESIGN, observed=empty)
    kinds = [type(statement) for statement in planned.statements]
    assert kinds.index(ChangeMembership) > len(kinds) - 1 - kinds[::-1].index(DefineRole)
    assert planned.created == {role.name for role in DESIGN}


def test_a_membership_made_by_hand_is_ended_and_a_clones_in_its_original_is_not() -> None:
    observed = as_designed()
    extra = {Membership(OWNER, "app", admin=False), Membership("app", "app_clone", admin=False)}
    spoiled = replace(observed, memberships=observed.memberships | extra)
    assert statements(spoiled) == (ChangeMembership(give=False, role=OWNER, member="app"),)


def test_a_membership_that_could_be_handed_on_loses_only_that() -> None:
    observed = as_designed()
    present = Membership(READWRITE, "app", admin=False)
    spoiled = replace(observed, memberships=observed.memberships - {present} | {present._replace(admin=True)})
    assert statements(spoiled) == (
        ChangeMembership(give=False, role=READWRITE, member="app", admin_option_only=True),
    )


def test_people_who_are_no_longer_listed_are_shut_out_and_others_of_rds_iam_are_not() -> None:
    observed = as_designed()
    others = {
        Membership("rds_iam", "former", admin=False),
        Membership(READONLY, "former", admin=False),
        Membership("rds_iam", "of_another_team", admin=False),
    }
    spoiled = replace(observed, memberships=observed.memberships | others)
    assert set(statements(spoiled)) == {
        ChangeMembership(give=False, role="rds_iam", member="former"),
        ChangeMembership(give=False, role=READONLY, member="former"),
    }


def test_settings_of_this_database_alone_are_reset_too() -> None:
    observed = as_designed()
    app = replace(observed.roles["app"], here={"search_path": "evil"})
    assert statements(replace(observed, roles={**observed.roles, "app": app})) == (
        ResetSetting("app", None, "app"),
    )


def test_a_role_that_only_a_superuser_may_alter_is_left_alone_and_told() -> None:
    observed = as_designed()
    app = replace(observed.roles["app"], superuser=True, createdb=True)
    plan = plan_roles(design=DESIGN, observed=replace(observed, roles={**observed.roles, "app": app}))
    assert plan.statements == ()
    assert plan.drift == ("role app has SUPERUSER, which only a superuser can take away",)


def test_a_privilege_with_grant_option_is_taken_before_it_is_given_back() -> None:
    observed = as_designed(NOTES)
    held = Grant(READWRITE, "SELECT")
    spoiled = changed(observed, NOTES, without={held}, more={held._replace(grantable=True)})
    assert statements(spoiled) == (
        ChangeGrant(give=False, kind="table", targets=(NOTES,), privileges=("SELECT",), grantee=READWRITE),
        ChangeGrant(give=True, kind="table", targets=(NOTES,), privileges=("SELECT",), grantee=READWRITE),
    )


def test_what_falls_with_a_privilege_that_was_passed_on_is_given_again_by_the_owner() -> None:
    observed = as_designed(NOTES)
    designed = Grant(READONLY, "SELECT")
    passed_on = {Grant("app", "SELECT", grantable=True), designed._replace(grantor="app")}
    spoiled = changed(observed, NOTES, without={designed}, more=passed_on)
    assert statements(spoiled) == (
        ChangeGrant(give=False, kind="table", targets=(NOTES,), privileges=("SELECT",), grantee="app"),
        ChangeGrant(give=True, kind="table", targets=(NOTES,), privileges=("SELECT",), grantee=READONLY),
    )


def test_a_privilege_on_columns_is_taken_without_the_one_on_the_table() -> None:
    observed = as_designed(NOTES)
    on_columns = Grant(READONLY, "SELECT", on_columns=True)
    assert statements(changed(observed, NOTES, more={on_columns})) == (
        ChangeGrant(give=False, kind="table", targets=(NOTES,), privileges=("SELECT",), grantee=READONLY),
        ChangeGrant(give=True, kind="table", targets=(NOTES,), privileges=("SELECT",), grantee=READONLY),
    )


def test_what_a_stranger_passed_on_is_told_and_left_alone() -> None:
    observed = as_designed(NOTES)
    passed_on = Grant("app", "TRUNCATE", grantor="stranger")
    harmless = Grant(READONLY, "SELECT", grantor="stranger")
    plan = plan_grants(design=DESIGN, observed=changed(observed, NOTES, more={passed_on, harmless}))
    assert plan.statements == ()
    (drift,) = plan.drift
    assert drift.startswith("role app has TRUNCATE on table notes from stranger, who is not in the design")


def test_objects_that_need_the_same_change_share_a_statement() -> None:
    others = [Target("table", "public", f"t{number}") for number in range(3)]
    observed = replace(as_designed(), grants=dict.fromkeys(others, frozenset[Grant]()))
    assert len(statements(observed)) == len(privileges("table", name="t0"))


def test_the_application_gets_nothing_on_the_record_of_migrations() -> None:
    observed = as_designed(LEDGER)
    spoiled = changed(observed, LEDGER, more={Grant(READWRITE, "DELETE"), Grant("app", "SELECT")})
    assert {statement.grantee for statement in statements(spoiled) if isinstance(statement, ChangeGrant)} == {
        READWRITE, "app",
    }  # fmt: skip


def test_grants_to_roles_outside_the_design_are_not_judged() -> None:
    observed = as_designed(NOTES)
    assert statements(changed(observed, NOTES, more={Grant("somebody", "SELECT")})) == ()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            DefineRole(create=True, name='a"b', login=True),
            'CREATE ROLE "a""b" LOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1',
        ),
        (ResetSetting("app", None, "d"), 'ALTER ROLE "app" IN DATABASE "d" RESET ALL'),
        (
            ChangeGrant(
                give=False, kind="function", targets=(Target("function", "s", "f", "a integer"),),
                privileges=("EXECUTE",), grantee="public",
            ),
            'REVOKE EXECUTE ON ROUTINE "s"."f"(a integer) FROM PUBLIC CASCADE',
        ),
        (
            ChangeDefault(
                give=True, owner="o", schema="s", kind="table", privileges=("SELECT",), grantee="g",
            ),
            'ALTER DEFAULT PRIVILEGES FOR ROLE "o" IN SCHEMA "s" GRANT SELECT ON TABLES TO "g"',
        ),
    ],
)  # fmt: skip
def test_names_are_always_quoted(statement: Statement, expected: str) -> None:
    assert statement.as_sql().as_string() == expected
