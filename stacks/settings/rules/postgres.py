"""Rules on PostgreSQL: storage, windows, insights, names, parameters. Never looks at a server."""

from collections.abc import Iterator

from stacks.settings.environment import Environment
from stacks.settings.names import LONGEST_LOGIN, RDS_DATABASES, RESERVED_WORDS, taken_login
from stacks.settings.rules.finding import Finding

ADVANCED_RETENTION = 465
"""CreateDBInstance, DatabaseInsightsMode: 'advanced' wants exactly 15 months of 31 days."""

OWN_PARAMETERS = {
    "auto_explain.log_min_duration": "set database.slow_plan_milliseconds instead",
    "hot_standby_feedback": "the replicas' group sets it, so that a long report is not cancelled by vacuum",
    "idle_in_transaction_session_timeout": "set database.idle_in_transaction_timeout_seconds instead",
    "log_min_duration_sample": "set database.query_sample_milliseconds instead",
    "log_min_duration_statement": "set database.slow_query_milliseconds instead",
    "log_parameter_max_length": "bound values are people's data and stay out of the log",
    "log_parameter_max_length_on_error": "bound values are people's data and stay out of the log",
    "log_statement_sample_rate": "set database.query_sample_rate instead",
    "password_encryption": "passwords are SCRAM verifiers, and the bootstrap depends on it",
    "rds.force_ssl": "the tier promises that a plaintext connection is refused",
    "ssl_min_protocol_version": "the tier promises TLS 1.2 or newer",
    "shared_preload_libraries": "the tier lists pg_stat_statements and auto_explain there",
}
"""Parameters that the tier sets by itself, each with what to do instead or why."""


def storage_has_headroom(environment: Environment) -> Iterator[Finding]:
    """RDS refuses a ceiling less than 10 % above the storage it starts with."""
    initial = environment.database.allocated_storage_gib
    least = -(-initial * 11 // 10)
    if environment.database.max_allocated_storage_gib < least:
        yield Finding(
            "database.max_allocated_storage_gib",
            f"must be at least {least} GiB: RDS wants 10 % above database.allocated_storage_gib = {initial}",
            ("database.allocated_storage_gib",),
        )


def backup_and_maintenance_take_turns(environment: Environment) -> Iterator[Finding]:
    """RDS refuses windows that meet."""
    backup, maintenance = environment.database.backup_window, environment.database.maintenance_window
    if backup.overlaps(maintenance):
        yield Finding(
            "database.maintenance_window",
            f'must not overlap database.backup_window = "{backup}"',
            ("database.backup_window",),
        )


def advanced_insights_are_complete(environment: Environment) -> Iterator[Finding]:
    """The advanced mode wants its retention, and shows only those processes that are sampled."""
    database = environment.database
    if database.insights_mode != "advanced":
        return
    if database.insights_retention_days != ADVANCED_RETENTION:
        yield Finding(
            "database.insights_retention_days",
            f'must be {ADVANCED_RETENTION} days with database.insights_mode = "advanced"',
            ("database.insights_mode",),
        )
    if database.monitoring_interval_seconds == 0:
        yield Finding(
            "database.monitoring_interval_seconds",
            'must not be 0 with database.insights_mode = "advanced", which is paid to show what Enhanced '
            "Monitoring samples",
            ("database.insights_mode",),
        )


def sample_is_of_quicker_statements(environment: Environment) -> Iterator[Finding]:
    """What is slow is logged whole already, so a sample of it adds nothing to the percentiles."""
    database = environment.database
    if (
        database.query_sample_rate > 0
        and database.query_sample_milliseconds >= database.slow_query_milliseconds
    ):
        yield Finding(
            "database.query_sample_milliseconds",
            "must be below database.slow_query_milliseconds, from where every statement is logged; set "
            "database.query_sample_rate = 0 to sample none",
            ("database.slow_query_milliseconds", "database.query_sample_rate"),
        )


def names_are_free(environment: Environment) -> Iterator[Finding]:
    """The names given are not taken by PostgreSQL, RDS or the tier itself."""
    database = environment.database
    if database.name in RDS_DATABASES:
        yield Finding("database.name", "RDS has a database of that name already; choose another")
    elif database.name in RESERVED_WORDS:
        yield Finding("database.name", "it is a reserved word of PostgreSQL; choose another")
    taken = taken_login(database.master_username)
    if taken:
        yield Finding("database.master_username", f"{taken}; choose another")
    for login in database.iam_logins:
        key = f"database.iam_logins.{login}"
        taken = taken_login(login)
        if taken:
            yield Finding(key, f"{taken}; choose another name")
        elif login == database.master_username:
            yield Finding(key, "it is the master's name; choose another", ("database.master_username",))
        elif len(login) > LONGEST_LOGIN:
            yield Finding(key, f"must be at most {LONGEST_LOGIN} characters long")


def parameters_leave_ours_alone(environment: Environment) -> Iterator[Finding]:
    """An override does not undo what the tier promises or has a setting for."""
    for name in ("parameters", "replica_parameters"):
        overrides: dict[str, str] = getattr(environment.database, name)
        for parameter in overrides:
            if parameter in OWN_PARAMETERS:
                yield Finding(
                    f"database.{name}.{parameter}", f"is the tier's own: {OWN_PARAMETERS[parameter]}"
                )


POSTGRES = (
    storage_has_headroom,
    backup_and_maintenance_take_turns,
    advanced_insights_are_complete,
    sample_is_of_quicker_statements,
    names_are_free,
    parameters_leave_ours_alone,
)
