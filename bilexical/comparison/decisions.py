"""What two systems decided about the structure of a sentence, and what of it differs."""

from typing import Iterable, NamedTuple, Optional, TypeVar

_Value = TypeVar("_Value", int, str)


class Changes(NamedTuple):
    """
    How the structure of a sentence differs between two systems; sums over decisions and over
    sentences are made by `total_changes`.

    # Parameters

    decisions : `int`
        Decisions of the first system: words with a head, or arcs.
    changed : `int`
        Those that the second makes otherwise.
    became_right, became_wrong : `int`
        Of the changed ones, those that only the second system has right, and only the first; the
        others are wrong in both.
    annotated : `int`
        Sentences, or for a `Decision` decisions, with a gold structure: 0 says that nobody knows
        what is right.
    """

    decisions: int = 0
    changed: int = 0
    became_right: int = 0
    became_wrong: int = 0
    annotated: int = 0


def total_changes(changes: Iterable[Changes]) -> Changes:
    """The sums of all fields."""
    return Changes(*(sum(column) for column in zip(Changes(), *changes)))


def changes_of_one(right: Optional[_Value], old: _Value, new: _Value) -> Changes:
    """Of a decision that each system makes; `right` is `None` where nobody knows."""
    return Changes(
        decisions=1,
        changed=int(old != new),
        became_right=int(old != new == right),
        became_wrong=int(new != old == right),
        annotated=int(right is not None),
    )


class Decision(NamedTuple):
    """
    What one or both of two systems decided.

    # Parameters

    modifier : `int`
        The number of the word whose head it is; 0 for a class.
    label : `Optional[str]`
        In a tree the word's gold label, in a graph the label of the arc itself.
    changes : `Changes`
        Of this decision alone.
    """

    modifier: int
    label: Optional[str]
    changes: Changes
