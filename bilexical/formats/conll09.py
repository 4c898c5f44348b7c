"""
Dependency trees with semantic roles: CoNLL-2009 (https://ufal.mff.cuni.cz/conll2009-st/).

The tree is that of HEAD and DEPREL. The semantic graph has an arc from each predicate (Y in
FILLPRED) to each word that has a label in the predicate's APRED column; PRED is the predicate's
sense, kept as `Word.frame`. The format has neither top nodes nor ids. Words may be arguments of
themselves.
"""

import os
from typing import Dict, Iterable, Iterator, List, Optional, Sequence

from bilexical.formats.argument_columns import (
    argument_columns,
    predicate_numbers,
    read_arguments,
)
from bilexical.formats.conll_comments import sentence_id
from bilexical.formats.conll_layouts import (
    CONLL09_COLUMNS,
    CONLL09_FILLPRED,
    CONLL09_FLAGS,
    CONLL09_HEAD,
    CONLL09_PRED,
)
from bilexical.formats.errors import FormatError, Path, Report
from bilexical.formats.lenient import GRAPH, TREE, read_layers, with_values
from bilexical.formats.sentence import PredictedColumns, Sentence, Word
from bilexical.formats.text import Block, format_columns, read_blocks, write_text
from bilexical.formats.tree_columns import (
    check_word_number,
    optional,
    read_heads,
    width_error,
)

_DESCRIBED = " ".join(CONLL09_COLUMNS) + (
    ", then one column for each Y that the sentence has in the column fillpred"
)


def read_conll09(
    path: Path, leniently: bool = False, report: Optional[Report] = None
) -> Iterator[Sentence]:
    """
    The sentences of a CoNLL-2009 file (plain, .gz or .xz), one at a time.

    A sentence whose head column holds `_` only has no tree. One with predicates but without senses
    and without APRED columns, as in the shared task's test files, has no graph. `leniently` leaves
    out the layers that are not sound; see `read_sound_layers`, and for `report` `read_sentences`.

    Raises `FormatError` for whatever does not follow the format.
    """
    name = os.fspath(path)

    def parse(block: Block, layers: Sequence[str]) -> Sentence:
        return _sentence(name, _with_layers(block, layers))

    blocks = read_blocks(name, fill_empty=leniently, report=report)
    return read_layers(name, blocks, parse, leniently, report)


def format_conll09(sentence: Sentence) -> str:
    """
    The lines of a sentence, the blank one after it included. What the format has no column for is
    left out: the id unless the comments hold it, top nodes, the sense of words that are no
    predicates.

    Raises `ValueError` for the label `_`, which would be read as no arc.
    """
    words = sentence.words
    predicates = set(predicate_numbers(sentence))
    # The columns of a graph are there for senses, too: a file without graphs has none.
    has_graph = sentence.arcs is not None or any(words[n - 1].frame for n in predicates)
    arguments = argument_columns(sentence) if has_graph else [[] for _ in words]
    lines = list(sentence.comments)
    for number, word in enumerate(words, 1):
        predicted = word.predicted or PredictedColumns()
        row = [
            number,
            word.form,
            word.lemma,
            predicted.lemma,
            word.pos,
            predicted.pos,
            word.feats,
            predicted.feats,
            word.head,
            predicted.head,
            word.deprel,
            predicted.deprel,
            "Y" if number in predicates else None,
            word.frame if number in predicates else None,
        ]
        lines.append(format_columns(row + arguments[number - 1]))
    return "\n".join(lines) + "\n\n"


def write_conll09(path: Path, sentences: Iterable[Sentence]) -> None:
    """Writes a file of `sentences`."""
    write_text(path, (format_conll09(sentence) for sentence in sentences))


def _with_layers(block: Block, layers: Sequence[str]) -> Block:
    """The block without the other layers; without both, a row may end before them."""
    values: Dict[str, str] = {}
    if TREE not in layers:
        values.update(head="_", deprel="_")
    if GRAPH not in layers:
        values.update(fillpred="_", pred="_")
    fill = () if layers else ("phead", "pdeprel")
    return with_values(block, CONLL09_COLUMNS, values, fill, cut=GRAPH not in layers)


def _sentence(path: str, block: Block) -> Sentence:
    rows = block.rows
    lines = range(block.first_line, block.first_line + len(rows))
    predicates = _predicates(path, block)
    has_graph = _has_graph(path, block, len(predicates))
    for number, (line, row) in enumerate(zip(lines, rows), 1):
        check_word_number(path, line, row[0], number)
    heads = read_heads(path, lines, [row[CONLL09_HEAD] for row in rows], CONLL09_HEAD + 1)
    arcs = read_arguments(path, block, len(CONLL09_COLUMNS), predicates)
    return Sentence(
        sentence_id(block.comments),
        [_word(row, head) for row, head in zip(rows, heads)],
        arcs if has_graph else None,
        block.comments,
        line=block.first_line,
    )


def _word(row: List[str], head: Optional[int]) -> Word:
    _, form, lemma, plemma, pos, ppos, feat, pfeat, _, phead, deprel, pdeprel, fill, pred = row[
        : len(CONLL09_COLUMNS)
    ]
    return Word(
        form=form,
        lemma=optional(lemma),
        pos=optional(pos),
        head=head,
        deprel=optional(deprel),
        frame=optional(pred),
        is_predicate=fill == "Y",
        feats=optional(feat),
        predicted=PredictedColumns(*map(optional, (plemma, ppos, pfeat, phead, pdeprel))),
    )


def _predicates(path: str, block: Block) -> List[int]:
    """The numbers of the predicates, of lines that have the columns up to PRED."""
    predicates = []
    for number, row in enumerate(block.rows, 1):
        line = block.first_line + number - 1
        if len(row) < len(CONLL09_COLUMNS):
            expected = f"at least {len(CONLL09_COLUMNS)}"
            raise width_error(path, line, row, expected, _DESCRIBED)
        if row[CONLL09_FILLPRED] not in CONLL09_FLAGS:
            raise FormatError(
                path,
                line,
                f"column {CONLL09_FILLPRED + 1} (fillpred) is {row[CONLL09_FILLPRED]!r}.",
                "Write Y for a predicate and _ for another word.",
            )
        if row[CONLL09_FILLPRED] == "Y":
            predicates.append(number)
        elif row[CONLL09_PRED] != "_":
            raise FormatError(
                path,
                line,
                f"column {CONLL09_PRED + 1} (pred) is {row[CONLL09_PRED]!r} but column "
                f"{CONLL09_FILLPRED + 1} (fillpred) is _.",
                "Write Y there if the word is a predicate, else _ in both.",
            )
    return predicates


def _has_graph(path: str, block: Block, num_predicates: int) -> bool:
    """
    Whether the sentence has APRED columns, one per predicate, or no predicates. `FormatError` is
    raised for another number of columns.
    """
    widths = {len(row) for row in block.rows}
    if widths == {len(CONLL09_COLUMNS)} and all(row[CONLL09_PRED] == "_" for row in block.rows):
        return not num_predicates
    expected = len(CONLL09_COLUMNS) + num_predicates
    for line, row in enumerate(block.rows, block.first_line):
        if len(row) != expected:
            raise width_error(path, line, row, str(expected), _DESCRIBED)
    return True
