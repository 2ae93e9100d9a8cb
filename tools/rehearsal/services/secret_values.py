"""Reading and writing a secret's versions, where the emulator's functions differ from AWS's.

Source: Secrets Manager API reference, the operations' own pages. What is the same stays with the emulator,
whose functions change a record under the rotations' lock.
"""

from typing import cast

from tools.rehearsal.seams import (
    SECRET_DELETE,
    SECRET_DESCRIBE,
    SECRET_PUT,
    SECRET_READ,
    SECRET_STAGE,
    SECRET_UPDATE,
    Record,
)
from tools.rehearsal.services.answers import (
    EXISTS,
    INVALID_REQUEST,
    NOT_FOUND,
    Answer,
    Operation,
    Refused,
    document,
    done,
    find,
    refusal,
    refusing,
)
from tools.rehearsal.services.labels import (
    CURRENT,
    PENDING,
    Version,
    has_value,
    holder,
    keep,
    unfinished,
    versions,
)
from tools.rehearsal.services.rotations import Rotations

CONTENTS = ("SecretString", "SecretBinary")


def correct_values(rotations: Rotations) -> None:
    """Put the corrected operations in place."""
    corrections = {
        SECRET_READ: _reading,
        SECRET_PUT: _putting,
        SECRET_UPDATE: _updating,
        SECRET_STAGE: _locking,
        SECRET_DELETE: _locking,
        SECRET_DESCRIBE: _describing,
    }
    emulator = rotations.emulator
    for seam, correction in corrections.items():
        corrected = correction(rotations, cast("Operation", emulator.function(seam)))
        emulator.replace(seam, refusing(emulator, corrected))


def check_readable(secret: Record, data: Record) -> None:
    """Refuse what cannot be read: a version that has no such label, or no value yet. Raises Refused."""
    wanted, label = data.get("VersionId"), data.get("VersionStage")
    token = str(wanted) if wanted else holder(secret, str(label or CURRENT))
    version = versions(secret).get(token) if token else None
    if version is None:
        return
    if wanted and label and str(label) not in version["Stages"]:
        raise Refused(
            INVALID_REQUEST, "You provided a VersionStage that is not associated to the provided VersionId."
        )
    if not has_value(version):
        which = f"VersionId: {wanted}" if wanted else f"staging label: {label or CURRENT}"
        raise Refused(NOT_FOUND, f"Secrets Manager can't find the specified secret value for {which}")


def put_before(secret: Record, data: Record) -> Version | None:
    """Return the version that the same request has made before. Raises Refused: it holds another value."""
    token = str(data.get("ClientRequestToken"))
    version = versions(secret).get(token)
    if version is None or not has_value(version):
        return None
    if any(version.get(name) != data.get(name) for name in CONTENTS):
        raise Refused(
            EXISTS,
            f"You can't use ClientRequestToken {token} because that value is already in use for a version "
            f"of secret {secret['ARN']}.",
        )
    return version


def _reading(rotations: Rotations, originally: Operation) -> Operation:
    def read(data: Record) -> Answer:
        secret = find(rotations.emulator, data.get("SecretId"))
        if secret and not secret.get("DeletedDate"):
            check_readable(secret, data)
        return originally(data)

    return read


def _putting(rotations: Rotations, originally: Operation) -> Operation:
    def put(data: Record) -> Answer:
        with rotations.lock:
            secret = find(rotations.emulator, data.get("SecretId"))
            before = put_before(secret, data) if secret else None
            if secret and before:
                stages = before["Stages"]
                named = {"ARN": secret["ARN"], "Name": secret["Name"]}
                return done(
                    rotations.emulator,
                    {**named, "VersionId": data["ClientRequestToken"], "VersionStages": stages},
                )
            labels = cast("list[str]", data.get("VersionStages") or [CURRENT])
            pending = unfinished(secret) if secret else None
            answer = originally(data)
            if secret and refusal(answer) is None:
                token = str(document(answer)["VersionId"])
                version = versions(secret)[token]
                stages = list(dict.fromkeys([*version["Stages"], *labels]))
                keep(secret, token, {**version, "Stages": stages})
                if {CURRENT, PENDING} & set(labels):
                    rotations.overtake(secret, pending, token)
            return answer

    return put


def _updating(rotations: Rotations, originally: Operation) -> Operation:
    def update(data: Record) -> Answer:
        with rotations.lock:
            secret = find(rotations.emulator, data.get("SecretId"))
            pending = unfinished(secret) if secret else None
            answer = originally(data)
            made = document(answer).get("VersionId")
            if secret and made:
                rotations.overtake(secret, pending, str(made))
            return answer

    return update


def _locking(rotations: Rotations, originally: Operation) -> Operation:
    def operation(data: Record) -> Answer:
        with rotations.lock:
            return originally(data)

    return operation


def _describing(rotations: Rotations, originally: Operation) -> Operation:
    def describe(data: Record) -> Answer:
        answer = originally(data)
        if refusal(answer):
            return answer
        found = document(answer)
        return done(rotations.emulator, {**found, **rotations.dates(found)})

    return describe
