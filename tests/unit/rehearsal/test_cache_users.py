"""What ModifyUser takes and refuses, and how a user is described whatever its access string holds."""

from typing import cast
from xml.etree import ElementTree as ET

import pytest

from tools.rehearsal.services.cache_users import Change, UserRefused, user_xml
from tools.servers.redis_configuration import AclUser

FIRST, SECOND = "first-password-1", "second-password-2"
USER = AclUser(name="app", access_string="on ~app:* +@all", passwords=(FIRST,))


def test_passwords_come_one_by_one_as_the_api_and_as_templates_send_them() -> None:
    sent = {"Passwords.member.1": [SECOND], "Passwords.member.2": [FIRST]}
    declared = {
        "AuthenticationMode.Type": "password",
        "AuthenticationMode.Passwords.member.1": SECOND,
        "AuthenticationMode.Passwords.member.2": FIRST,
    }
    for query in (sent, declared):
        assert Change.read(query).applied(USER).passwords == (SECOND, FIRST)


def test_what_is_not_asked_for_stays() -> None:
    assert Change.read({"AccessString": "on ~* +@all"}).applied(USER) == AclUser(
        name="app", access_string="on ~* +@all", passwords=(FIRST,)
    )
    assert Change.read({"Passwords.member.1": SECOND}).applied(USER).access_string == USER.access_string


def test_a_user_may_go_without_a_password() -> None:
    changed = Change.read({"NoPasswordRequired": "true"}).applied(USER)
    assert (changed.passwords, changed.no_password) == ((), True)
    back = Change.read({"Passwords.member.1": FIRST}).applied(changed)
    assert (back.passwords, back.no_password) == ((FIRST,), False)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({f"Passwords.member.{number}": FIRST for number in (1, 2, 3)}, "InvalidParameterValue"),
        ({"Passwords.member.1": "fifteen letters"}, "InvalidParameterValue"),
        ({"Passwords.member.1": "x" * 129}, "InvalidParameterValue"),
        ({"Passwords.member.1": FIRST, "NoPasswordRequired": "true"}, "InvalidParameterCombination"),
        ({"AuthenticationMode.Type": "iam"}, "InvalidParameterValue"),
    ],
)
def test_what_elasticache_refuses_is_refused(query: dict[str, object], code: str) -> None:
    with pytest.raises(UserRefused) as refused:
        Change.read(query)
    assert refused.value.code == code
    assert FIRST not in str(refused.value)


def test_a_description_is_xml_whatever_the_access_string_holds() -> None:
    user: dict[str, object] = {
        "UserId": "app", "UserName": "app", "Status": "active", "Engine": "redis", "ARN": "arn",
        "AccessString": "on ~a:<b> &app:* +@all", "UserGroupIds": ["users"],
        "Authentication": {"Type": "password", "PasswordCount": 2},
    }  # fmt: skip
    described = ET.fromstring(f"<User>{user_xml(user)}</User>")  # noqa: S314  # our own text
    found = {element.tag: element.text for element in described.iter()}
    assert found["AccessString"] == user["AccessString"]
    assert (found["PasswordCount"], found["member"]) == ("2", cast("list[str]", user["UserGroupIds"])[0])
