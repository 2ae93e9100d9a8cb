"""What a task publishes of its end, by the names that the alarms look for. It decides nothing."""

from lambdas.common.metrics import publish


class Metrics:
    """The figures of one database's backups."""

    def __init__(self, *, namespace: str, database: str) -> None:
        self._namespace = namespace
        self._dimensions = {"Database": database}

    def backup_succeeded(self, *, seconds: float, stored_bytes: int) -> None:
        """A backup is complete."""
        self._count("BackupSucceeded", 1)
        self._seconds("BackupDurationSeconds", seconds)
        publish(
            "BackupStoredBytes",
            stored_bytes,
            unit="None",
            namespace=self._namespace,
            dimensions=self._dimensions,
        )

    def backup_failed(self) -> None:
        """There is no backup of this run."""
        self._count("BackupSucceeded", 0)

    def drill_succeeded(self, *, rto_seconds: float, rpo_seconds: float) -> None:
        """A backup was restored and is what it was: how long that took, and how old it was."""
        self._count("DrillSucceeded", 1)
        self._seconds("MeasuredRtoSeconds", rto_seconds)
        self._seconds("MeasuredRpoSeconds", rpo_seconds)

    def drill_failed(self) -> None:
        """The newest backup could not be proven."""
        self._count("DrillSucceeded", 0)

    def _count(self, name: str, value: int) -> None:
        publish(name, value, unit="Count", namespace=self._namespace, dimensions=self._dimensions)

    def _seconds(self, name: str, value: float) -> None:
        publish(name, round(value, 3), unit="Seconds", namespace=self._namespace, dimensions=self._dimensions)
