"""ECS services on Fargate: each task is its image's program as a process, behind the balancers that it names.

Stands for the scheduler of ECS, which the emulator does not have. Containers are no containers here: nothing
is isolated, and no image is built.
"""
