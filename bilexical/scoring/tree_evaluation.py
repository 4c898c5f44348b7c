"""All that is counted in a corpus of dependency trees, without torch."""

from dataclasses import dataclass
from typing import Any, Dict, List, Set

from bilexical.formats.alignment import check_same_words
from bilexical.formats.sentence import Sentence, Word
from bilexical.scoring.matches import Matches, MatchesByKind, ratio
from bilexical.scoring.punctuation import is_punctuation


@dataclass
class WordCounts:
    """Words, those of them with the right head, and those with the right label as well."""

    words: int = 0
    heads: int = 0
    labels: int = 0

    def add(self, right_heads: List[bool], right_labels: List[bool]) -> None:
        """Counts words of which it is known whether their heads and labels are right."""
        self.words += len(right_heads)
        self.heads += sum(right_heads)
        self.labels += sum(right_labels)


class TreeEvaluation:
    """
    The scores of a corpus, to which sentences are added one after another; see `UdEvaluation` for
    labels without subtypes.

    A label is right if it is the gold standard's, subtypes (`acl:relcl`) included, and the head is
    right, too. Punctuation is known by the tags of the gold standard; see `is_punctuation`.

    # Parameters

    enhanced : `bool`, optional (default = `False`)
        Whether the sentences come from CoNLL-U, so that their DEPS are enhanced graphs.
    score_copied : `bool`, optional (default = `False`)
        Whether trees are scored that are all right although the enhanced graphs are not: without it
        they are taken for copies of the gold standard's.
    """

    def __init__(self, enhanced: bool = False, score_copied: bool = False) -> None:
        self._enhanced = enhanced
        self._score_copied = score_copied
        self._other_graphs = False
        self.sentences = 0
        self.sentences_with_right_heads = 0
        self.sentences_with_right_labels = 0
        self.all_words = WordCounts()
        self.without_punctuation = WordCounts()
        self.has_labels = False
        self.has_tags = False
        self._relations = MatchesByKind()

    def add(self, gold: Sentence, system: Sentence) -> None:
        """
        Adds a sentence as annotated and as predicted.

        Raises `FormatError` as `check_same_words` does, and `ValueError` if one of the two has no
        tree.
        """
        check_same_words(gold, system)
        for sentence, name in ((gold, "gold standard"), (system, "system output")):
            if not sentence.has_tree:
                line = "" if sentence.line is None else f" (line {sentence.line})"
                raise ValueError(
                    f"sentence {self.sentences + 1} has no tree in the {name}{line}. Every "
                    "sentence of both files must have one; --partial leaves the others out."
                )
        pairs = list(zip(gold.words, system.words))
        heads = [word.head == other.head for word, other in pairs]
        labels = [head and word.deprel == other.deprel for head, (word, other) in zip(heads, pairs)]
        counted = [not is_punctuation(word) for word in gold.words]
        self.sentences += 1
        self.sentences_with_right_heads += all(heads)
        self.sentences_with_right_labels += all(labels)
        self.all_words.add(heads, labels)
        self.without_punctuation.add(_only(counted, heads), _only(counted, labels))
        graphs = _enhanced_graph(gold), _enhanced_graph(system)
        # Only what both sides have can have been copied, or not.
        self._other_graphs |= all(map(any, graphs)) and graphs[0] != graphs[1]
        self.has_labels |= any(word.deprel is not None for word in gold.words)
        self.has_tags |= any(word.pos or word.upos for word in gold.words)
        self._relations.add(
            map(_relation, gold.words),
            map(_relation, system.words),
            map(_relation, [word for word, label in zip(gold.words, labels) if label]),
        )

    @property
    def why_not_scored(self) -> str:
        """Why a score of the trees would mean nothing; empty if it does mean something."""
        is_right = self.sentences_with_right_labels == self.sentences
        if self._enhanced and self._other_graphs and is_right and not self._score_copied:
            return (
                "all trees of the system output are the gold standard's although its enhanced "
                "graphs (DEPS) are not, as if copied from it. If the system predicts them, add "
                "--score-copied; --ud scores the graphs."
            )
        return ""

    @property
    def relations(self) -> Dict[str, Matches]:
        """The words by relation; those of both sides have it and the same head."""
        return self._relations.by_name()

    def scores(self) -> Dict[str, float]:
        """
        # Returns

        `Dict[str, float]`
            `UAS`, `UEM` (the share of sentences whose heads are all right) and
            `UAS_without_punctuation`; `LAS`, `LEM` and `LAS_without_punctuation` if the gold
            standard has labels. Without tags punctuation is unknown, and there are no scores
            without it. 0/0 is 0.0. Empty if there is a reason in `why_not_scored`.
        """
        if self.why_not_scored:
            return {}
        words, counted = self.all_words, self.without_punctuation
        scores = {"UAS": ratio(words.heads, words.words)}
        if self.has_labels:
            scores["LAS"] = ratio(words.labels, words.words)
        scores["UEM"] = ratio(self.sentences_with_right_heads, self.sentences)
        if self.has_labels:
            scores["LEM"] = ratio(self.sentences_with_right_labels, self.sentences)
        if self.has_tags:
            scores["UAS_without_punctuation"] = ratio(counted.heads, counted.words)
        if self.has_tags and self.has_labels:
            scores["LAS_without_punctuation"] = ratio(counted.labels, counted.words)
        return scores

    def to_json(self) -> Dict[str, Any]:
        """`scores`, the numbers of sentences and words, and the counts by relation."""
        figures: Dict[str, Any] = {
            **self.scores(),
            "sentences": self.sentences,
            "words": self.all_words.words,
        }
        if self.why_not_scored:
            return {**figures, "not_scored": self.why_not_scored}
        if self.has_tags:
            figures["words_without_punctuation"] = self.without_punctuation.words
        if self.has_labels:
            figures["relations"] = {
                name: matches.to_json() for name, matches in self.relations.items()
            }
        return figures


def _enhanced_graph(sentence: Sentence) -> List[Set[str]]:
    """The arcs in DEPS of each word, whose order says nothing."""
    return [set(word.deps.split("|")) if word.deps else set() for word in sentence.words]


def _relation(word: Word) -> str:
    return word.deprel or "_"


def _only(chosen: List[bool], values: List[bool]) -> List[bool]:
    return [value for value, is_chosen in zip(values, chosen) if is_chosen]
