"""The alarms slice: who is told. Never says of what."""

from typing import Annotated

from pydantic import Field, Strict

from stacks.settings.constraints import Count, Shape, Slice

Addresses = Annotated[
    tuple[
        Annotated[str, Shape(r"[^@\s]+@[^@\s]+\.[^@\s]+", "e-mail addresses, such as 'team@example.com'")],
        ...,
    ],
    Strict(strict=False),
]


class AlarmsSettings(Slice):
    """The one topic that every alarm of the environment goes to."""

    email: Annotated[Addresses, Count(0, 20, "e-mail addresses")] = Field(
        default=(),
        description="Addresses that are told of every alarm, each after it has confirmed; anything else "
        "subscribes to the topic, which is published. Source: SNS, 'Email notifications'.",
    )
