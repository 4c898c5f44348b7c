"""The sentences of a file that are to be drawn, and the same ones of another file."""

import logging
import re
from itertools import islice
from typing import Iterator, List, NamedTuple, Optional, Sequence, Set

from bilexical.formats.alignment import align
from bilexical.formats.corpus_files import detect_format, read_sentences
from bilexical.formats.enhanced import EnhancedCounts, with_enhanced_graph
from bilexical.formats.sentence import Sentence

logger = logging.getLogger(__name__)

_POSITIONS = re.compile(r"([1-9][0-9]*)(?:-([1-9][0-9]*))?", re.ASCII)


class Selected(NamedTuple):
    """
    # Parameters

    position : `int`
        In the file, from 1.
    sentence : `Sentence`
    reference : `Optional[Sentence]`
        The same sentence of the other file, if there is one.
    """

    position: int
    sentence: Sentence
    reference: Optional[Sentence]

    @property
    def title(self) -> str:
        """Position and id."""
        name = f" ({self.sentence.id})" if self.sentence.id else ""
        return f"Sentence {self.position}{name}"


def select(
    path: str, against: Optional[str], wanted: Optional[Sequence[str]], limit: int
) -> List[Selected]:
    """
    The sentences of a file in any format.

    # Parameters

    path : `str`
    against : `Optional[str]`
        A file with the same sentences in the same order.
    wanted : `Optional[Sequence[str]]`
        Ids, positions and ranges of positions, such as `3` and `7-9`; what is both is an id. All
        sentences if not given.
    limit : `int`
        The number of sentences after which no more are taken; a warning tells of it.

    Raises `FormatError` for files that do not follow their formats or hold different sentences, and
    `ValueError` for what is wanted and not there.
    """
    pairs = read_pairs(path, against)
    if wanted is not None:
        every = list(pairs)
        positions = _positions(path, [pair.sentence.id for pair in every], wanted)
        pairs = iter([every[position - 1] for position in sorted(positions)])
    selected = list(islice(pairs, limit))
    if next(pairs, None) is not None:
        logger.warning(
            "%s: only the first %d sentences are drawn. Raise --limit, or choose by --sentences.",
            path,
            limit,
        )
    return selected


def read_pairs(path: str, against: Optional[str]) -> Iterator[Selected]:
    """
    The sentences of `path` with those of `against`, one at a time.

    Raises `FormatError` as `align` does.
    """
    if against is None:
        for position, sentence in enumerate(_read(path), 1):
            yield Selected(position, sentence, None)
        return
    pairs = align(_read(against), _read(path), (against, path))
    for position, (reference, sentence) in enumerate(pairs, 1):
        yield Selected(position, sentence, reference)


def _read(path: str) -> Iterator[Sentence]:
    """The sentences of a file, those of CoNLL-U with their enhanced graph where they have one."""
    file_format = detect_format(path)
    total = EnhancedCounts()
    for sentence in read_sentences(path, file_format):
        if file_format == "conllu" and any(word.deps for word in sentence.words):
            sentence, counts = with_enhanced_graph(sentence, path)
            total += counts
        yield sentence
    if total.arcs_of_empty_nodes or total.further_labels:
        logger.warning(
            "%s: %d arcs of empty nodes and %d second labels of arcs are not drawn.",
            path,
            total.arcs_of_empty_nodes,
            total.further_labels,
        )


def _positions(path: str, ids: Sequence[str], wanted: Sequence[str]) -> List[int]:
    positions: Set[int] = set()
    for item in wanted:
        match = _POSITIONS.fullmatch(item)
        if item in ids:
            positions.update(n for n, name in enumerate(ids, 1) if name == item)
        elif match is not None and int(match[1]) <= int(match[2] or match[1]) <= len(ids):
            positions.update(range(int(match[1]), int(match[2] or match[1]) + 1))
        else:
            raise ValueError(
                f"{path}: no sentence has the id or the position {item!r}. The positions are 1 to "
                f"{len(ids)}; write 7-9 for a range."
            )
    return list(positions)
