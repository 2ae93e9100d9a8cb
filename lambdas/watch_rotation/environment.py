"""The function's environment variables, parsed once into a type. It reads nothing but what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from lambdas.common.errors import EnvironmentInvalid
from lambdas.common.variables import json_object, required, texts


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The secrets by name, how many days old each may become, and where its figure goes.

    With `each_secret` every secret has a metric of its own, named by its dimension.
    """

    secret_arns: Mapping[str, str]
    longest_days: Mapping[str, int]
    each_secret: bool
    namespace: str


def parse_environment(variables: Mapping[str, str]) -> Environment:
    """Read SECRET_ARNS, LONGEST_DAYS, EACH_SECRET and POWERTOOLS_METRICS_NAMESPACE.

    Raises:
        EnvironmentInvalid: names the variable and what it should hold.
    """
    arns, days = texts(variables, "SECRET_ARNS"), json_object(variables, "LONGEST_DAYS")
    if arns.keys() != days.keys():
        raise EnvironmentInvalid("LONGEST_DAYS and SECRET_ARNS do not name the same secrets.")
    if not all(isinstance(number, int) and number > 0 for number in days.values()):
        raise EnvironmentInvalid("LONGEST_DAYS: every value is a number of days.")
    return Environment(
        secret_arns=arns,
        longest_days=cast("Mapping[str, int]", days),
        each_secret=variables.get("EACH_SECRET") == "true",
        namespace=required(variables, "POWERTOOLS_METRICS_NAMESPACE"),
    )
