"""A line of a log that holds figures publishes them; any other line publishes nothing."""

import json

import pytest

from lambdas.common.metrics import publish
from tools.rehearsal.services.embedded_metrics import Figure, figures

MOMENT = 1_700_000_000.5


def line(*, dimensions: object = (("Login",),), **targets: object) -> str:
    directive = {
        "Namespace": "N",
        "Dimensions": dimensions,
        "Metrics": [{"Name": "Age", "Unit": "Seconds"}, {"Name": "Other"}],
    }
    return json.dumps({"_aws": {"Timestamp": MOMENT * 1000, "CloudWatchMetrics": [directive]}, **targets})


def figure(*values: float, name: str = "Age", unit: str = "Seconds", **dimensions: str) -> Figure:
    return Figure(
        namespace="N",
        name=name,
        unit=unit,
        dimensions=tuple(dimensions.items()),
        values=values,
        moment=MOMENT,
    )


def test_each_metric_is_published_with_the_values_of_its_dimensions() -> None:
    assert figures(line(Age=7, Other=1.5, Login="app")) == [
        figure(7, Login="app"),
        figure(1.5, name="Other", unit="None", Login="app"),
    ]


def test_each_set_of_dimensions_is_a_metric_of_its_own_and_may_be_empty() -> None:
    found = figures(line(dimensions=[[], ["Login"]], Age=7, Login="app"))
    assert found == [figure(7), figure(7, Login="app")]


def test_an_array_is_as_many_values() -> None:
    assert figures(line(dimensions=[[]], Age=[1, 2, 2])) == [figure(1, 2, 2)]


def test_what_our_lambdas_write_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    publish("DaysOverdue", 3.5, unit="None", namespace="datatier", dimensions={"Login": "app"})
    (found,) = figures(capsys.readouterr().out)
    assert (found.name, found.values, found.dimensions) == ("DaysOverdue", (3.5,), (("Login", "app"),))


@pytest.mark.parametrize(
    "text",
    [
        "START RequestId: 1",
        '{"message": "CloudWatchMetrics"}',
        f"INFO {line(Age=1, Login='app')}",
        line(Age=1, Login="app")[:-1],
        line(Age=1),
        line(Age=1, Login=5),
        line(Age="1", Login="app"),
        line(Age=True, Login="app"),
        line(Age=[1] * 101, Login="app"),
        line(dimensions="Login", Age=1, Login="app"),
        '{"_aws": {"CloudWatchMetrics": []}}',
        '["_aws", {"CloudWatchMetrics": []}]',
        '{"_aws": 1, "x": {"CloudWatchMetrics": 2}}',
    ],
)
def test_what_does_not_keep_to_the_format_publishes_nothing(text: str) -> None:
    assert figures(text) == []
