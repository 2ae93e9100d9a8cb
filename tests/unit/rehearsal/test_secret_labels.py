"""A label is on one version of a secret, and a version without a value cannot be read."""

import pytest

from tools.rehearsal.services.answers import Refused
from tools.rehearsal.services.labels import Version, blank, holder, keep, remove, take, unfinished, versions
from tools.rehearsal.services.secret_values import check_readable, put_before

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


def version(*labels: str, text: str | None = "text") -> Version:
    return Version(SecretString=text, SecretBinary=None, CreatedDate=0, Stages=list(labels))


def secret(**known: Version) -> dict[str, object]:
    return {"ARN": "arn", "Versions": dict(known)}


def test_a_label_moves_to_the_version_that_is_kept_last() -> None:
    one = secret(a=version(CURRENT), b=version(PENDING))
    before = versions(one)
    keep(one, "c", blank(created=1))
    assert (holder(one, PENDING), holder(one, CURRENT)) == ("c", "a")
    assert before["b"]["Stages"] == [PENDING]  # whoever reads meanwhile goes on reading what was


def test_a_rotation_is_unfinished_while_a_version_is_pending_that_is_not_current() -> None:
    assert unfinished(secret(a=version(CURRENT), b=version(PENDING))) == "b"
    assert unfinished(secret(a=version(CURRENT, PENDING))) is None
    assert unfinished(secret(a=version(CURRENT))) is None
    assert unfinished(secret(b=version(PENDING))) == "b"


def test_labels_and_versions_can_be_taken_away() -> None:
    one = secret(a=version(CURRENT, PENDING), b=version())
    take(one, "a", PENDING)
    remove(one, "b")
    assert versions(one) == {"a": version(CURRENT)}


@pytest.mark.parametrize(
    "which",
    [{"VersionId": "b"}, {"VersionStage": PENDING}, {"VersionId": "b", "VersionStage": PENDING}],
)
def test_a_version_without_a_value_is_not_found(which: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        check_readable(secret(a=version(CURRENT), b=blank(created=0)), which)
    assert refused.value.code == "ResourceNotFoundException"


def test_a_version_is_not_read_by_a_label_that_it_has_not() -> None:
    one = secret(a=version(CURRENT), b=version(PENDING))
    check_readable(one, {"VersionId": "b", "VersionStage": PENDING})
    with pytest.raises(Refused) as refused:
        check_readable(one, {"VersionId": "a", "VersionStage": PENDING})
    assert refused.value.code == "InvalidRequestException"


def test_the_same_request_may_come_again_and_another_value_may_not() -> None:
    one = secret(a=version(CURRENT), b=version(PENDING, text="two"), c=blank(created=0))
    assert put_before(one, {"ClientRequestToken": "b", "SecretString": "two"}) == version(PENDING, text="two")
    assert put_before(one, {"ClientRequestToken": "c", "SecretString": "three"}) is None
    assert put_before(one, {"ClientRequestToken": "d", "SecretString": "four"}) is None
    with pytest.raises(Refused) as refused:
        put_before(one, {"ClientRequestToken": "b", "SecretString": "three"})
    assert refused.value.code == "ResourceExistsException"
    assert "two" not in str(refused.value)
