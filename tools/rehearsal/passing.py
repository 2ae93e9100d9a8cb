"""Lets time pass in a rehearsed tier, and fires its scheduled rules: what a test of alarms cannot wait for.

AWS has neither operation; the emulated one of a rehearsal does (`tools/rehearsal/services/passing_time.py`).
"""

import json
from http.client import HTTPConnection, HTTPException

from tools.rehearsal.errors import EmulatorRefused
from tools.rehearsal.launcher import ADDRESS
from tools.rehearsal.overlay import ACCOUNT
from tools.rehearsal.tier import Tier

SECONDS_TO_ANSWER = 60.0
OK = 200


def let_time_pass(tier: Tier, *, seconds: float) -> None:
    """Make metrics, rules' schedules and secrets older, in every region. Raises EmulatorRefused."""
    _ask(tier, tier.region, "LetTimePass", {"Seconds": seconds})


def fire_rule(tier: Tier, name: str, *, region: str | None = None) -> None:
    """Fire a rule that has a schedule, at once. Raises EmulatorRefused."""
    _ask(tier, region or tier.region, "FireRule", {"Rule": name})


def _ask(tier: Tier, region: str, operation: str, data: dict[str, object]) -> None:
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSEvents.{operation}",
        # Nothing checks the signature; the account and the region are read from what it claims.
        "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{region}/events/aws4_request, "
        "SignedHeaders=host, Signature=none",
    }
    connection = HTTPConnection(ADDRESS, tier.port, timeout=SECONDS_TO_ANSWER)
    try:
        connection.request("POST", "/", json.dumps(data), headers)
        response = connection.getresponse()
        said = response.read().decode(errors="replace")
    except (OSError, HTTPException) as error:
        raise EmulatorRefused(
            f"the emulated AWS at {tier.endpoint} did not answer {operation}: {error}; see `make status`"
        ) from error
    finally:
        connection.close()
    if response.status != OK:
        raise EmulatorRefused(f"the emulated AWS at {tier.endpoint} refuses {operation} of {data}: {said}")
