"""Single resources on an emulator of their own: what changes, fails and goes away as it does in AWS."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError, WaiterError
from rich.console import Console

from tools.rehearsal import emulator, toolchain
from tools.rehearsal.clouds import session
from tools.rehearsal.launcher import ADDRESS
from tools.rehearsal.layout import Layout
from tools.rehearsal.overlay import ACCOUNT
from tools.rehearsal.servers import find
from tools.rehearsal.teardown import take_down
from tools.rehearsal.up import prepare_interpreters
from tools.servers.postgres import PostgresServer
from tools.state import repository_root

pytestmark = pytest.mark.rehearsal

REGION = "us-east-1"
WAIT = {"Delay": 1, "MaxAttempts": 60}
FIRST, SECOND = "first-password-of-the-master", "second-password-of-the-master"


@dataclass(frozen=True, kw_only=True)
class Emulated:
    """CloudFormation with our handlers, and one stack in it."""

    layout: Layout
    client: Any

    def deploy(self, resources: Mapping[str, object]) -> None:
        body = json.dumps({"Resources": resources})
        try:
            self.client.create_stack(StackName="one", TemplateBody=body)
            waiter = "stack_create_complete"
        except self.client.exceptions.AlreadyExistsException:
            self.client.update_stack(StackName="one", TemplateBody=body)
            waiter = "stack_update_complete"
        self.client.get_waiter(waiter).wait(StackName="one", WaiterConfig=WAIT)

    def refuse(self, resources: Mapping[str, object]) -> str:
        """Deploy what must fail; return the reasons."""
        with pytest.raises(WaiterError):
            self.deploy(resources)
        events = self.client.describe_stack_events(StackName="one")["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)

    def server(self) -> PostgresServer:
        return PostgresServer.open(self.layout.servers / "postgres" / REGION / "one")


@pytest.fixture(scope="module")
def layout() -> Iterator[Layout]:
    """A state folder that PostgreSQL's account can enter, with an emulator running in it."""
    state = Path(tempfile.mkdtemp(prefix="datatier-", dir="/var/tmp"))  # tmp_path is closed to others
    state.chmod(0o755)
    made = Layout(state=state)
    yield made
    assert take_down(made).left == [], f"{state} is kept for what still runs in it"
    shutil.rmtree(state)


@pytest.fixture(scope="module")
def client(layout: Layout) -> Iterator[Any]:
    prepare_interpreters(layout, console=Console(quiet=True))
    root, port = repository_root(), emulator.free_port()
    tools = toolchain.find(repository=root)
    emulator.start(layout=layout, repository=root, toolchain=tools, port=port)
    made = session(REGION).client("cloudformation", endpoint_url=f"http://{ADDRESS}:{port}")
    yield made
    made.close()


@pytest.fixture
def emulated(layout: Layout, client: Any) -> Iterator[Emulated]:  # noqa: ANN401  # as above
    yield Emulated(layout=layout, client=client)
    client.delete_stack(StackName="one")
    client.get_waiter("stack_delete_complete").wait(StackName="one", WaiterConfig=WAIT)
    assert find(layout) == [], "deleting the stack left a server"


def group(**parameters: str) -> dict[str, object]:
    properties = {"Family": "postgres15", "Description": "one", "Parameters": parameters}
    return {"Type": "AWS::RDS::DBParameterGroup", "Properties": properties}


def instance(password: str = FIRST, **changes: object) -> dict[str, object]:
    properties: dict[str, object] = {
        "DBInstanceIdentifier": "one",
        "Engine": "postgres",
        "DBName": "app",
        "MasterUsername": "datatier_master",
        "MasterUserPassword": password,
        "DBParameterGroupName": {"Ref": "Group"},
        **changes,
    }
    return {"Type": "AWS::RDS::DBInstance", "Properties": properties}


def shown(server: PostgresServer, name: str) -> str:
    with server.admin_connection() as connection:
        row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    assert row
    return str(row[0])


def enters(server: PostgresServer, password: str) -> bool:
    try:
        psycopg.connect(
            host=server.host, port=server.port, dbname="app", user="datatier_master", password=password,
            sslmode="verify-full", sslrootcert=str(server.ca_path),
        ).close()  # fmt: skip
    except psycopg.OperationalError:
        return False
    return True


def test_a_changed_parameter_is_in_force_on_the_running_server(emulated: Emulated) -> None:
    emulated.deploy({"Group": group(work_mem="8192"), "Database": instance()})
    began = emulated.server().pid
    emulated.deploy({"Group": group(work_mem="16384"), "Database": instance()})
    assert shown(emulated.server(), "work_mem") == "16MB"
    assert emulated.server().pid == began


@pytest.mark.parametrize("wrong", [{"no_such_parameter": "1"}, {"work_mem": "a lot"}])
def test_a_wrong_parameter_fails_the_deployment_by_its_name(
    emulated: Emulated, wrong: dict[str, str]
) -> None:
    assert next(iter(wrong)) in emulated.refuse({"Group": group(**wrong), "Database": instance()})


def test_a_wrong_change_is_rolled_back_and_the_former_value_stays(emulated: Emulated) -> None:
    emulated.deploy({"Group": group(work_mem="8192"), "Database": instance()})
    assert "work_mem" in emulated.refuse({"Group": group(work_mem="a lot"), "Database": instance()})
    assert shown(emulated.server(), "work_mem") == "8MB"


def test_a_changed_master_password_is_the_only_one_that_enters(emulated: Emulated) -> None:
    emulated.deploy({"Group": group(work_mem="8192"), "Database": instance(FIRST)})
    assert enters(emulated.server(), FIRST)
    emulated.deploy({"Group": group(work_mem="8192"), "Database": instance(SECOND)})
    assert enters(emulated.server(), SECOND)
    assert not enters(emulated.server(), FIRST)


def keep(server: PostgresServer) -> None:
    with server.admin_connection("app") as connection:
        connection.execute("CREATE TABLE kept (id int)")


def kept(server: PostgresServer) -> bool:
    with server.admin_connection("app") as connection:
        return connection.execute("SELECT to_regclass('kept') IS NOT NULL").fetchone() == (True,)


CACHE = {
    "ReplicationGroupId": "one",
    "ReplicationGroupDescription": "one",
    "Engine": "redis",
    "CacheNodeType": "cache.t3.micro",
    "NumCacheClusters": 1,
    "TransitEncryptionEnabled": True,
}
CUSTOM_NAMED = "cannot update a stack when a custom-named resource requires replacing"


@pytest.mark.parametrize(
    "change",
    [
        {"DBName": "other"},
        {"MasterUsername": "other_master"},
        {"StorageEncrypted": True},
        {"DBSubnetGroupName": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_that_needs_a_new_server_of_the_same_name_is_refused_and_the_data_stays(
    emulated: Emulated, change: dict[str, Any]
) -> None:
    emulated.deploy({"Group": group(work_mem="8192"), "Database": instance()})
    keep(emulated.server())
    changed = {"Group": group(work_mem="8192"), "Database": instance(**change)}
    assert CUSTOM_NAMED in emulated.refuse(changed)
    assert kept(emulated.server())


def test_a_server_that_only_changes_its_place_in_the_template_is_refused_and_the_data_stays(
    emulated: Emulated,
) -> None:
    emulated.deploy({"Group": group(work_mem="8192"), "Database": instance()})
    keep(emulated.server())
    renamed = {"Group": group(work_mem="8192"), "Renamed": instance()}
    assert "already exists" in emulated.refuse(renamed)
    assert kept(emulated.server())


@pytest.mark.parametrize(
    ("place", "change", "reason"),
    [("Renamed", {}, "already exists"), ("Cache", {"AtRestEncryptionEnabled": True}, CUSTOM_NAMED)],
)
def test_a_cache_that_would_need_new_nodes_of_the_same_name_is_refused_and_its_nodes_stay(
    emulated: Emulated, place: str, change: dict[str, object], reason: str
) -> None:
    kind = "AWS::ElastiCache::ReplicationGroup"
    emulated.deploy({"Cache": {"Type": kind, "Properties": CACHE}})
    (before,) = find(emulated.layout)
    assert reason in emulated.refuse({place: {"Type": kind, "Properties": {**CACHE, **change}}})
    (after,) = find(emulated.layout)
    assert (after.pid, after.port) == (before.pid, before.port)


def test_a_type_that_nothing_knows_is_refused_before_anything_is_created(client: Any) -> None:  # noqa: ANN401  # as above
    with pytest.raises(ClientError, match="AWS::RDS::Unheard"):
        client.create_stack(
            StackName="unheard", TemplateBody=json.dumps({"Resources": {"A": {"Type": "AWS::RDS::Unheard"}}})
        )


def test_a_generated_secret_follows_every_rule_of_the_template_and_is_named_by_its_arn(
    emulated: Emulated,
) -> None:
    rules = {"PasswordLength": 40, "ExcludePunctuation": True, "ExcludeNumbers": True}
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": rules}}
    shows = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Name": "/arn", "Value": {"Ref": "S"}},
    }
    emulated.deploy({"S": secret, "P": shows})
    listed = emulated.client.list_stack_resources(StackName="one")["StackResourceSummaries"]
    arn = next(one["PhysicalResourceId"] for one in listed if one["LogicalResourceId"] == "S")
    assert arn.startswith(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:")
    endpoint = emulated.client.meta.endpoint_url
    secrets = session(REGION).client("secretsmanager", endpoint_url=endpoint)
    value = secrets.get_secret_value(SecretId=arn)["SecretString"]
    secrets.close()
    assert len(value) == 40
    assert value.isalpha()
