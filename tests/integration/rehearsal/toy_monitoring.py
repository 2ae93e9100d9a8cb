"""A function that errs when it is told to, a topic with a queue that hears it, and alarms that tell it."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.integration.rehearsal.emulated_aws import until

if TYPE_CHECKING:
    from tests.integration.rehearsal.emulated_aws import EmulatedAws

PERIOD = 300
NAMESPACE = "toys"

SOURCE = """
import json, time

def handler(event, _context):
    print(json.dumps({
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {"Namespace": "toys", "Dimensions": [["Toy"]], "Metrics": [{"Name": "Figure"}]}
            ],
        },
        "Toy": event.get("toy", "none"),
        "Figure": event.get("figure", 0),
    }))
    if event.get("err"):
        raise RuntimeError("it is told to")
"""


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """One test's own topic, and the queue that is subscribed to it."""

    aws: EmulatedAws
    name: str
    topic: str
    queue: str

    @classmethod
    def create(cls, aws: EmulatedAws) -> Monitoring:
        """Create both under a name that nobody else has."""
        name = f"toy-{secrets.token_hex(4)}"
        topics = aws.client("sns")
        topic = topics.create_topic(Name=name)["TopicArn"]
        url = aws.queues.create_queue(QueueName=name)["QueueUrl"]
        attributes = aws.queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
        return cls(aws=aws, name=name, topic=topic, queue=url)

    def function(self) -> str:
        """Create a function; return its name."""
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("toy.py", SOURCE)
        name = f"{self.name}-{secrets.token_hex(2)}"
        self.aws.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="toy.handler",
            Role=f"arn:aws:iam::{'0' * 12}:role/toy",
            Code={"ZipFile": package.getvalue()},
        )
        return name

    def run(self, function: str, **event: object) -> None:
        """Invoke a function and wait for it."""
        self.aws.functions.invoke(FunctionName=function, Payload=json.dumps(event))

    def alarm(self, what: str, **changes: object) -> str:
        """Create an alarm above zero, of one period in one; return its name."""
        name = f"{self.name}-{what}"
        declared = {
            "AlarmName": name,
            "Namespace": NAMESPACE,
            "MetricName": self.name,
            "Statistic": "Sum",
            "Period": PERIOD,
            "EvaluationPeriods": 1,
            "Threshold": 0.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [self.topic],
        }
        self.aws.client("cloudwatch").put_metric_alarm(**declared | changes)
        return name

    def errors_alarm(self, function: str) -> str:
        """Create the alarm on a function's errors."""
        dimensions = [{"Name": "FunctionName", "Value": function}]
        return self.alarm(
            f"{function}-errors", Namespace="AWS/Lambda", MetricName="Errors", Dimensions=dimensions
        )

    def put(self, value: float, **changes: object) -> None:
        """Publish a value of the metric that is named like the topic."""
        datum = {"MetricName": self.name, "Value": value, **changes}
        self.aws.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[datum])

    def state(self, alarm: str) -> str:
        """Return an alarm's state."""
        return str(self.described(alarm)["StateValue"])

    def described(self, alarm: str) -> dict[str, Any]:
        """Return an alarm as it is described."""
        (found,) = self.aws.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return dict(found)

    def becomes(self, alarm: str, state: str) -> None:
        """Wait until an alarm is in a state."""
        until(lambda: self.state(alarm) == state)

    def told(self) -> list[dict[str, Any]]:
        """Take what the topic has said from the queue."""
        found: list[dict[str, Any]] = []
        while messages := self.aws.queues.receive_message(QueueUrl=self.queue).get("Messages"):
            for message in messages:
                found.append(json.loads(json.loads(message.get("Body", ""))["Message"]))
                handle = message.get("ReceiptHandle", "")
                self.aws.queues.delete_message(QueueUrl=self.queue, ReceiptHandle=handle)
        return found

    def counted(self, namespace: str, metric: str, **dimensions: str) -> float | None:
        """Return the sum of a metric of the last days; None where nothing was ever counted."""
        client = self.aws.client("cloudwatch")
        wanted = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        series = {"Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": wanted}}
        found = client.get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": {**series, "Period": PERIOD, "Stat": "Sum"}}],
            StartTime="2020-01-01T00:00:00Z",
            EndTime="2100-01-01T00:00:00Z",
        )["MetricDataResults"][0]["Values"]
        return sum(found) if found else None
