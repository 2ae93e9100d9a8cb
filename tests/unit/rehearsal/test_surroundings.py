"""Nothing of this shell or this machine's AWS configuration leads a rehearsal elsewhere."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tools.rehearsal import clouds
from tools.rehearsal.errors import EmulatorRefused
from tools.rehearsal.surroundings import surroundings
from tools.rehearsal.tier import Tier

REFUSAL = b'{"__type": "Answered", "message": "this server answers so"}'


@dataclass(frozen=True, kw_only=True)
class Answering:
    """A server on loopback that answers every request of an AWS client with the same refusal."""

    endpoint: str
    asked: list[str]


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Serve on a free port until the test ends."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(400)
            self.send_header("Content-Length", str(len(REFUSAL)))
            self.end_headers()
            self.wfile.write(REFUSAL)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the base class names it so
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield Answering(endpoint=f"http://127.0.0.1:{server.server_port}", asked=asked)
        server.shutdown()
        thread.join()


def test_aws_cdk_and_postgresql_variables_stay_behind() -> None:
    shell = {"AWS_PROFILE": "work", "CDK_DEFAULT_ACCOUNT": "1", "PGHOST": "elsewhere", "LANG": "C"}
    assert set(surroundings(shell)) == {"LANG", "NO_PROXY", "no_proxy"}
    assert "LANG" not in surroundings(shell, without=("LA",))


def test_loopback_is_reached_without_a_proxy_and_other_exceptions_stay() -> None:
    shell = {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "a.example, localhost", "no_proxy": "b.example"}
    found = surroundings(shell)
    assert found["HTTPS_PROXY"] == "http://proxy:1"
    assert found["NO_PROXY"] == found["no_proxy"] == "a.example,localhost,b.example,127.0.0.1,127.0.0.0/8"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_PROFILE", "nonexistent"),
        ("AWS_DEFAULT_PROFILE", "nonexistent"),
        ("AWS_CONFIG_FILE", "broken"),
        ("AWS_SHARED_CREDENTIALS_FILE", "broken"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("http_proxy", "http://127.0.0.1:9"),
    ],
)
def test_a_client_ignores_what_this_machine_is_set_up_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answering: Answering, variable: str, value: str
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("this is [no configuration\n")
    monkeypatch.setenv(variable, str(broken) if value == "broken" else value)
    client = clouds.session("us-east-1").client("ssm", endpoint_url=answering.endpoint)
    with pytest.raises(ClientError, match="Answered"):
        client.get_parameter(Name="any")
    client.close()
    assert answering.asked == ["/"]


def test_what_the_emulator_refuses_is_the_rehearsals_own_error() -> None:
    tier = Tier(environment="dev", region="us-east-1", recovery_region="us-west-2", port=1)
    with pytest.raises(EmulatorRefused, match="its parameters"), clouds.asking(tier, "its parameters"):
        raise ClientError({"Error": {"Code": "Refused"}}, "GetParameter")
