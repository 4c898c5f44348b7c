from typing import NamedTuple


class VocabularyAxis(NamedTuple):
    """An axis of a parameter that has an entry for every token of a namespace."""

    namespace: str
    first_index: int
    """Entry i is that of the token with index `first_index + i`."""
    dim: int = 0
    """Which axis it is."""
    repeats: int = 1
    """How many times it has all of them, one after another."""
