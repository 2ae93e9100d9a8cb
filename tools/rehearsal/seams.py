"""Every private name of the emulator that the rehearsal uses, checked before anything runs.

The emulator offers no public extension point, so its exact version is pinned and each name is looked up at
the start: when one has moved, the rehearsal refuses to run and says which. No other module imports it.
"""

import importlib
import importlib.metadata
from collections.abc import Callable, MutableMapping
from contextlib import AbstractContextManager
from typing import TypeAlias, cast

from tools.rehearsal.errors import EmulatorChanged

VERSION = "1.5.33"

Record: TypeAlias = dict[str, object]
Store: TypeAlias = MutableMapping[str, Record]
Entry: TypeAlias = dict[str, object]

HANDLERS = "services.cloudformation.provisioners:_RESOURCE_HANDLERS"
ON_WORKER_THREAD = "services.cloudformation.stacks:_runs_on_worker_thread"
INTERPRETER = "core.lambda_runtime:_detect_runtime_binary"
INVOKE = "core.lambda_runtime:Worker.invoke"
RDS_ATTRIBUTES = "services.cloudformation.provisioners:_rds_db_instance_attrs"
RDS_INSTANCES = "services.rds:_instances"
CACHE_ATTRIBUTES = "services.cloudformation.provisioners:_ec_rg_attrs"
CACHE_GROUPS = "services.elasticache:_replication_groups"
REPLACES = "services.cloudformation.provisioners:_requires_replacement"
SECRET_RESOLVE = "services.secretsmanager:_resolve"  # noqa: S105  # a name
SECRET_READ = "services.secretsmanager:_get_secret_value"  # noqa: S105  # a name
SECRET_POLICY = "services.secretsmanager:_put_resource_policy"  # noqa: S105  # a name
SECRET_POLICY_REMOVE = "services.secretsmanager:_delete_resource_policy"  # noqa: S105  # a name
SECRETS_REQUEST = "services.secretsmanager:handle_request"
SECRET_PUT = "services.secretsmanager:_put_secret_value"  # noqa: S105  # a name
SECRET_UPDATE = "services.secretsmanager:_update_secret"  # noqa: S105  # a name
SECRET_STAGE = "services.secretsmanager:_update_secret_version_stage"  # noqa: S105  # a name
SECRET_DELETE = "services.secretsmanager:_delete_secret"  # noqa: S105  # a name
SECRET_DESCRIBE = "services.secretsmanager:_describe_secret"  # noqa: S105  # a name
RANDOM_PASSWORD = "services.secretsmanager:_get_random_password"  # noqa: S105  # a name
REWRITE_SECRET = "services.cloudformation.provisioners:_sm_rewrite_secret"  # noqa: S105  # a name
TARGET_CONNECTION = "services.cloudformation.provisioners:_sm_target_connection"
SECRET_REFERENCE = "services.secretsmanager:resolve_secret_string"  # noqa: S105  # a name
CACHE_USERS = "services.elasticache:_users"
CACHE_USER_MODIFY = "services.elasticache:_modify_user"
CACHE_USER_XML = "services.elasticache:_user_xml"
CACHE_ANSWER = "services.elasticache:_xml"
CACHE_ERROR = "services.elasticache:_error"
SECURITY_GROUPS = "services.ec2:_security_groups"
GROUP_RULES = "services.cloudformation.provisioners:_ec2_sg_permissions"
FLOW_LOGS_CREATE = "services.ec2:_create_flow_logs"
FLOW_LOGS = "services.ec2:_flow_logs"
LAMBDA_FUNCTIONS = "services.lambda_svc:_functions"
LAMBDA_VPC = "services.lambda_svc:_vpc_config_with_id"
LAMBDA_FIND = "services.lambda_svc:_get_func_record_for_ref"
LAMBDA_EXECUTION = "services.lambda_svc:_execution_record_for_config"
LAMBDA_RUN = "services.lambda_svc:_execute_function_with_config_scope"
PUT_EVENTS = "services.eventbridge:_put_events"
REVERT_UPDATE = "services.cloudformation.stacks:_revert_update"
REFERENCE = "services.cloudformation.engine:_resolve_dynamic_reference"
EXECUTIONS = "services.stepfunctions:_executions"
RUN_EXECUTION = "services.stepfunctions:_run_execution"
REGION = "core.responses:get_region"
ACCOUNT = "core.responses:get_account_id"
SCOPE = "core.responses:request_scope"
JSON_ANSWER = "core.responses:json_response"
ERROR_ANSWER = "core.responses:error_response_json"
REENTRANT = "core.concurrency:run_reentrant"
SPAWN = "core.concurrency:spawn_background"
CUSTOM_RESOURCE_ANSWER = "services.cloudformation.custom_resource:deliver_response"
MAIN = "app:main"

NAMES = (
    HANDLERS, ON_WORKER_THREAD, INTERPRETER, INVOKE, RDS_ATTRIBUTES, RDS_INSTANCES, CACHE_ATTRIBUTES,
    CACHE_GROUPS, REPLACES, CACHE_USERS, CACHE_USER_MODIFY, CACHE_USER_XML, CACHE_ANSWER, CACHE_ERROR,
    SECRET_RESOLVE, SECRET_READ, SECRET_POLICY, SECRET_POLICY_REMOVE, RANDOM_PASSWORD,
    SECRETS_REQUEST, SECRET_PUT, SECRET_UPDATE, SECRET_STAGE, SECRET_DELETE, SECRET_DESCRIBE,
    REWRITE_SECRET, TARGET_CONNECTION, SECRET_REFERENCE, SECURITY_GROUPS, GROUP_RULES,
    FLOW_LOGS_CREATE, FLOW_LOGS, LAMBDA_FUNCTIONS, LAMBDA_VPC, LAMBDA_FIND, LAMBDA_EXECUTION, LAMBDA_RUN,
    EXECUTIONS, RUN_EXECUTION, PUT_EVENTS, REVERT_UPDATE, REFERENCE, REGION, ACCOUNT, SCOPE,
    JSON_ANSWER, ERROR_ANSWER, REENTRANT, SPAWN, CUSTOM_RESOURCE_ANSWER, MAIN,
)  # fmt: skip


class Emulator:
    """The emulator's parts by name; building one proves that all of them exist."""

    def __init__(self) -> None:
        found = importlib.metadata.version("ministack")
        if found != VERSION:
            raise EmulatorChanged(
                f"the emulator is ministack {found}; the handlers are written for {VERSION} exactly"
            )
        missing = [name for name in NAMES if not _exists(name)]
        if missing:
            listing = "\n".join(f"  ministack.{name}" for name in missing)
            raise EmulatorChanged(f"ministack {found} no longer has what the handlers use:\n{listing}")

    def call(self, name: str, *arguments: object) -> object:
        """Call one of the emulator's functions."""
        owner, attribute = _locate(name)
        return cast("Callable[..., object]", getattr(owner, attribute))(*arguments)

    def function(self, name: str) -> Callable[..., object]:
        """Return one of the emulator's functions."""
        owner, attribute = _locate(name)
        return cast("Callable[..., object]", getattr(owner, attribute))

    def replace(self, name: str, replacement: Callable[..., object]) -> None:
        """Put a function of ours in the place of one of the emulator's."""
        owner, attribute = _locate(name)
        setattr(owner, attribute, replacement)

    def store(self, name: str) -> Store:
        """Return one of the emulator's tables; each shows the region and account of the request at hand."""
        owner, attribute = _locate(name)
        return cast("Store", getattr(owner, attribute))

    @property
    def handlers(self) -> dict[str, Entry]:
        """The resource types, each with its `create`, `update` and `delete` functions."""
        return cast("dict[str, Entry]", self.store(HANDLERS))

    @property
    def region(self) -> str:
        """The region of the request at hand."""
        return str(self.call(REGION))

    @property
    def account(self) -> str:
        """The account of the request at hand."""
        return str(self.call(ACCOUNT))

    def scope(self, *, account: str, region: str) -> AbstractContextManager[None]:
        """Stand for a request of one account and region, for what no request has asked for."""
        return cast("AbstractContextManager[None]", self.call(SCOPE, account, region))


def _locate(name: str) -> tuple[object, str]:
    if name not in NAMES:
        raise EmulatorChanged(f"{name} is not declared in tools/rehearsal/seams.py")
    module_name, _, path = name.partition(":")
    owner: object = importlib.import_module(f"ministack.{module_name}")
    *classes, attribute = path.split(".")
    for class_name in classes:
        owner = getattr(owner, class_name)
    return owner, attribute


def _exists(name: str) -> bool:
    try:
        owner, attribute = _locate(name)
    except (ImportError, AttributeError):
        return False
    return hasattr(owner, attribute)
