"""How an operation of Secrets Manager answers, and what it refuses before it begins."""

import json
from collections.abc import Callable
from typing import TypeAlias, cast

from tools.rehearsal.seams import ERROR_ANSWER, JSON_ANSWER, SECRET_RESOLVE, Emulator, Record

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
Operation: TypeAlias = Callable[[Record], Answer]

REFUSED = 400
NOT_FOUND = "ResourceNotFoundException"
INVALID_REQUEST = "InvalidRequestException"
INVALID_PARAMETER = "InvalidParameterException"
EXISTS = "ResourceExistsException"


class Refused(Exception):
    """The service's own error: its code, and what it says."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def done(emulator: Emulator, document: Record) -> Answer:
    """Return a document in the emulator's form of an answer."""
    return cast("Answer", emulator.call(JSON_ANSWER, document))


def refusing(emulator: Emulator, operation: Operation) -> Operation:
    """Return the operation with what it raises as Refused in the emulator's form of an answer."""

    def answer(data: Record) -> Answer:
        try:
            return operation(data)
        except Refused as error:
            return cast("Answer", emulator.call(ERROR_ANSWER, error.code, str(error), REFUSED))

    return answer


def document(answer: Answer) -> Record:
    """What an answer says."""
    return cast("Record", json.loads(answer[2]))


def refusal(answer: Answer) -> str | None:
    """What a refused operation says; None for one that was done."""
    if answer[0] < REFUSED:
        return None
    said = document(answer)
    return f"{said.get('__type')}: {said.get('message')}"


def find(emulator: Emulator, secret_id: object) -> Record | None:
    """Return a secret by its name or ARN, whatever its state."""
    return cast("tuple[str | None, Record | None]", emulator.call(SECRET_RESOLVE, secret_id))[1]


def require(emulator: Emulator, data: Record) -> Record:
    """Return the secret that a request may change. Raises Refused."""
    secret = find(emulator, data.get("SecretId"))
    if secret is None:
        raise Refused(NOT_FOUND, "Secrets Manager can't find the specified secret.")
    if secret.get("DeletedDate"):
        raise Refused(
            INVALID_REQUEST,
            "You can't perform this operation on the secret because it was marked for deletion.",
        )
    if secret.get("_PrimarySecretArn"):
        raise Refused(INVALID_REQUEST, "You can't perform this operation on a replica secret.")
    return secret
