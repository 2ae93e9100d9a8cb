"""What Fargate sells: CPU and memory in pairs. Never judges an environment."""

from collections.abc import Mapping

FARGATE_MEMORY: Mapping[int, tuple[int, ...]] = {
    256: (512, 1_024, 2_048),
    512: tuple(range(1_024, 4_096 + 1, 1_024)),
    1_024: tuple(range(2_048, 8_192 + 1, 1_024)),
    2_048: tuple(range(4_096, 16_384 + 1, 1_024)),
    4_096: tuple(range(8_192, 30_720 + 1, 1_024)),
}
"""MiB of memory that each CPU may have (Amazon ECS, 'Fargate task sizes')."""


def nearest_memory(cpu: int, memory_mb: int) -> int:
    """Return `memory_mb` if Fargate has it with that CPU, or else the nearest that it has."""
    return min(FARGATE_MEMORY[cpu], key=lambda size: abs(size - memory_mb))
