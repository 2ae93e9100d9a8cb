"""The pooling slice in PgBouncer's own words: what each task is told. Pure; never writes a file."""

from stacks.settings.pooling import PoolingSettings

KEEPALIVE_INTERVAL_SECONDS, KEEPALIVE_PROBES = 10, 3
"""A silent peer is given up after three questions without an answer, ten seconds apart."""

MILLISECONDS = 1_000


def pgbouncer_settings(settings: PoolingSettings) -> dict[str, str]:
    """Return PgBouncer's settings by its own names (PgBouncer, 'Configuration'), each value as text."""
    return {
        "pool_mode": settings.pool_mode,
        "max_client_conn": str(settings.max_client_connections),
        "max_prepared_statements": str(settings.max_prepared_statements),
        # Who logs in during a failover waits as long as who is in already, not PgBouncer's own 60 s.
        "client_login_timeout": str(settings.query_wait_timeout_seconds),
        "query_wait_timeout": str(settings.query_wait_timeout_seconds),
        "server_connect_timeout": str(settings.connect_timeout_seconds),
        "server_idle_timeout": str(settings.idle_timeout_seconds),
        "server_lifetime": str(settings.max_lifetime_seconds),
        "server_login_retry": str(settings.login_retry_seconds),
        "tcp_keepalive": "1",
        "tcp_keepidle": str(settings.keepalive_idle_seconds),
        "tcp_keepintvl": str(KEEPALIVE_INTERVAL_SECONDS),
        "tcp_keepcnt": str(KEEPALIVE_PROBES),
        "tcp_user_timeout": str(settings.unanswered_seconds * MILLISECONDS),
    }


def pool_sizes(settings: PoolingSettings) -> dict[str, int]:
    """Return the connections that one task opens at most, by what to: `primary` and `replicas`."""
    return {
        "primary": settings.pool_size // settings.tasks,
        "replicas": settings.read_pool_size // settings.tasks,
    }
