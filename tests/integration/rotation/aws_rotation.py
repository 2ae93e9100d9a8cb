"""Alternating users as Secrets Manager's own function rotates them, by its documented behaviour.

The function itself is not part of this project. Source: Secrets Manager guide, "Rotation strategy:
alternating users" and "Secrets Manager rotation function templates", PostgreSQL.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from lambdas.common.secrets_manager import CURRENT, PENDING

if TYPE_CHECKING:
    from tests.integration.rotation.ground import Ground


def rotate_as_aws_does(ground: Ground, login: str, *, master: str) -> None:
    """Rotate one login whose document names the secret of its master."""
    memory = ground.memory
    token = memory.begin(login)
    current = json.loads(memory.read(login, stage=CURRENT) or "")
    name = current["username"]
    other = name.removesuffix("_clone") if name.endswith("_clone") else f"{name}_clone"
    pending = current | {"username": other, "password": secrets.token_urlsafe(24)}
    memory.put_pending(login, token, json.dumps(pending))
    with _connected(ground, json.loads(memory.read(master, stage=CURRENT) or "")) as session:
        password = sql.Literal(pending["password"])
        if session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [other]).fetchall():
            alter = sql.SQL("ALTER USER {} WITH PASSWORD {}")
            session.execute(alter.format(sql.Identifier(other), password))
        else:
            create = sql.SQL("CREATE ROLE {} WITH LOGIN PASSWORD {}")
            session.execute(create.format(sql.Identifier(other), password))
            grant = sql.SQL("GRANT {} TO {}")
            session.execute(grant.format(sql.Identifier(name), sql.Identifier(other)))
    _connected(ground, json.loads(memory.read(login, stage=PENDING) or "")).close()
    memory.make_current(login, token, instead_of=memory.describe(login).version(CURRENT))
    memory.complete(login)


def _connected(ground: Ground, document: dict[str, str]) -> psycopg.Connection:
    return ground.tier.database.connect(document["username"], document["password"])
