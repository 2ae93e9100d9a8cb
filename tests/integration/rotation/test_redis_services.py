"""What the Redis rotation sends to ElastiCache and to Lambda, and what it makes of their answers.

moto changes no ElastiCache user and runs no function without Docker, so the answers are written here as the
services give them.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from lambdas.common.rotation.errors import StepNotDone
from lambdas.rotate_redis import authenticator
from lambdas.rotate_redis.authenticator import AuthenticatorFunction
from lambdas.rotate_redis.users import ElastiCacheUsers
from tools.servers.addresses import free_address

if TYPE_CHECKING:
    from collections.abc import Iterator

USER_ID = "datatier-dev-app"
PASSWORDS = ("hunter2-pending-hunter2", "hunter2-current-hunter2")
DESCRIBED = (
    "<DescribeUsersResponse><DescribeUsersResult><Users><member>"
    "<UserId>datatier-dev-app</UserId><UserName>app</UserName><Status>modifying</Status>"
    "</member></Users></DescribeUsersResult></DescribeUsersResponse>"
)
MODIFIED = (
    "<ModifyUserResponse><ModifyUserResult><Status>modifying</Status></ModifyUserResult></ModifyUserResponse>"
)


def refusal(code: str) -> str:
    """An error of ElastiCache that quotes a parameter."""
    said = f"The parameter Passwords.member.1 has the value {PASSWORDS[0]}"
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{said}</Message></Error></ErrorResponse>"


@dataclass
class Service:
    """An AWS service on loopback: what it answers to everything, and what it was asked."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    silent: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.silent.set()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Return a service that boto3's clients are sent to."""
    state = Service()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            state.silent.wait(30)
            self.send_response(state.status)
            for name, value in {"Content-Length": str(len(state.body)), **state.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(state.body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name
            """Tests are quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that has gone away is what a test is about."""

    with Server(free_address(), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        host, port = server.server_address[:2]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host!s}:{port}")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        try:
            yield state
        finally:
            state.silent.set()
            server.shutdown()
            thread.join()


def failed(service: Service, document: object) -> None:
    service.headers = {"X-Amz-Function-Error": "Unhandled"}
    service.body = json.dumps(document)


def test_a_user_is_described_by_its_id(service: Service) -> None:
    service.body = DESCRIBED
    users = ElastiCacheUsers()
    assert (users.name_of(USER_ID), users.is_active(USER_ID)) == ("app", False)
    assert [parse_qs(asked)["UserId"] for asked in service.asked] == [[USER_ID]] * 2


def test_two_passwords_are_sent_in_their_order_and_nothing_else_is_changed(service: Service) -> None:
    service.body = MODIFIED
    ElastiCacheUsers().set_passwords(USER_ID, PASSWORDS)
    sent = {name: value for name, (value,) in parse_qs(service.asked[0]).items()}
    assert sent == {
        "Action": "ModifyUser",
        "Version": "2015-02-02",
        "UserId": USER_ID,
        "Passwords.member.1": PASSWORDS[0],
        "Passwords.member.2": PASSWORDS[1],
    }


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("UserNotFound", "deploy the cache stack"),
        ("InvalidUserState", "it is being changed, and the next try comes later"),
        ("AccessDenied", "the function's role lacks the permission"),
        ("InvalidParameterValue", "ElastiCache's API reference tells why"),
    ],
)
def test_a_refusal_of_elasticache_says_what_to_do_and_shows_no_password(
    service: Service, code: str, remedy: str
) -> None:
    service.status, service.body = 400, refusal(code)
    users = ElastiCacheUsers()
    with pytest.raises(StepNotDone, match=f"refuses user {USER_ID}: {code}; {remedy}") as error:
        users.set_passwords(USER_ID, PASSWORDS)
    assert "hunter2" not in str(error.value)
    assert error.value.__cause__ is None
    with pytest.raises(StepNotDone, match=code):
        users.is_active(USER_ID)


@pytest.mark.parametrize("version", ["a-token", None])
def test_the_function_inside_is_told_the_secret_and_its_version_and_no_password(
    service: Service, version: str | None
) -> None:
    service.body = "{}"
    AuthenticatorFunction("datatier-dev-authenticate-redis").check("the arn", version)
    assert [json.loads(event) for event in service.asked] == [{"SecretId": "the arn", "VersionId": version}]


def test_what_the_function_inside_says_is_passed_on(service: Service) -> None:
    failed(service, {"errorMessage": "Redis user app is refused", "errorType": "LoginRefused"})
    with pytest.raises(StepNotDone, match=r"^Redis user app is refused$"):
        AuthenticatorFunction("inside").check("the arn", "a-token")


@pytest.mark.parametrize("document", [None, [], "killed", {}])
def test_a_function_that_failed_without_a_word_is_named(service: Service, document: object) -> None:
    failed(service, document)
    with pytest.raises(StepNotDone, match="the function inside has failed: see its log"):
        AuthenticatorFunction("inside").check("the arn", "a-token")


def test_a_function_that_may_not_be_called_is_named(service: Service) -> None:
    service.status, service.body = 403, json.dumps({"message": "not authorized"})
    service.headers = {"X-Amzn-ErrorType": "AccessDeniedException"}
    with pytest.raises(StepNotDone, match=r"the function inside cannot be called: .*AccessDenied"):
        AuthenticatorFunction("inside").check("the arn", "a-token")


def test_a_function_that_does_not_answer_is_called_once_and_given_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    monkeypatch.setattr(authenticator, "CALL_SECONDS", 1)
    service.silent.clear()
    with pytest.raises(StepNotDone, match="the function inside cannot be called: Read timeout"):
        AuthenticatorFunction("inside").check("the arn", "a-token")
    assert len(service.asked) == 1
