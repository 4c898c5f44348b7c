"""The columns of arguments that SDP and CoNLL-2009 have, one for each predicate of a sentence."""

from typing import List, Optional, Sequence

from bilexical.formats.errors import FormatError, LabelError
from bilexical.formats.sentence import TOP_LABEL, Arc, Sentence
from bilexical.formats.text import Block

#: In place of a label.
_NO_ARC = "_"


def predicate_numbers(sentence: Sentence) -> List[int]:
    """The numbers of the words that are marked as predicates or have an argument."""
    heads = {arc.head for arc in sentence.arcs or []}
    return [n for n, word in enumerate(sentence.words, 1) if word.is_predicate or n in heads]


def argument_columns(sentence: Sentence) -> List[List[Optional[str]]]:
    """
    For each word its labels as an argument, one for each of `predicate_numbers`, `None` where there
    is no arc.

    Raises `LabelError` for the label `_`, which would be read as no arc.
    """
    column_of = {number: column for column, number in enumerate(predicate_numbers(sentence))}
    labels: List[List[Optional[str]]] = [[None] * len(column_of) for _ in sentence.words]
    for arc in sentence.arcs or []:
        if arc.label == _NO_ARC:
            raise LabelError(sentence, arc, "which stands for no arc in a column of arguments")
        labels[arc.modifier - 1][column_of[arc.head]] = arc.label
    return labels


def read_arguments(
    path: str, block: Block, num_columns: int, predicates: Sequence[int]
) -> List[Arc]:
    """
    The arcs of a sentence.

    # Parameters

    path : `str`
        The file, for messages.
    block : `Block`
    num_columns : `int`
        How many columns there are before those of the arguments.
    predicates : `Sequence[int]`
        The number of the predicate of each column.

    Raises `FormatError` for the label that stands for top nodes.
    """
    arcs = []
    for modifier, row in enumerate(block.rows, 1):
        for head, label in zip(predicates, row[num_columns:]):
            if label == TOP_LABEL:
                raise FormatError(
                    path,
                    block.first_line + modifier - 1,
                    f"the label of the arc from word {head} to word {modifier} is {TOP_LABEL}, "
                    "which is the models' label for top nodes.",
                    "Give it another name.",
                )
            if label != _NO_ARC:
                arcs.append(Arc(modifier, head, label))
    return arcs
