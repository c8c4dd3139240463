"""What the tables of state machines are made of: enum members that are hashed as the objects they are."""

from enum import Enum


class Symbol(Enum):
    """A state, an input or an effect. `Enum` hashes a member's name, in Python, at every look-up."""

    __hash__ = object.__hash__
