"""Fidelity is counted from what the handlers did; nothing that was only kept is ever proven."""

from pathlib import Path

from tools.rehearsal.fidelity import Declared, Judged, judge
from tools.rehearsal.ledger import (
    Entry,
    Invoked,
    Ledger,
    Provisioned,
    Served,
    Standing,
    TookEffect,
    parse,
    read,
)

REGION, STACK = "us-east-1", "datatier-dev-database"


def declared(kind: str, *properties: str, physical_id: str = "p", logical_id: str = "L") -> Declared:
    return Declared(
        region=REGION,
        stack=STACK,
        logical_id=logical_id,
        resource_type=kind,
        physical_id=physical_id,
        properties=frozenset(properties),
    )


def provisioned(
    kind: str, standing: Standing, *, honoured: tuple[str, ...] = (), ignored: tuple[str, ...] = ()
) -> Provisioned:
    return Provisioned(
        region=REGION,
        stack=STACK,
        logical_id="L",
        resource_type=kind,
        physical_id="p",
        standing=standing,
        evidence=("started it",) if standing == "executed" else (),
        honoured=honoured,
        ignored=ignored,
    )


def judged(resource: Declared, *entries: Entry) -> Judged:
    return judge([resource], entries).judged[0]


def test_a_started_server_is_executed_and_only_what_it_was_started_with_is_honoured() -> None:
    one = judged(
        declared("AWS::RDS::DBInstance", "DBName", "MultiAZ", "Odd"),
        provisioned("AWS::RDS::DBInstance", "executed", honoured=("DBName",), ignored=("Odd",)),
    )
    assert (one.standing, one.honoured, one.kept, one.ignored) == (
        "executed",
        ("DBName",),
        ("MultiAZ",),
        ("Odd",),
    )


def test_a_recorded_resource_has_no_honoured_property() -> None:
    one = judged(
        declared("AWS::IAM::Role", "Path"), provisioned("AWS::IAM::Role", "recorded", honoured=("Path",))
    )
    assert (one.standing, one.honoured) == ("recorded", ())


def test_a_resource_that_no_handler_saw_is_stubbed() -> None:
    one = judged(declared("AWS::CDK::Metadata", "Analytics"))
    assert (one.standing, one.ignored) == ("stubbed", ("Analytics",))


def test_a_parameter_group_is_executed_once_a_server_runs_with_it() -> None:
    kind = "AWS::RDS::DBParameterGroup"
    effect = TookEffect(
        region=REGION, resource_type=kind, physical_id="p", evidence="started x", honoured=("Parameters",)
    )
    resource, made = declared(kind, "Parameters", "Description"), provisioned(kind, "recorded")
    assert judged(resource, made).standing == "recorded"
    assert judged(resource, made, effect).standing == "executed"
    assert judged(resource, made, effect).honoured == ("Parameters",)


def test_a_lambda_is_executed_only_when_its_code_has_run() -> None:
    kind = "AWS::Lambda::Function"
    resource, made = declared(kind, "Handler", "MemorySize"), provisioned(kind, "recorded")
    assert judged(resource, made, Invoked(region=REGION, function="another")).standing == "recorded"
    ran = judged(resource, made, Invoked(region=REGION, function="p"))
    assert (ran.standing, ran.honoured, ran.kept) == ("executed", ("Handler",), ("MemorySize",))


def test_a_custom_resource_is_executed_by_its_lambda() -> None:
    ran = Invoked(region=REGION, function="f", custom_resource=f"{STACK}/L", properties=("ContentHash",))
    one = judged(declared("Custom::DatatierBootstrap", "ContentHash"), ran)
    assert (one.standing, one.honoured) == ("executed", ("ContentHash",))


def test_a_secret_is_executed_when_its_value_was_read() -> None:
    kind = "AWS::SecretsManager::Secret"
    one = judged(
        declared(kind, "GenerateSecretString", "KmsKeyId"),
        provisioned(kind, "recorded"),
        Served(region=REGION, secret="p"),  # noqa: S106  # an ARN's place, not a password
    )
    assert (one.standing, one.honoured, one.kept) == ("executed", ("GenerateSecretString",), ("KmsKeyId",))


def test_what_happened_in_another_region_proves_nothing_here() -> None:
    kind = "AWS::Lambda::Function"
    one = judged(declared(kind), provisioned(kind, "recorded"), Invoked(region="us-west-2", function="p"))
    assert one.standing == "recorded"


def test_every_resource_and_every_property_is_counted_once() -> None:
    kind = "AWS::RDS::DBInstance"
    resources = [declared(kind, "DBName", "MultiAZ"), declared("AWS::X::Y", "Z", logical_id="M")]
    found = judge(resources, [provisioned(kind, "executed", honoured=("DBName",))])
    assert found.counts == {"executed": 1, "recorded": 0, "stubbed": 1}
    assert found.properties == {"honoured": 1, "kept": 1, "ignored": 1}


def test_the_ledger_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    ledger = Ledger(path=tmp_path / "ledger.jsonl")
    entries: list[Entry] = [
        provisioned("AWS::RDS::DBInstance", "executed", honoured=("DBName",)),
        Invoked(region=REGION, function="f", properties=("A",)),
    ]
    for entry in entries:
        ledger.write(entry)
    assert read(ledger.path) == entries


def test_a_lambda_that_runs_again_is_written_once(tmp_path: Path) -> None:
    ledger = Ledger(path=tmp_path / "ledger.jsonl")
    for _ in range(3):
        ledger.write(Invoked(region=REGION, function="f"))
    assert len(read(ledger.path)) == 1


def test_a_line_cut_short_by_a_kill_is_skipped() -> None:
    assert list(parse(['{"event": "invoked", "region": "us-ea', ""])) == []
