"""PgBouncer's settings that the environment's file may set, and since which release each exists. Pure.

Source: PgBouncer's changelog (NEWS.md), and `SHOW CONFIG` of 1.18.0, 1.24.1 and 1.26.1.
"""

from collections.abc import Mapping
from typing import Final

from containers.pgbouncer.errors import ConfigurationInvalid
from containers.pgbouncer.version import Version

_ALWAYS: Final = Version(1, 18)
"""The oldest release that anybody runs this with; what it has is not looked up further back."""

PASSED_ON: Final[Mapping[str, Version]] = {
    **dict.fromkeys(
        (
            "application_name_add_host", "client_idle_timeout", "client_login_timeout", "client_tls_ciphers",
            "client_tls_protocols", "disable_pqexec", "idle_transaction_timeout", "listen_backlog",
            "max_client_conn", "max_user_connections", "min_pool_size", "pkt_buf", "pool_mode",
            "query_timeout", "query_wait_timeout", "reserve_pool_size", "reserve_pool_timeout",
            "sbuf_loopcnt", "server_check_delay", "server_check_query", "server_connect_timeout",
            "server_fast_close", "server_idle_timeout", "server_lifetime", "server_login_retry",
            "server_reset_query", "server_reset_query_always", "server_round_robin", "server_tls_ciphers",
            "server_tls_protocols", "tcp_defer_accept", "tcp_keepalive", "tcp_keepcnt", "tcp_keepidle",
            "tcp_keepintvl", "tcp_socket_buffer", "tcp_user_timeout",
        ),
        _ALWAYS,
    ),
    "cancel_wait_timeout": Version(1, 19),
    "track_extra_parameters": Version(1, 20),
    "max_prepared_statements": Version(1, 21),
    "max_db_client_connections": Version(1, 24),
    "max_user_client_connections": Version(1, 24),
    "client_tls13_ciphers": Version(1, 25),
    "query_wait_notify": Version(1, 25),
    "scram_iterations": Version(1, 25),
    "server_tls13_ciphers": Version(1, 25),
    "transaction_timeout": Version(1, 25),
    "pool_idle_timeout": Version(1, 26),
}  # fmt: skip

OURS: Final = frozenset(
    {
        "admin_users", "auth_file", "auth_type", "client_tls_ca_file", "client_tls_cert_file",
        "client_tls_key_file", "client_tls_sslmode", "default_pool_size", "dns_max_ttl", "dns_nxdomain_ttl",
        "ignore_startup_parameters", "listen_addr", "listen_port", "log_connections", "log_disconnections",
        "log_pooler_errors", "log_stats", "max_db_connections", "server_tls_ca_file", "server_tls_sslmode",
        "stats_users", "unix_socket_dir", "unix_socket_mode",
    }
)  # fmt: skip
"""What the rendered configuration decides itself."""


def judge(settings: Mapping[str, str]) -> None:
    """Let only settings through that PgBouncer has and that are not decided here.

    Raises:
        ConfigurationInvalid: names the first that is not.
    """
    for name, value in settings.items():
        if name in OURS:
            raise ConfigurationInvalid(
                f"PGBOUNCER_SETTINGS holds {name}, which the task itself sets. Remove it there."
            )
        if name not in PASSED_ON:
            raise ConfigurationInvalid(
                f"PGBOUNCER_SETTINGS holds {name}, which is no setting that is passed on to PgBouncer. "
                f"Those are: {', '.join(sorted(PASSED_ON))}."
            )
        if not value.isprintable() or value != value.strip():
            raise ConfigurationInvalid(
                f"PGBOUNCER_SETTINGS: the value of {name} is {value!r}; "
                "expected one line without spaces around."
            )


def known(settings: Mapping[str, str], version: Version) -> dict[str, str]:
    """Those that a release has. Raises ConfigurationInvalid: as `judge`."""
    judge(settings)
    return {name: value for name, value in settings.items() if PASSED_ON[name] <= version}


def left_out(settings: Mapping[str, str], version: Version) -> tuple[str, ...]:
    """Names that a release does not know yet, sorted. Raises ConfigurationInvalid: as `judge`."""
    return tuple(sorted(settings.keys() - known(settings, version).keys()))
