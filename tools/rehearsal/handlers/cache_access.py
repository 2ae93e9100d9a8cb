"""AWS::ElastiCache::User and …::UserGroup: the access control list of every Redis that uses them.

Passwords go into Redis' ACL file as digests and stay in this process otherwise; the emulator keeps none.
"""

import time

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.handlers.emulated import Emulated, Outcome, Request
from tools.rehearsal.properties import Properties
from tools.rehearsal.seams import CACHE_USERS
from tools.rehearsal.workshop import Workshop
from tools.servers.redis import RedisServer
from tools.servers.redis_configuration import AclUser

USER = "AWS::ElastiCache::User"
GROUP = "AWS::ElastiCache::UserGroup"
PASSWORDS = range(1, 3)
ACTIVE_SECONDS = 60.0
POLL_SECONDS = 0.05
HONOURED_OF_USER = ("UserName", "AccessString", "Passwords", "AuthenticationMode", "NoPasswordRequired")


class CacheUser(Emulated):
    """One Redis user."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Keep the user for the groups to come."""
        outcome = super().create(request, properties)
        user = user_of(request.logical_id, properties)
        self.workshop.region.cache_users[outcome.physical_id] = user
        kind = "no-password" if user.no_password else "password"
        record = self.workshop.emulator.store(CACHE_USERS)[outcome.physical_id]
        record["Authentication"] = {"Type": kind, "PasswordCount": len(user.passwords)}
        return outcome

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change the user on every running Redis that knows it, by the API's own ModifyUser.

        Passwords that the template leaves as they are stay as they are there, whoever has changed them since.
        """
        if self.replaces(physical_id, new.get("UserId"), old, new):
            return self.create(request, new)
        user_of(request.logical_id, new)
        self._wait_until_active(physical_id)
        outcome = super().update(request, physical_id, old, new)
        self._wait_until_active(physical_id)
        return outcome

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Take the user away from every running Redis."""
        self.workshop.region.cache_users.pop(physical_id, None)
        super().delete(physical_id, properties)
        refresh(self.workshop)

    def _wait_until_active(self, physical_id: str) -> None:
        deadline = time.monotonic() + ACTIVE_SECONDS
        while self.workshop.emulator.store(CACHE_USERS)[physical_id]["Status"] != "active":
            if time.monotonic() > deadline:
                raise InvalidProperty(f"user {physical_id} has not become active in {ACTIVE_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)


class CacheUserGroup(Emulated):
    """A set of Redis users."""

    def create(self, request: Request, properties: Properties) -> Outcome:
        """Keep the group for the replication groups to come."""
        outcome = super().create(request, properties)
        return self._keep(outcome, properties)

    def update(self, request: Request, physical_id: str, old: Properties, new: Properties) -> Outcome:
        """Change who may use every running Redis of the group."""
        if self.replaces(physical_id, new.get("UserGroupId"), old, new):
            return self.create(request, new)
        outcome = self._keep(super().update(request, physical_id, old, new), new)
        refresh(self.workshop)
        return outcome

    def _keep(self, outcome: Outcome, properties: Properties) -> Outcome:
        members = properties.get("UserIds")
        users = [str(member) for member in members] if isinstance(members, list) else []
        self.workshop.region.cache_user_groups[outcome.physical_id] = users
        return outcome


def user_of(logical_id: str, properties: Properties) -> AclUser:
    """Read a user's name, access string and passwords. Raises InvalidProperty as ElastiCache refuses them."""
    mode = properties.get("AuthenticationMode")
    settings = mode if isinstance(mode, dict) else {}
    kind = str(settings.get("Type", "password"))
    if kind == "iam":
        raise InvalidProperty(f"{logical_id}: IAM authentication has nothing here to issue its tokens")
    listed = settings.get("Passwords") or properties.get("Passwords") or []
    passwords = tuple(str(password) for password in listed) if isinstance(listed, list) else ()
    no_password = (
        kind == "no-password-required" or str(properties.get("NoPasswordRequired", "")).lower() == "true"
    )
    if not no_password and len(passwords) not in PASSWORDS:
        raise InvalidProperty(
            f"{logical_id}: a user with a password has one or two of them, not {len(passwords)}"
        )
    return AclUser(
        name=str(properties.get("UserName")),
        access_string=str(properties.get("AccessString", "off -@all")),
        passwords=passwords,
        no_password=no_password,
    )


def users_of(workshop: Workshop, groups: list[str]) -> list[AclUser]:
    """Return the users of some user groups, and note that they are in force."""
    region = workshop.region
    found: list[AclUser] = []
    for group in groups:
        workshop.took_effect(GROUP, group, "loaded into Redis", "UserIds")
        for user_id in region.cache_user_groups.get(group, []):
            user = region.cache_users.get(user_id)
            if user:
                workshop.took_effect(USER, user_id, "loaded into Redis", *HONOURED_OF_USER)
                found.append(user)
    return found


def refresh(workshop: Workshop) -> None:
    """Load the users anew on every running Redis of the region."""
    with workshop.access:
        for group in list(workshop.region.cache_groups.values()):
            users = users_of(workshop, group.user_groups)
            for node in group.nodes:
                RedisServer.open(workshop.directory("redis", node)).set_users(users)
