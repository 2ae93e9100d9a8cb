"""All services and standalone tasks of a tier: starts schedulers, and tells the ledger what really ran."""

import threading
import time
from pathlib import Path

from tools.rehearsal.errors import InvalidProperty
from tools.rehearsal.fargate.balancers import Balancers
from tools.rehearsal.fargate.machine import Machine
from tools.rehearsal.fargate.member import Running
from tools.rehearsal.fargate.names import Names
from tools.rehearsal.fargate.records import ServiceRecord
from tools.rehearsal.fargate.service import Service
from tools.rehearsal.fargate.standalone import Standalone, Witness
from tools.rehearsal.layout import Layout
from tools.rehearsal.seams import Emulator

POLL_SECONDS = 0.1


class Fargate:
    """The schedulers, by region and service."""

    def __init__(
        self, *, layout: Layout, emulator: Emulator, authority: Path, endpoint: str, witness: Witness
    ) -> None:
        self.emulator = emulator
        self.machine = Machine(layout=layout, emulator=emulator, authority=authority, endpoint=endpoint)
        self.standalone = Standalone(emulator=emulator, machine=self.machine, witness=witness)
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
        arn = record.begin_task()
        try:
            started = self.machine.start(container, arn)
        except Exception as error:
            record.task(arn).end(f"TaskFailedToStart: {error}", "TaskFailedToStart", exit_code=None)
            raise
        record.task(arn).place(started.task.host)
        return Running(
            arn=arn,
            generation=generation,
            task=started.task,
            process=started.process,
            output=started.output,
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
