"""What an event asks for: a deployment its names, a person an order, a schedule nothing. Pure."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from lambdas.issue_certificate.errors import RequestInvalid

Order = Literal["certificate", "successor", "succession"]
"""A new certificate now; a new authority beside the present one; the newest alone, from now on."""

_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DNS_NAME: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
"""RFC 1123, section 2.1; a wildcard is none, for the pooler has one name."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is wanted beyond the renewal of what is due; names None are those of the present certificate."""

    names: tuple[str, ...] | None = None
    issue: str | None = None
    order: Order | None = None


def parse_request(event: Mapping[str, object]) -> Wish:
    """Read an event of CloudFormation, one with an order ({"Force": …}), or any other: a renewal.

    Raises:
        RequestInvalid: says which part, and what is expected.
    """
    if "RequestType" in event:
        return _deployment(event.get("ResourceProperties"))
    if "Force" in event:
        order = event["Force"]
        if order not in get_args(Order):
            raise RequestInvalid(f"Force is {order!r}; {' or '.join(get_args(Order))} is expected.")
        return Wish(order=cast("Order", order))
    return Wish()


def normal_names(names: Sequence[str]) -> tuple[str, ...]:
    """DNS names in lower case and addresses in their shortest form, each once, sorted.

    Raises:
        RequestInvalid: one is neither.
    """
    return tuple(sorted({_normal(name) for name in names}))


def _deployment(properties: object) -> Wish:
    given = cast("Mapping[str, object]", properties if isinstance(properties, dict) else {})
    names, issue = given.get("Names"), given.get("Issue")
    texts = cast("list[object]", names) if isinstance(names, list) else []
    if not texts or not all(isinstance(name, str) for name in texts):
        raise RequestInvalid("ResourceProperties.Names is not a list of DNS names and IP addresses.")
    if not isinstance(issue, str):
        raise RequestInvalid("ResourceProperties.Issue is not a text.")
    return Wish(names=normal_names(cast("list[str]", texts)), issue=issue)


def _normal(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    lower = name.lower().removesuffix(".")
    # A last label of digits alone is an address that somebody mistyped (RFC 3696, section 2).
    if not _DNS_NAME.fullmatch(lower) or lower.rpartition(".")[2].isdecimal():
        raise RequestInvalid(
            f"{name!r} is neither a DNS name nor an IP address, so no certificate can hold it."
        )
    return lower
