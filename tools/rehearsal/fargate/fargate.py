"""All services of a tier: starts their schedulers and their tasks, and tells the ledger what really ran."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from tools.rehearsal.clouds import variables_at
from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.fargate.balancers import Balancers
from tools.rehearsal.fargate.member import Running
from tools.rehearsal.fargate.names import Names
from tools.rehearsal.fargate.output import Output
from tools.rehearsal.fargate.records import ServiceRecord
from tools.rehearsal.fargate.service import Service
from tools.rehearsal.fargate.task import Task
from tools.rehearsal.images.store import Images
from tools.rehearsal.layout import Layout
from tools.rehearsal.seams import Emulator

Witness = Callable[..., None]
"""`Workshop.took_effect`."""

POLL_SECONDS = 0.1


class Fargate:
    """The schedulers, by region and service."""

    def __init__(
        self, *, layout: Layout, emulator: Emulator, authority: Path, endpoint: str, witness: Witness
    ) -> None:
        self.layout = layout
        self.emulator = emulator
        self.authority = authority
        self.endpoint = endpoint
        self.witness = witness
        self.balancers = Balancers(emulator=emulator, layout=layout)
        self.names = Names(emulator=emulator, path=layout.names)
        self._services: dict[tuple[str, str], tuple[Service, threading.Thread]] = {}
        self._lock = threading.Lock()

    def schedule(self, cluster: str, key: str) -> None:  # noqa: ARG002  # the emulator passes both
        """Keep a service as its record wants it: in the place of the emulator's own reconciliation."""
        place = (self.emulator.region, key)
        with self._lock:
            known = self._services.get(place)
            if known and known[1].is_alive():
                return
            service = Service(
                record=ServiceRecord(self.emulator, key),
                balancers=self.balancers,
                names=self.names,
                start=self.start,
                ran=self._ran,
            )
            scope = self.emulator.scope(account=self.emulator.account, region=self.emulator.region)

            def work() -> None:
                with scope:
                    service.work()

            thread = threading.Thread(target=work, name=f"service-{key}", daemon=True)
            self._services[place] = (service, thread)
            thread.start()

    def wait(self, key: str) -> None:
        """Wait until a service is as wanted. Raises InvalidProperty with the last words of its last task."""
        failure = self._services[self.emulator.region, key][0].wait()
        if failure:
            raise InvalidProperty(f"{key}: {failure}")

    def wait_until_gone(self, key: str) -> None:
        """Wait until no task of a deleted service runs; each has its time to stop."""
        known = self._services.get((self.emulator.region, key))
        while known and known[1].is_alive():
            time.sleep(POLL_SECONDS)

    def start(self, record: ServiceRecord, generation: tuple[str, int]) -> Running:
        """Start a task of a service. Raises RehearsalError, ServerError."""
        container = record.container()
        image = Images(self.layout.images).get(container.image)
        arn = record.begin_task()
        task_id = arn.rpartition("/")[2]
        identifier = f"{container.family}/{task_id[:8]}"
        try:
            task, process = Task.create(
                directory=self.layout.tasks / self.emulator.region / task_id,
                identifier=identifier,
                log=self.layout.logs / f"{container.family}.{task_id[:8]}.log",
                container=container,
                image=image,
                cloud=variables_at(self.endpoint, self.emulator.region),
                authority=self.authority,
                names=self.layout.names,
            )
        except Exception as error:
            record.end_task(arn, f"TaskFailedToStart: {error}", None)
            raise
        record.place_task(arn, task.host)
        return Running(
            arn=arn,
            generation=generation,
            task=task,
            process=process,
            output=Output(emulator=self.emulator, container=container, task_id=task_id, log=task.log),
            target_groups=record.target_groups,
            registries=record.registries,
            stop_seconds=container.stop_seconds,
        )

    def _ran(self, record: ServiceRecord, one: Running) -> None:
        """Note what a task proves that has become healthy."""
        where = f"{one.task.identifier} at {one.task.host}"
        definition, _ = one.generation
        self.witness(
            "AWS::ECS::TaskDefinition", definition, f"started {where}", "ContainerDefinitions", "Family"
        )
        self.witness("AWS::ECS::Cluster", record.cluster, f"runs {where}", "ClusterName")
        for target in one.target_groups:
            self.witness(
                "AWS::ElasticLoadBalancingV2::TargetGroup", target.group, f"found {where} healthy", *CHECKED
            )
        for service in one.registries:
            name = self.names.name_of(service)
            said = f"{name} stands for {one.task.host}"
            self.witness("AWS::ServiceDiscovery::Service", service, said, "Name", "NamespaceId", "DnsConfig")
            self.witness(
                "AWS::ServiceDiscovery::PrivateDnsNamespace", self.names.namespace_of(service), said, "Name"
            )


CHECKED = (
    "Port", "Protocol", "TargetType", "TargetGroupAttributes", "HealthCheckEnabled", "HealthCheckPath",
    "HealthCheckPort", "HealthCheckProtocol", "HealthCheckTimeoutSeconds", "HealthyThresholdCount",
    "UnhealthyThresholdCount", "Matcher",
)  # fmt: skip
"""What of a target group is in force; the interval is not, for it is shortened."""
