"""`frozen`, for values that are made thousands of times a second: compared and hashed by their fields.

A frozen dataclass pays for its guard with every field of every instance; making one takes twice as long.
These are frozen for the type checker alone, which sees every line of ours. Used where each message or call
makes some; elsewhere `dataclass(frozen=True, slots=True)` stays.
"""

import dataclasses
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: type[T]) -> type[T]:
    """A dataclass with slots, equality and a hash; assigning to a field is a type error."""
    return dataclasses.dataclass(slots=True, unsafe_hash=True)(cls)
