"""The settings of a bucket as S3's API has them, made from a template's. Pure.

Source: CloudFormation reference, "AWS::S3::Bucket", beside S3's API reference. A rule's key that is not known
here is refused: it would be lost without a word.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.properties import Value

Document: TypeAlias = dict[str, object]

_RULE = {"Id": "ID", "Status": "Status", "AbortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload"}
_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_FILTER = {"Prefix", "TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"}
_MOVES = {"Transitions": "Days", "NoncurrentVersionTransitions": "NoncurrentDays"}
_NONCURRENT = "NoncurrentVersionExpiration"
_REPLICATION_RULE = {
    "Id": "ID",
    **{name: name for name in ("Status", "Priority", "Prefix", "DeleteMarkerReplication", "Destination")},
    **{name: name for name in ("SourceSelectionCriteria", "ExistingObjectReplication")},
}


def versioning(value: Value) -> Document:
    """VersioningConfiguration."""
    return {"VersioningConfiguration": value}


def object_lock(value: Value) -> Document:
    """ObjectLockConfiguration."""
    return {"ObjectLockConfiguration": plain(value)}


def encryption(value: Value) -> Document:
    """BucketEncryption."""
    rules = [
        {
            ("ApplyServerSideEncryptionByDefault" if name == "ServerSideEncryptionByDefault" else name): one
            for name, one in rule.items()
        }
        for rule in _rules(value, "ServerSideEncryptionConfiguration")
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": plain(cast("Value", rules))}}


def tagging(value: Value) -> Document:
    """Tags."""
    return {"Tagging": {"TagSet": value}}


def ownership(value: Value) -> Document:
    """OwnershipControls."""
    return {"OwnershipControls": value}


def logging(value: Value) -> Document:
    """LoggingConfiguration; nothing in it turns it off."""
    found = _mapping(value)
    target = found.get("DestinationBucketName")
    if not target:
        return {"BucketLoggingStatus": {}}
    enabled = {"TargetBucket": target, "TargetPrefix": found.get("LogFilePrefix") or ""}
    return {"BucketLoggingStatus": {"LoggingEnabled": enabled}}


def lifecycle(value: Value) -> Document:
    """LifecycleConfiguration. Raises InvalidProperty."""
    return {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in _rules(value, "Rules")]}}


def replication(value: Value) -> Document:
    """ReplicationConfiguration. Raises InvalidProperty."""
    rules: list[Document] = []
    for rule in _rules(value, "Rules"):
        _check(rule, {*_REPLICATION_RULE, "Filter"}, "ReplicationConfiguration")
        found = {_REPLICATION_RULE[name]: plain(one) for name, one in rule.items() if name != "Filter"}
        if "Filter" in rule:
            found["Filter"] = _replication_filter(_mapping(rule["Filter"]))
        rules.append(found)
    return {"ReplicationConfiguration": {"Role": _mapping(value).get("Role"), "Rules": rules}}


def plain(value: Value) -> object:
    """Return a value whose numbers and booleans are such, however the template has written them."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < _ACCOUNT else value


_ACCOUNT = 12
"""The digits of an account's id, which is no number."""


def _lifecycle_rule(rule: Mapping[str, Value]) -> Document:
    _check(rule, {*_RULE, *_EXPIRATION, *_FILTER, *_MOVES, _NONCURRENT}, "LifecycleConfiguration")
    found: Document = {_RULE[name]: plain(one) for name, one in rule.items() if name in _RULE}
    found["Filter"] = _lifecycle_filter(rule)
    if expiration := {api: plain(rule[name]) for name, api in _EXPIRATION.items() if name in rule}:
        found["Expiration"] = expiration
    if _NONCURRENT in rule:
        found[_NONCURRENT] = plain(rule[_NONCURRENT])
    for name, days in _MOVES.items():
        if name in rule:
            moves = cast("list[Mapping[str, Value]]", rule[name])
            found[name] = [
                {(days if key == "TransitionInDays" else key): plain(one) for key, one in move.items()}
                for move in moves
            ]
    return found


def _lifecycle_filter(rule: Mapping[str, Value]) -> Document:
    wanted: Document = {name: plain(rule[name]) for name in _FILTER if name in rule}
    if "TagFilters" in wanted:
        wanted["Tags"] = wanted.pop("TagFilters")
    if len(wanted) > 1 or "Tags" in wanted:
        return {"And": wanted}
    return wanted or {"Prefix": ""}


def _replication_filter(wanted: Mapping[str, Value]) -> Document:
    found: Document = {}
    for name, one in wanted.items():
        if name == "TagFilter":
            found["Tag"] = one
        elif name == "And":
            both = _mapping(one)
            found["And"] = {("Tags" if key == "TagFilters" else key): row for key, row in both.items()}
        else:
            found[name] = one
    return found


def _check(rule: Mapping[str, Value], known: set[str], where: str) -> None:
    if strange := sorted(set(rule) - known):
        raise InvalidProperty(f"{where}: {', '.join(strange)} of a rule: not rehearsed")


def _rules(value: Value, name: str) -> list[Mapping[str, Value]]:
    found = _mapping(value).get(name)
    return cast("list[Mapping[str, Value]]", found) if isinstance(found, list) else []


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}


SETTINGS: Mapping[str, tuple[str, Callable[[Value], Document]]] = {
    "VersioningConfiguration": ("PutBucketVersioning", versioning),
    "ObjectLockConfiguration": ("PutObjectLockConfiguration", object_lock),
    "BucketEncryption": ("PutBucketEncryption", encryption),
    "OwnershipControls": ("PutBucketOwnershipControls", ownership),
    "Tags": ("PutBucketTagging", tagging),
    "LoggingConfiguration": ("PutBucketLogging", logging),
    "LifecycleConfiguration": ("PutBucketLifecycleConfiguration", lifecycle),
    "ReplicationConfiguration": ("PutBucketReplication", replication),
}
"""What the emulator's own handler leaves out, in the order in which it can be set, by which operation."""
