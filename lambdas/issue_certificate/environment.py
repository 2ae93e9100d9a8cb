"""The function's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lambdas.common.errors import EnvironmentInvalid
from lambdas.common.variables import number, required
from lambdas.issue_certificate.plan import Terms

LEAST_CERTIFICATE_DAYS: Final = 7
"""A certificate is renewed in the last third of its life, and the schedule comes twice a day."""

LONGEST_PREFIX: Final = 38
"""An X.509 common name holds 64 characters (RFC 5280, appendix A.1), and 26 are the authority's own."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where the three documents and the parameter are, how long things live, and what they are called."""

    authority_secret_arn: str
    certificate_secret_arn: str
    trust_secret_arn: str
    trust_parameter: str
    terms: Terms
    prefix: str


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read AUTHORITY_SECRET_ARN, CERTIFICATE_SECRET_ARN, TRUST_SECRET_ARN, TRUST_PARAMETER, CERTIFICATE_DAYS,
    AUTHORITY_DAYS and COMMON_NAME_PREFIX.

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """  # noqa: D205  (the variables do not fit into one line)
    terms = Terms(
        certificate_days=number(variables, "CERTIFICATE_DAYS"),
        authority_days=number(variables, "AUTHORITY_DAYS"),
    )
    if terms.certificate_days < LEAST_CERTIFICATE_DAYS:
        raise EnvironmentInvalid(
            f"CERTIFICATE_DAYS is {terms.certificate_days}; {LEAST_CERTIFICATE_DAYS} or more are expected: "
            "it must live through some days on which it cannot be renewed.",
        )
    if terms.authority_days < terms.least_authority_days:
        raise EnvironmentInvalid(
            f"AUTHORITY_DAYS is {terms.authority_days}; with certificates of {terms.certificate_days} days "
            f"{terms.least_authority_days} or more are expected: in the last third of an authority's life "
            f"its successor is published for {terms.overlap.days} days, and its last certificate runs out.",
        )
    prefix = required(variables, "COMMON_NAME_PREFIX")
    if len(prefix) > LONGEST_PREFIX or not prefix.isascii() or not prefix.isprintable():
        raise EnvironmentInvalid(
            f"COMMON_NAME_PREFIX is {prefix!r}; at most {LONGEST_PREFIX} ASCII characters are expected.",
        )
    return Environment(
        authority_secret_arn=required(variables, "AUTHORITY_SECRET_ARN"),
        certificate_secret_arn=required(variables, "CERTIFICATE_SECRET_ARN"),
        trust_secret_arn=required(variables, "TRUST_SECRET_ARN"),
        trust_parameter=required(variables, "TRUST_PARAMETER"),
        terms=terms,
        prefix=prefix,
    )
