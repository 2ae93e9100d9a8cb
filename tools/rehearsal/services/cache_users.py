"""ElastiCache's ModifyUser, whose passwords and access string reach every running Redis, and DescribeUsers.

Source: ElastiCache API reference, "ModifyUser"; ElastiCache guide, "Role-Based Access Control". Passwords go
into Redis' access control list and nowhere else.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast
from xml.sax.saxutils import escape

from tools.rehearsal.handlers.cache_access import refresh
from tools.rehearsal.seams import (
    CACHE_ANSWER,
    CACHE_ERROR,
    CACHE_USER_MODIFY,
    CACHE_USER_XML,
    CACHE_USERS,
    SPAWN,
    Record,
)
from tools.rehearsal.services.answers import Answer
from tools.rehearsal.workshop import Workshop
from tools.servers.redis_configuration import AclUser

MODIFYING_SECONDS = 1.0
"""How long a change takes; half of it passes before the change is in force. AWS takes longer."""

ACTIVE = "active"
PASSWORD_LENGTHS = range(16, 129)
MOST_PASSWORDS = 2
NO_PASSWORD = "no-password-required"  # noqa: S105  # a kind of authentication


class UserRefused(Exception):
    """ElastiCache refuses the change; `code` is its error's name."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Change:
    """What ModifyUser asks for; None leaves what there is."""

    access_string: str | None
    passwords: tuple[str, ...] | None
    no_password: bool

    @classmethod
    def read(cls, query: Mapping[str, object]) -> "Change":
        """Read the parameters. Raises UserRefused."""
        passwords = _numbered(query, "Passwords") or _numbered(query, "AuthenticationMode.Passwords")
        kind = _text(query, "AuthenticationMode.Type")
        no_password = kind == NO_PASSWORD or _text(query, "NoPasswordRequired").lower() == "true"
        if no_password and passwords:
            raise UserRefused(
                "InvalidParameterCombination", "No password required flag is true while passwords are given"
            )
        if kind == "iam":
            raise UserRefused(
                "InvalidParameterValue", "IAM authentication has nothing here to issue its tokens"
            )
        if len(passwords) > MOST_PASSWORDS:
            raise UserRefused("InvalidParameterValue", f"A user has at most {MOST_PASSWORDS} passwords")
        if any(len(password) not in PASSWORD_LENGTHS for password in passwords):
            raise UserRefused("InvalidParameterValue", "Passwords must be 16 to 128 characters long")
        return cls(
            access_string=_text(query, "AccessString") or None,
            passwords=passwords or (() if no_password else None),
            no_password=no_password,
        )

    def applied(self, user: AclUser) -> AclUser:
        """Return the user as it is afterwards."""
        changed = replace(user, access_string=self.access_string or user.access_string)
        if self.passwords is None:
            return changed
        return replace(changed, passwords=self.passwords, no_password=self.no_password)


def correct_users(workshop: Workshop) -> None:
    """Put ModifyUser, and how a user is described, in place."""
    emulator = workshop.emulator

    def modify(query: Mapping[str, object]) -> Answer:
        user_id = _text(query, "UserId")
        try:
            record = _active(emulator.store(CACHE_USERS).get(user_id), user_id)
            change = Change.read(query)
        except UserRefused as error:
            return cast("Answer", emulator.call(CACHE_ERROR, error.code, str(error), error.status))
        record["Status"] = "modifying"
        emulator.call(SPAWN, _apply, workshop, user_id, record, change)
        inner = f"<ModifyUserResult>{user_xml(record)}</ModifyUserResult>"
        return cast("Answer", emulator.call(CACHE_ANSWER, 200, "ModifyUserResponse", inner))

    emulator.replace(CACHE_USER_MODIFY, modify)
    emulator.replace(CACHE_USER_XML, user_xml)


def user_xml(user: Record) -> str:
    """Describe a user; access strings are full of what XML has to be spared."""
    authentication = cast("Record", user.get("Authentication") or {})
    groups = "".join(f"<member>{_safe(group)}</member>" for group in cast("list[str]", user["UserGroupIds"]))
    return (
        f"<UserId>{_safe(user['UserId'])}</UserId>"
        f"<UserName>{_safe(user['UserName'])}</UserName>"
        f"<Status>{_safe(user['Status'])}</Status>"
        f"<Engine>{_safe(user['Engine'])}</Engine>"
        "<MinimumEngineVersion>6.0</MinimumEngineVersion>"
        f"<AccessString>{_safe(user['AccessString'])}</AccessString>"
        f"<UserGroupIds>{groups}</UserGroupIds>"
        f"<Authentication><Type>{_safe(authentication.get('Type', 'no-password'))}</Type>"
        f"<PasswordCount>{_safe(authentication.get('PasswordCount', 0))}</PasswordCount></Authentication>"
        f"<ARN>{_safe(user['ARN'])}</ARN>"
    )


def _active(record: Record | None, user_id: str) -> Record:
    if record is None:
        raise UserRefused("UserNotFound", f"User {user_id} not found", status=404)
    if record["Status"] != ACTIVE:
        raise UserRefused("InvalidUserState", f"User {user_id} is {record['Status']}, not {ACTIVE}")
    return record


def _apply(workshop: Workshop, user_id: str, record: Record, change: Change) -> None:
    """Bring the change to every Redis of the user's groups; meanwhile both old and new may be in force."""
    try:
        time.sleep(MODIFYING_SECONDS / 2)
        users = workshop.region.cache_users
        if user := users.get(user_id):
            users[user_id] = change.applied(user)
            refresh(workshop)
        if change.access_string:
            record["AccessString"] = change.access_string
        if change.passwords is not None:
            kind = "no-password" if change.no_password else "password"
            record["Authentication"] = {"Type": kind, "PasswordCount": len(change.passwords)}
        time.sleep(MODIFYING_SECONDS / 2)
    finally:
        record["Status"] = ACTIVE


def _numbered(query: Mapping[str, object], name: str) -> tuple[str, ...]:
    found: list[str] = []
    while value := _text(query, f"{name}.member.{len(found) + 1}"):
        found.append(value)
    return tuple(found)


def _text(query: Mapping[str, object], name: str) -> str:
    value = query.get(name, "")
    return str(cast("list[object]", value)[0] if isinstance(value, list) else value)


def _safe(value: object) -> str:
    return escape(str(value))
