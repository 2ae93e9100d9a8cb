"""Every private name of the emulator that the rehearsal uses, checked before anything runs.

The emulator offers no public extension point, so its exact version is pinned and each name is looked up at
the start: when one has moved, the rehearsal refuses to run and says which. No other module imports it.
"""

import importlib
import importlib.metadata
from collections.abc import Callable, MutableMapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias, cast

from tools.rehearsal.errors import EmulatorChanged

VERSION = "1.5.33"

Record: TypeAlias = dict[str, object]
Store: TypeAlias = MutableMapping[str, Record]
Entry: TypeAlias = dict[str, object]
Place: TypeAlias = tuple[str, str, object]
"""Where a row stands: account, region, and its key there."""


class _Table(Protocol):
    def all_items(self) -> list[tuple[Place, object]]: ...


HANDLERS = "services.cloudformation.provisioners:_RESOURCE_HANDLERS"
ON_WORKER_THREAD = "services.cloudformation.stacks:_runs_on_worker_thread"
INTERPRETER = "core.lambda_runtime:_detect_runtime_binary"
INVOKE = "core.lambda_runtime:Worker.invoke"
RDS_ATTRIBUTES = "services.cloudformation.provisioners:_rds_db_instance_attrs"
RDS_ACTIONS = "services.rds:_ACTION_MAP"
RDS_ANSWER = "services.rds:_xml"
RDS_INSTANCES = "services.rds:_instances"
RDS_INSTANCE_XML = "services.rds:_instance_xml"
CACHE_ATTRIBUTES = "services.cloudformation.provisioners:_ec_rg_attrs"
CACHE_GROUPS = "services.elasticache:_replication_groups"
REPLACES = "services.cloudformation.provisioners:_requires_replacement"
SECRETS = "services.secretsmanager:_secrets"
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
BUCKETS = "services.s3:_buckets"
BUCKET_DELETE = "services.s3:_delete_bucket"
BUCKET_VERSIONING = "services.s3:_put_bucket_versioning"
BUCKET_LOCK = "services.s3:_put_object_lock_configuration"
BUCKET_ENCRYPTION = "services.s3:_put_bucket_encryption"
BUCKET_OWNERSHIP = "services.s3:_put_bucket_ownership_controls"
BUCKET_TAGS = "services.s3:_put_bucket_tagging"
BUCKET_LOGGING = "services.s3:_put_bucket_logging"
BUCKET_LIFECYCLE = "services.s3:_put_bucket_lifecycle"
BUCKET_LIFECYCLE_REMOVE = "services.s3:_delete_bucket_lifecycle"
BUCKET_REPLICATION = "services.s3:_put_bucket_replication"
BUCKET_REPLICATION_REMOVE = "services.s3:_delete_bucket_replication"
OBJECT_ENCRYPTION = "services.s3:_resolve_sse_write_headers"
OBJECT_LOCK = "services.s3:_apply_object_lock_from_headers"
OBJECT_RECORD = "services.s3:_record_object_version"
OBJECT_RETENTIONS = "services.s3:_object_retention"
MULTIPART_COMPLETE = "services.s3:_complete_multipart_upload"
REPLICATE = "services.s3:_maybe_replicate"
REPLICATION_RULE = "services.s3:_replication_rule_for"
LAMBDA_FUNCTIONS = "services.lambda_svc:_functions"
LAMBDA_VPC = "services.lambda_svc:_vpc_config_with_id"
LAMBDA_FIND = "services.lambda_svc:_get_func_record_for_ref"
LAMBDA_EXECUTION = "services.lambda_svc:_execution_record_for_config"
LAMBDA_RUN = "services.lambda_svc:_execute_function_with_config_scope"
LAMBDA_DISPATCH = "services.lambda_svc:_execute_function_dispatch"
LAMBDA_METRICS = "services.lambda_svc:_emit_lambda_metrics"
PUT_EVENTS = "services.eventbridge:_put_events"
EVENTS_REQUEST = "services.eventbridge:handle_request"
EVENT_VIEW = "services.eventbridge:_pattern_event_view"
EVENT_TRANSFORM = "services.eventbridge:_apply_input_transformer"
RULES = "services.eventbridge:_rules"
RULE_TARGETS = "services.eventbridge:_targets"
RULE_INVOKE = "services.eventbridge:_invoke_target"
RULE_TICK = "services.eventbridge:_tick_scheduled_rules"
RULE_FIRED = "services.eventbridge:_rule_last_fired"
ALARMS = "services.cloudwatch:_alarms"
ALARM_EVALUATE = "services.cloudwatch:_evaluate_alarm"
ALARM_HISTORY = "services.cloudwatch:_record_history"
ALARM_ACT = "services.cloudwatch:_dispatch_alarm_actions"
ALARM_PARENTS = "services.cloudwatch:_evaluate_parent_alarms"
METRICS = "services.cloudwatch:_metrics"
METRIC_DIMENSIONS = "services.cloudwatch:_dims_key"
METRIC_KEEP = "services.cloudwatch:_store_datum"
METRIC_STATISTICS = "services.cloudwatch:_calc_stats"
METRIC_STATISTIC = "services.cloudwatch:_stat_value"
TOPIC_PUBLISH = "services.sns:publish_internal"
LOG_APPEND = "services.cloudwatch_logs:_append_log_events"
LOG_STREAM = "services.cloudwatch_logs:_create_log_stream"
LOG_PUT = "services.cloudwatch_logs:_put_log_events"
ECS_ACTIONS = "services.ecs:_ACTION_MAP"
ECS_DOCKER = "services.ecs:_get_docker"
ECS_DEFINITIONS = "services.ecs:_task_defs"
ECS_DEFINITION_KEY = "services.ecs:_resolve_td_key"
ECS_SERVICES = "services.ecs:_services"
ECS_TASKS = "services.ecs:_tasks"
ECS_TASK = "services.ecs:_resolve_task"
ECS_RECONCILE = "services.ecs:_reconcile_service_tasks"
ECS_RUN_TASK = "services.ecs:_run_task"
ECS_CLUSTERS = "services.ecs:_clusters"
ECS_CLUSTER_NAME = "services.ecs:_resolve_cluster_name"
ECS_STOP_TASK = "services.ecs:_stop_task"
ECS_COUNT = "services.ecs:_recount_cluster"
ECS_NOW = "services.ecs:_iso"
IMAGES_DESCRIBE = "services.ecr:_describe_images"
BALANCERS = "services.alb:_lbs"
LISTENERS = "services.alb:_listeners"
LISTENER_ATTRIBUTES = "services.alb:_listener_attrs"
TARGET_GROUPS = "services.alb:_tgs"
TARGET_ATTRIBUTES = "services.alb:_tg_attrs"
TARGETS = "services.alb:_targets"
BALANCER_ACTIONS = "services.alb:_ACTION_MAP"
BALANCER_XML = "services.alb:_xml"
NAMESPACES = "services.servicediscovery:_namespaces"
NAMED_SERVICES = "services.servicediscovery:_services"
NAMED_INSTANCES = "services.servicediscovery:_instances"
NAME_REGISTER = "services.servicediscovery:_register_instance"
NAME_DEREGISTER = "services.servicediscovery:_deregister_instance"
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
    HANDLERS, ON_WORKER_THREAD, INTERPRETER, INVOKE, RDS_ACTIONS, RDS_ANSWER, RDS_ATTRIBUTES, RDS_INSTANCES,
    CACHE_ATTRIBUTES, CACHE_GROUPS, REPLACES, CACHE_USERS, CACHE_USER_MODIFY, CACHE_USER_XML, CACHE_ANSWER,
    CACHE_ERROR, SECRET_RESOLVE, SECRET_READ, SECRET_POLICY, SECRET_POLICY_REMOVE, RANDOM_PASSWORD,
    SECRETS_REQUEST, SECRET_PUT, SECRET_UPDATE, SECRET_STAGE, SECRET_DELETE, SECRET_DESCRIBE, REWRITE_SECRET,
    TARGET_CONNECTION, SECRET_REFERENCE, SECURITY_GROUPS, GROUP_RULES, RDS_INSTANCE_XML, BUCKETS,
    BUCKET_DELETE, BUCKET_VERSIONING, BUCKET_LOCK, BUCKET_ENCRYPTION, BUCKET_OWNERSHIP, BUCKET_TAGS,
    BUCKET_LOGGING, BUCKET_LIFECYCLE, BUCKET_LIFECYCLE_REMOVE, BUCKET_REPLICATION, BUCKET_REPLICATION_REMOVE,
    OBJECT_ENCRYPTION, OBJECT_LOCK, OBJECT_RECORD, OBJECT_RETENTIONS, MULTIPART_COMPLETE, REPLICATE,
    REPLICATION_RULE, FLOW_LOGS_CREATE, FLOW_LOGS, LAMBDA_FUNCTIONS, LAMBDA_VPC, LAMBDA_FIND,
    LAMBDA_EXECUTION, LAMBDA_RUN, LAMBDA_DISPATCH, LAMBDA_METRICS, EVENTS_REQUEST, EVENT_VIEW, RULES,
    RULE_TARGETS, RULE_INVOKE, RULE_TICK, RULE_FIRED, ALARMS, ALARM_EVALUATE, ALARM_HISTORY, ALARM_ACT,
    ALARM_PARENTS, METRICS, METRIC_DIMENSIONS, METRIC_KEEP, METRIC_STATISTICS, METRIC_STATISTIC,
    TOPIC_PUBLISH, LOG_APPEND, LOG_STREAM, LOG_PUT, SECRETS, ECS_ACTIONS, ECS_DOCKER, ECS_DEFINITIONS,
    ECS_DEFINITION_KEY, ECS_SERVICES, ECS_TASKS, ECS_TASK, ECS_RECONCILE, ECS_RUN_TASK, ECS_STOP_TASK,
    ECS_COUNT, ECS_NOW, ECS_CLUSTERS, ECS_CLUSTER_NAME, IMAGES_DESCRIBE, EVENT_TRANSFORM, BALANCERS,
    LISTENERS, LISTENER_ATTRIBUTES, TARGET_GROUPS, TARGET_ATTRIBUTES, TARGETS, BALANCER_ACTIONS,
    BALANCER_XML, NAMESPACES, NAMED_SERVICES, NAMED_INSTANCES, NAME_REGISTER, NAME_DEREGISTER, EXECUTIONS,
    RUN_EXECUTION, PUT_EVENTS, REVERT_UPDATE, REFERENCE, REGION, ACCOUNT, SCOPE, JSON_ANSWER, ERROR_ANSWER,
    REENTRANT, SPAWN, CUSTOM_RESOURCE_ANSWER, MAIN,
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
        return self.function(name)(*arguments)

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

    def everywhere(self, name: str) -> list[tuple[Place, object]]:
        """Every row of one of the emulator's tables, in all accounts and regions."""
        owner, attribute = _locate(name)
        return cast("_Table", getattr(owner, attribute)).all_items()

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
