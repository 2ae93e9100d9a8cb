"""Cloud Map's private namespaces: the names of tasks, in the emulator's records and in the tier's names file.

The file is what Lambdas and tasks resolve names by (`tools/rehearsal/site`).
"""

import json
import threading
from pathlib import Path
from typing import cast

from tools.rehearsal.seams import (
    NAME_DEREGISTER,
    NAME_REGISTER,
    NAMED_INSTANCES,
    NAMED_SERVICES,
    NAMESPACES,
    Emulator,
    Record,
)

PRIVATE = "DNS_PRIVATE"
ADDRESS = "AWS_INSTANCE_IPV4"


class Names:
    """The names of every region of a tier."""

    def __init__(self, *, emulator: Emulator, path: Path) -> None:
        self.emulator = emulator
        self.path = path
        self._lock = threading.Lock()

    def register(self, service: str, instance: str, address: str) -> None:
        """Name an address, within the scope of its region."""
        asked = {"ServiceId": service, "InstanceId": instance, "Attributes": {ADDRESS: address}}
        self.emulator.call(NAME_REGISTER, asked)
        self.publish()

    def deregister(self, service: str, instance: str) -> None:
        """Take a name away from an address; one that is not there is no error."""
        self.emulator.call(NAME_DEREGISTER, {"ServiceId": service, "InstanceId": instance})
        self.publish()

    def name_of(self, service: str) -> str:
        """Return the full name of a service of the region at hand."""
        record = self.emulator.store(NAMED_SERVICES).get(service, {})
        namespace = self.emulator.store(NAMESPACES).get(str(record.get("NamespaceId")), {})
        return _full(record, namespace)

    def namespace_of(self, service: str) -> str:
        """Return the id of the namespace that a service of the region at hand is in."""
        return str(self.emulator.store(NAMED_SERVICES).get(service, {}).get("NamespaceId", ""))

    def publish(self) -> None:
        """Write all names of all regions into the file."""
        with self._lock:
            spaces = {place: cast("Record", row) for place, row in self.emulator.everywhere(NAMESPACES)}
            private = {place: row for place, row in spaces.items() if row.get("Type") == PRIVATE}
            instances = dict(self.emulator.everywhere(NAMED_INSTANCES))
            names: dict[str, list[str]] = {}
            for place, row in self.emulator.everywhere(NAMED_SERVICES):
                service = cast("Record", row)
                namespace = private.get((place[0], place[1], service.get("NamespaceId")))
                if namespace:
                    found = cast("dict[str, Record]", instances.get(place) or {})
                    addresses = [_address(one) for one in list(found.values())]
                    names[_full(service, namespace)] = sorted(filter(None, addresses))
            document = {
                "namespaces": sorted(str(row["Name"]).lower() for row in private.values()),
                "names": names,
            }
            draft = self.path.with_suffix(".new")
            draft.write_text(json.dumps(document, indent=1), encoding="utf-8")
            draft.replace(self.path)


def _full(service: Record, namespace: Record) -> str:
    return f"{service.get('Name')}.{namespace.get('Name')}".lower()


def _address(instance: Record) -> str:
    return str(cast("Record", instance.get("Attributes") or {}).get(ADDRESS, ""))
