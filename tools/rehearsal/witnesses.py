"""Watches the emulator from inside: Lambdas and state machines that really run, secrets that are really read.

Also says which interpreter runs a Lambda: the environment that holds what AWS's runtime holds, and no more.
"""

from collections.abc import Callable
from typing import cast

from tools.rehearsal.ledger import Invoked, Served
from tools.rehearsal.seams import (
    CUSTOM_RESOURCE_ANSWER,
    EXECUTIONS,
    INTERPRETER,
    INVOKE,
    RUN_EXECUTION,
    SECRET_READ,
    SECRET_REFERENCE,
    SECRET_RESOLVE,
    Record,
)
from tools.rehearsal.workshop import Workshop


def watch(workshop: Workshop) -> None:
    """Put the witnesses in place."""
    _choose_interpreter(workshop)
    _watch_invocations(workshop)
    _watch_executions(workshop)
    _watch_secrets(workshop)


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
        try:
            result = originally(worker, event, *arguments, **named)
        except Exception as error:
            _answer_for(workshop, worker, event, f"the Lambda could not be started: {error}")
            raise
        workshop.ledger.write(_invocation(workshop.emulator.region, worker, event))
        if result.get("status") != "ok":
            _answer_for(workshop, worker, event, str(result.get("error")))
        return result

    workshop.emulator.replace(INVOKE, invoke)


def _answer_for(workshop: Workshop, worker: object, event: object, reason: str) -> None:
    """Tell CloudFormation at once that the Lambda has failed which it called; it would wait for long.

    For what that Lambda calls it answers itself; and a failure may be its way to be called again.
    """
    request = cast("Record", event) if isinstance(event, dict) else {}
    properties = cast("Record", request.get("ResourceProperties") or {})
    called = str(properties.get("ServiceToken")).rpartition(":")[2]
    if called == getattr(worker, "func_name", None):
        url = str(request["ResponseURL"])
        answer = {"Status": "FAILED", "Reason": reason}
        workshop.emulator.call(CUSTOM_RESOURCE_ANSWER, url.rpartition("/")[2], answer)


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


def _watch_executions(workshop: Workshop) -> None:
    originally = workshop.emulator.function(RUN_EXECUTION)

    def run(name: str) -> object:
        result = originally(name)
        execution = workshop.emulator.store(EXECUTIONS)[name]
        if execution["status"] == "SUCCEEDED":
            machine = str(execution["stateMachineArn"])
            workshop.took_effect(
                "AWS::StepFunctions::StateMachine", machine, "it ran to its end", "DefinitionString"
            )
        return result

    workshop.emulator.replace(RUN_EXECUTION, run)


def _watch_secrets(workshop: Workshop) -> None:
    _watch_reads(workshop, SECRET_READ, lambda arguments: cast("Record", arguments[0]).get("SecretId"))
    _watch_reads(workshop, SECRET_REFERENCE, lambda arguments: arguments[0])


def _watch_reads(workshop: Workshop, seam: str, secret_of: Callable[[tuple[object, ...]], object]) -> None:
    originally = workshop.emulator.function(seam)

    def read(*arguments: object, **named: object) -> object:
        wanted = secret_of(arguments)
        _, secret = cast("tuple[str | None, Record | None]", workshop.emulator.call(SECRET_RESOLVE, wanted))
        if secret:
            workshop.ledger.write(Served(region=workshop.emulator.region, secret=str(secret["ARN"])))
        return originally(*arguments, **named)

    workshop.emulator.replace(seam, read)
