"""What two files have in common where one of them, or each, lacks sentences or trees."""

from collections import defaultdict, deque
from typing import Any, DefaultDict, Deque, Dict, Iterable, List, NamedTuple, Sequence, Tuple

from bilexical.formats.alignment import normalized
from bilexical.formats.sentence import Sentence

_SHOWN = 3


class Common(NamedTuple):
    """
    # Parameters

    pairs : `List[Tuple[Sentence, Sentence]]`
        The sentences that are to be scored, as annotated and as predicted.
    missing : `Dict[str, List[str]]`
        For each thing that is missing somewhere the sentences, by position and id.
    """

    pairs: List[Tuple[Sentence, Sentence]]
    missing: Dict[str, List[str]]

    def notes(self) -> List[str]:
        """What is scored and what is missing, a line each."""
        lines = [f"Partial: {len(self.pairs)} sentences are scored."]
        for what, names in self.missing.items():
            shown = ", ".join(names[:_SHOWN]) + (" and others" if len(names) > _SHOWN else "")
            lines.append(f"Partial: {len(names)} {what}: {shown}.")
        return lines

    def to_json(self) -> Dict[str, Any]:
        """The number of sentences that are scored, and what is missing."""
        return {"scored": len(self.pairs), "missing": self.missing}


def common_sentences(
    gold: Iterable[Sentence], system: Iterable[Sentence], need_trees: bool
) -> Common:
    """
    Pairs of sentences with the same words, in whatever order they are. Where several have the same
    words, those with the same id belong together, and the others in the order of the files.

    # Parameters

    gold, system : `Iterable[Sentence]`
    need_trees : `bool`
        Whether pairs of which a sentence has no tree are left out as well.
    """
    annotated, predicted = list(gold), list(system)
    partners = _partners(annotated, predicted)
    taken = set(partners.values())
    extra = [position for position in range(len(predicted)) if position not in taken]
    others = {_normalized(predicted[position]) for position in extra}
    pairs = []
    missing: DefaultDict[str, List[str]] = defaultdict(list)
    for position, sentence in enumerate(annotated):
        other = predicted[partners[position]] if position in partners else None
        if other is None:
            problem = "sentences are missing from the system output"
            if _normalized(sentence) in others:
                problem = "sentences differ from the system output's in Unicode normalization only"
        elif need_trees and not sentence.has_tree:
            problem = "sentences have no tree in the gold standard"
        elif need_trees and not other.has_tree:
            problem = "sentences have no tree in the system output"
        else:
            pairs.append((sentence, other))
            continue
        missing[problem].append(_name(position, sentence))
    for position in extra:
        problem = "sentences of the system output are not in the gold standard"
        missing[problem].append(_name(position, predicted[position]))
    return Common(pairs, dict(missing))


def _partners(gold: Sequence[Sentence], system: Sequence[Sentence]) -> Dict[int, int]:
    """The positions of the sentences of both sides that belong together."""
    partners: Dict[int, int] = {}
    for key_of in (_id_and_words, _words):
        taken = set(partners.values())
        waiting: DefaultDict[Any, Deque[int]] = defaultdict(deque)
        for position, sentence in enumerate(system):
            if position not in taken:
                waiting[key_of(sentence)].append(position)
        for position, sentence in enumerate(gold):
            candidates = waiting[key_of(sentence)]
            if position not in partners and candidates:
                partners[position] = candidates.popleft()
    return partners


def _id_and_words(sentence: Sentence) -> Tuple[str, Tuple[str, ...]]:
    return sentence.id, _words(sentence)


def _words(sentence: Sentence) -> Tuple[str, ...]:
    return tuple(word.form for word in sentence.words)


def _normalized(sentence: Sentence) -> Tuple[str, ...]:
    return tuple(map(normalized, _words(sentence)))


def _name(position: int, sentence: Sentence) -> str:
    return f"{position + 1} ({sentence.id})" if sentence.id else str(position + 1)
