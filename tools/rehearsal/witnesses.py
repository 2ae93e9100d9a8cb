"""Watches the emulator from inside: Lambdas that really run, and secrets and parameters that are really read.

Also says which interpreter runs a Lambda: the environment that holds what AWS's runtime holds, and no more.
"""

from collections.abc import Callable
from typing import cast

from tools.rehearsal.ledger import Invoked, Served
from tools.rehearsal.seams import (
    INTERPRETER,
    INVOKE,
    PARAMETER_READ,
    PARAMETERS_READ,
    SECRET_READ,
    SECRET_RESOLVE,
    Record,
)
from tools.rehearsal.workshop import Workshop


def watch(workshop: Workshop) -> None:
    """Put the witnesses in place."""
    _choose_interpreter(workshop)
    _watch_invocations(workshop)
    _watch_secrets(workshop)
    for name, key in ((PARAMETER_READ, "Name"), (PARAMETERS_READ, "Names")):
        _watch_parameters(workshop, name, key)


def _choose_interpreter(workshop: Workshop) -> None:
    originally = workshop.emulator.function(INTERPRETER)
    python = workshop.layout.lambda_environment / "bin" / "python"

    def interpreter(runtime: str) -> tuple[str, str]:
        program, worker = cast("tuple[str, str]", originally(runtime))
        return (str(python), worker) if runtime.startswith("python") else (program, worker)

    workshop.emulator.replace(INTERPRETER, interpreter)


def _watch_invocations(workshop: Workshop) -> None:
    originally = cast("Callable[..., Record]", workshop.emulator.function(INVOKE))

    def invoke(worker: object, event: object, *arguments: object, **named: object) -> Record:
        result = originally(worker, event, *arguments, **named)
        workshop.ledger.write(_invocation(workshop.emulator.region, worker, event))
        return result

    workshop.emulator.replace(INVOKE, invoke)


def _invocation(region: str, worker: object, event: object) -> Invoked:
    function = str(getattr(worker, "func_name", ""))
    if not isinstance(event, dict) or "ResponseURL" not in event:
        return Invoked(region=region, function=function)
    request = cast("dict[str, str | dict[str, object]]", event)
    stack = str(request["StackId"]).split("/")[1]
    properties = request.get("ResourceProperties")
    names = tuple(sorted(properties)) if isinstance(properties, dict) else ()
    return Invoked(
        region=region,
        function=function,
        custom_resource=f"{stack}/{request['LogicalResourceId']}",
        properties=names,
    )


def _watch_secrets(workshop: Workshop) -> None:
    originally = workshop.emulator.function(SECRET_READ)

    def read(request: Record) -> object:
        _, secret = cast(
            "tuple[str | None, Record | None]", workshop.emulator.call(SECRET_RESOLVE, request.get("SecretId"))
        )
        if secret:
            workshop.ledger.write(Served(region=workshop.emulator.region, kind="secret", name=str(secret["ARN"])))
        return originally(request)

    workshop.emulator.replace(SECRET_READ, read)


def _watch_parameters(workshop: Workshop, seam: str, key: str) -> None:
    originally = workshop.emulator.function(seam)

    def read(request: Record) -> object:
        wanted = request.get(key)
        for name in cast("list[object]", wanted) if isinstance(wanted, list) else [wanted]:
            workshop.ledger.write(Served(region=workshop.emulator.region, kind="parameter", name=str(name)))
        return originally(request)

    workshop.emulator.replace(seam, read)

