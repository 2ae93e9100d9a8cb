"""The parameters of the primary and of its replicas, decided from the settings. Pure; never asks a server."""

from stacks.settings.database import DatabaseSettings

MILLISECONDS = 1000


def family(engine_version: str) -> str:
    """`postgres15` of `15.17`: the parameter group family."""
    return f"postgres{engine_version.partition('.')[0]}"


def primary_parameters(settings: DatabaseSettings) -> dict[str, str]:
    """Return the primary's parameters, in RDS's spelling, sorted by name."""
    idle_in_transaction = settings.idle_in_transaction_timeout_seconds * MILLISECONDS
    return _sorted(
        {
            # Encryption in transit: plaintext is refused (document, 'Encryption').
            "rds.force_ssl": "1",
            "ssl_min_protocol_version": "TLSv1.2",
            "password_encryption": "scram-sha-256",
            # Slow queries (document, 'Alerting'), and a sample of all for p50, p95 and p99 ('Metrics to
            # Track').
            "log_min_duration_statement": str(settings.slow_query_milliseconds),
            "log_min_duration_sample": str(settings.query_sample_milliseconds),
            "log_statement_sample_rate": _number(settings.query_sample_rate),
            # Bound values are people's data: they stay out of the log. Literals in a logged statement still
            # reach it, and so does the DETAIL of a broken constraint, which quotes the row: terse messages
            # would drop it, but also who held the lock that somebody waited for.
            "log_parameter_max_length": "0",
            "log_parameter_max_length_on_error": "0",
            # Statistics by query, and the plans of slow ones (document, 'Query Optimization').
            "shared_preload_libraries": "pg_stat_statements,auto_explain",
            "track_io_timing": "1",
            "auto_explain.log_min_duration": str(settings.slow_plan_milliseconds),
            "auto_explain.log_format": "json",
            # log_analyze times every node of every plan, slow or not: too dear to leave on.
            "auto_explain.log_analyze": "0",
            "auto_explain.log_nested_statements": "1",
            # Who connected, who waited for whom, what spilled to disk, and what vacuum took long over.
            "log_connections": "1",
            "log_disconnections": "1",
            "log_lock_waits": "1",
            "log_temp_files": "65536",
            "log_autovacuum_min_duration": "10000",
            # A forgotten transaction keeps vacuum from cleaning up behind everyone.
            "idle_in_transaction_session_timeout": str(idle_in_transaction),
            **settings.parameters,
        }
    )


def replica_parameters(settings: DatabaseSettings) -> dict[str, str]:
    """Return the replicas' parameters: the primary's, and what only a standby heeds."""
    return _sorted(
        {
            **primary_parameters(settings),
            # Vacuum on the primary leaves the rows that a long report on the replica still reads.
            "hot_standby_feedback": "1",
            **settings.replica_parameters,
        }
    )


def _number(value: float) -> str:
    """`0.01`, `1`: never an exponent, which RDS refuses."""
    return f"{value:.6f}".rstrip("0").rstrip(".") or "0"


def _sorted(parameters: dict[str, str]) -> dict[str, str]:
    return dict(sorted(parameters.items()))
