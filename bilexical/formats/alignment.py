"""
The same sentences in two files: whether they have the same words, wherever two files are read side
by side. The words decide; ids may differ, which is said.
"""

import logging
import unicodedata
from itertools import zip_longest
from typing import Iterable, Iterator, Optional, Tuple

from bilexical.formats.errors import FormatError, Path, shown_path
from bilexical.formats.sentence import Sentence

logger = logging.getLogger(__name__)

#: What the two sides are called where no files are known.
GOLD_AND_SYSTEM = ("the gold standard", "the system output")

_REMEDY = "Both must hold the same sentences, with the same words, in the same order."


def align(
    reference: Iterable[Sentence],
    other: Iterable[Sentence],
    names: Tuple[Path, Path] = GOLD_AND_SYSTEM,
) -> Iterator[Tuple[Sentence, Sentence]]:
    """
    The sentences of two files in pairs, one at a time. If ids differ, a warning says at the end how
    many do.

    # Parameters

    reference, other : `Iterable[Sentence]`
    names : `Tuple[Path, Path]`, optional (default = `GOLD_AND_SYSTEM`)
        Of the two files, for messages.

    Raises `FormatError` as `check_same_words` does, and when one file has more sentences.
    """
    different_ids = []
    for position, (first, second) in enumerate(zip_longest(reference, other), 1):
        if first is None or second is None:
            longer, shorter = names if second is None else names[::-1]
            sentence = first or second
            raise FormatError(
                shorter,
                None,
                f"the file ends before sentence {position}{_ids(sentence, sentence)} of "
                f"{_place(longer, sentence)}.",
                _REMEDY,
            )
        check_same_words(first, second, names, position)
        if first.id and second.id and first.id != second.id:
            different_ids.append((second.id, first.id))
        yield first, second
    if different_ids:
        logger.warning(
            "%s: %d sentences have another id than in %s, the first %r instead of %r. They are "
            "matched by their words.",
            shown_path(names[1]),
            len(different_ids),
            shown_path(names[0]),
            *different_ids[0],
        )


def check_same_words(
    reference: Sentence,
    other: Sentence,
    names: Tuple[Path, Path] = GOLD_AND_SYSTEM,
    position: Optional[int] = None,
) -> None:
    """
    Raises `FormatError` for the first word that two sentences do not share. If the two forms differ
    only in Unicode normalization, the message says so: they may look the same.

    # Parameters

    reference, other : `Sentence`
    names : `Tuple[Path, Path]`, optional (default = `GOLD_AND_SYSTEM`)
        Of the two files.
    position : `Optional[int]`
        In the files, from 1.
    """
    forms = ((word.form for word in sentence.words) for sentence in (reference, other))
    for number, (expected, found) in enumerate(zip_longest(*forms), 1):
        if expected == found:
            continue
        where = "the sentence" if position is None else f"sentence {position}"
        problem = (
            f"word {number} of {where}{_ids(other, reference)} is {_shown(found)}, but "
            f"{_shown(expected)} in {_place(names[0], reference)}."
        )
        remedy = _REMEDY
        if expected and found and normalized(expected) == normalized(found):
            problem += " The two differ only in Unicode normalization."
            remedy = "Bring both files into one normalization form, such as NFKC."
        raise FormatError(names[1], other.line, problem, remedy)


def normalized(form: str) -> str:
    """A form without what may differ between two files that have the same words."""
    return unicodedata.normalize("NFKC", form)


def _ids(sentence: Sentence, reference: Sentence) -> str:
    """The ids that there are, in parentheses."""
    if sentence.id and reference.id and sentence.id != reference.id:
        return f" ({sentence.id!r}, there {reference.id!r})"
    name = sentence.id or reference.id
    return f" ({name!r})" if name else ""


def _shown(form: Optional[str]) -> str:
    return "missing" if form is None else repr(form)


def _place(path: Path, sentence: Sentence) -> str:
    return shown_path(path) + ("" if sentence.line is None else f", line {sentence.line}")
