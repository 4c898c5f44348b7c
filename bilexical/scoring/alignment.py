"""The same sentences in two files: as annotated, and as predicted."""

from typing import Iterable, Iterator, Optional, Tuple

from bilexical.formats.sentence import Sentence

_REMEDY = "Both must hold the same sentences, with the same words, in one order."


def align(
    gold: Iterable[Sentence], system: Iterable[Sentence]
) -> Iterator[Tuple[Sentence, Sentence]]:
    """
    Each sentence as annotated and as predicted.

    Raises `ValueError` as `check_same_words` does, and when one side has more sentences.
    """
    gold, system = iter(gold), iter(system)
    position = 0
    for position, sentence in enumerate(gold, 1):
        predicted = next(system, None)
        if predicted is None:
            raise ValueError(
                f"the system output ends before sentence {position} ({sentence.id!r}) of the gold "
                f"standard. {_REMEDY}"
            )
        check_same_words(sentence, predicted, position)
        yield sentence, predicted
    extra = next(system, None)
    if extra is not None:
        raise ValueError(
            f"the gold standard ends before sentence {position + 1} ({extra.id!r}) of the system "
            f"output. {_REMEDY}"
        )


def check_same_words(gold: Sentence, system: Sentence, position: Optional[int] = None) -> None:
    """
    Raises `ValueError` unless two sentences have the same words, and the same id if both have one.

    # Parameters

    gold, system : `Sentence`
    position : `Optional[int]`
        In the files, from 1, for the message.
    """
    name = "the sentence" if position is None else f"sentence {position}"
    if gold.id and system.id and gold.id != system.id:
        raise ValueError(
            f"{name} is {gold.id!r} in the gold standard{_line(gold)} and {system.id!r} in the "
            f"system output{_line(system)}. {_REMEDY}"
        )
    name = f"{name} ({(gold.id or system.id)!r})" if gold.id or system.id else name
    if len(gold.words) != len(system.words):
        raise ValueError(
            f"{name} has {len(gold.words)} words in the gold standard{_line(gold)} and "
            f"{len(system.words)} in the system output{_line(system)}. {_REMEDY}"
        )
    for number, (word, other) in enumerate(zip(gold.words, system.words), 1):
        if word.form != other.form:
            raise ValueError(
                f"word {number} of {name} is {word.form!r} in the gold standard{_line(gold)} and "
                f"{other.form!r} in the system output{_line(system)}. {_REMEDY}"
            )


def _line(sentence: Sentence) -> str:
    return "" if sentence.line is None else f" (line {sentence.line})"
