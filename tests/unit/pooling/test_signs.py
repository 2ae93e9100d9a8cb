"""Lines of PgBouncer's log, as 1.18.0 and 1.26.1 write them, and what the task makes of them."""

from __future__ import annotations

import pytest

from containers.pgbouncer.signs import Meaning, read

HEAD = "2026-11-26 18:25:55.907 UTC [17189] "
CLIENT = "C-0x55a314359b30: shop/app@127.0.0.1:50766 "
SERVER = "S-0x55a314359b30: shop_read/app@10.0.0.7:5432 "
UNKNOWN = "C-0x55a314359b30: (nodb)/nobody@127.0.0.1:50772 "
FAILING = "pooler error: server login has been failing"
RETRY = "(server_login_retry)"


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        (f"ERROR {CLIENT}password authentication failed", Meaning.CLIENT_REFUSED),
        (f"ERROR {UNKNOWN}password authentication failed", Meaning.CLIENT_REFUSED),
        (f"WARNING {CLIENT}pooler error: SASL authentication failed", None),
        (f"LOG {UNKNOWN}no such user: nobody", None),
        (f"WARNING {UNKNOWN}pooler error: SSL required", None),
        (
            'WARNING server login failed: FATAL password authentication failed for user "app"',
            Meaning.LOGIN_REFUSED,
        ),
        ('WARNING server login failed: FATAL role "app" is not permitted to log in', Meaning.LOGIN_REFUSED),
        (
            f'ERROR {SERVER}S: login failed: FATAL: password authentication failed for user "app"',
            Meaning.LOGIN_REFUSED,
        ),
        (f'WARNING {CLIENT}pooler error: password authentication failed for user "app"', None),
        ("WARNING server login failed: FATAL the database system is starting up", Meaning.UNREACHABLE),
        (f"ERROR {SERVER}S: login failed: FATAL: the database system is shutting down", Meaning.UNREACHABLE),
        (f"WARNING {CLIENT}{FAILING}, try again later {RETRY}", Meaning.FAILING),
        (f"WARNING {CLIENT}{FAILING}, cached error: connect failed {RETRY}", Meaning.FAILING),
        (f"WARNING {CLIENT}{FAILING}, cached error: pause mode {RETRY}", None),
        (f"WARNING {CLIENT}{FAILING}, cached error: connect string changed {RETRY}", None),
        (f"ERROR {SERVER}S: login failed: FATAL: sorry, too many clients already", None),
        (
            "WARNING cannot listen on 127.0.0.1:6432: bind(): Address already in use",
            Meaning.NOT_LISTENING,
        ),
        ("FATAL failed to listen on any address in listen_addr list: 127.0.0.1", Meaning.NOT_LISTENING),
        ("LOG process up: PgBouncer 1.26.1, libevent 2.1.13-stable (epoll)", None),
    ],
)
def test_a_line_means_what_it_says(line: str, meaning: Meaning | None) -> None:
    assert read(HEAD + line + "\n").meaning is meaning


def test_a_line_names_the_database_that_it_is_about() -> None:
    assert read(f"{HEAD}WARNING {SERVER}connect failed").database == "shop_read"
    assert read(f"{HEAD}WARNING {UNKNOWN}connect failed").database is None
    assert read(f"{HEAD}WARNING server login failed: FATAL gone").database is None


@pytest.mark.parametrize(
    "line",
    [
        "LOG C-0x5: (nodb)/(nouser)@127.0.0.1:1 no such user: {}",
        "WARNING C-0x5: (nodb)/{}@127.0.0.1:1 pooler error: SASL authentication failed",
        "WARNING C-0x5: (nodb)/app@127.0.0.1:1 pooler error: no such database: {}",
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "x@1.1.1.1:1 server login failed: FATAL gone",
        "\tx WARNING server login failed: FATAL gone",
        "shop/app@1.1.1.1:1 pooler error: server login has been failing, try again later",
    ],
)
def test_a_strangers_name_does_not_pass_for_a_line_of_the_log(line: str, name: str) -> None:
    assert read(HEAD + line.format(name)).meaning is None


def test_what_follows_a_line_feed_in_a_name_is_no_line_of_the_log() -> None:
    assert read(f"\t{HEAD}WARNING server login failed: FATAL gone").meaning is None


def test_the_date_and_the_process_id_are_left_to_the_tasks_own_log() -> None:
    line = read(f"{HEAD}WARNING TLS handshake failed")
    assert (line.message, line.is_warning) == ("TLS handshake failed", True)


def test_a_line_of_a_library_is_a_warning() -> None:
    line = read("pgbouncer: error while loading shared libraries: libevent.so\n")
    assert line.is_warning
    assert line.message == "pgbouncer: error while loading shared libraries: libevent.so"
