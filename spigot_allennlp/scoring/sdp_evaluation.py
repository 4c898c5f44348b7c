"""All that the official SDP scorer counts in a corpus, without torch."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Counter as CounterType
from typing import Dict, NamedTuple

from spigot_allennlp.formats.sentence import Arc, Sentence
from spigot_allennlp.scoring.sdp_counts import ArcCounts, count_arcs, ratio, scored_arcs
from spigot_allennlp.scoring.sdp_frames import (
    check_representation,
    complete_predications,
    semantic_frames,
)

#: The rows of the table by length. The length of an arc is the distance of its two words; that of a
#: virtual arc is the number of the top node.
LENGTHS = ("1", "2", "3", "4", "5-9", "10-")


class Matches(NamedTuple):
    """How many things of some kind there are in the gold standard, in the output, and in both."""

    gold: int
    system: int
    common: int

    @property
    def precision(self) -> float:
        """Of the things in the output, the share that is right. 0/0 is 0.0."""
        return ratio(self.common, self.system)

    @property
    def recall(self) -> float:
        """Of the things in the gold standard, the share that was found. 0/0 is 0.0."""
        return ratio(self.common, self.gold)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall. 0/0 is 0.0."""
        # In this order of operations the last bit, and so the rounding, is that of the scorer.
        return ratio(2.0 * self.precision * self.recall, self.precision + self.recall)


@dataclass
class _Kinds:
    """Counts by the kind of thing; the keys are labels, lengths or names."""

    gold: CounterType[str] = field(default_factory=Counter)
    system: CounterType[str] = field(default_factory=Counter)
    common: CounterType[str] = field(default_factory=Counter)

    def __getitem__(self, kind: str) -> Matches:
        return Matches(self.gold[kind], self.system[kind], self.common[kind])


class SdpEvaluation:
    """
    The scores of a corpus, to which sentences are added one after another.

    # Parameters

    representation : `str`, optional (default = `"DM"`)
        `DM`, `PAS` or `PSD`: which arguments are core, see `sdp_frames`.
    tops : `bool`, optional (default = `True`)
        Whether the virtual arcs to top nodes count.
    exclude_punctuation : `bool`, optional (default = `False`)
        See `scored_arcs`.
    """

    def __init__(
        self, representation: str = "DM", tops: bool = True, exclude_punctuation: bool = False
    ) -> None:
        check_representation(representation)
        self.arcs = ArcCounts()
        self._representation = representation
        self._tops = tops
        self._exclude_punctuation = exclude_punctuation
        self._labels = _Kinds()
        self._lengths = _Kinds()
        self._frames = _Kinds()

    def add(self, gold: Sentence, system: Sentence) -> None:
        """Adds a sentence as annotated and as predicted; errors as in `count_arcs`."""
        self.arcs += count_arcs(gold, system, self._tops, self._exclude_punctuation)
        gold_arcs = scored_arcs(gold, self._tops, self._exclude_punctuation)
        system_arcs = scored_arcs(system, self._tops, self._exclude_punctuation)
        for kinds, kind_of in ((self._labels, _label), (self._lengths, _length)):
            kinds.gold.update(map(kind_of, gold_arcs))
            kinds.system.update(map(kind_of, system_arcs))
            kinds.common.update(map(kind_of, gold_arcs & system_arcs))
        for name, frames_of in (
            ("predications", complete_predications),
            ("frames", semantic_frames),
        ):
            gold_frames = frames_of(gold, self._representation)
            system_frames = frames_of(system, self._representation)
            self._frames.gold[name] += len(gold_frames)
            self._frames.system[name] += len(system_frames)
            self._frames.common[name] += len(gold_frames & system_frames)

    @property
    def predications(self) -> Matches:
        """Complete predications."""
        return self._frames["predications"]

    @property
    def frames(self) -> Matches:
        """Semantic frames."""
        return self._frames["frames"]

    @property
    def labels(self) -> Dict[str, Matches]:
        """The arcs by label, in the scorer's order: that of UTF-16 code units."""
        names = set(self._labels.gold) | set(self._labels.system)
        names_in_order = sorted(names, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return {name: self._labels[name] for name in names_in_order}

    @property
    def lengths(self) -> Dict[str, Matches]:
        """The arcs by length; the keys are `LENGTHS`."""
        return {length: self._lengths[length] for length in LENGTHS}

    def scores(self) -> Dict[str, float]:
        """
        The scores of `ArcCounts.scores`, and precision, recall and F of complete predications
        (`PP`, `PR`, `PF`) and of semantic frames (`FP`, `FR`, `FF`). 0/0 is 0.0.
        """
        scores = self.arcs.scores()
        for letter, matches in (("P", self.predications), ("F", self.frames)):
            scores[f"{letter}P"] = matches.precision
            scores[f"{letter}R"] = matches.recall
            scores[f"{letter}F"] = matches.f1
        return scores


def _label(arc: Arc) -> str:
    return arc.label


def _length(arc: Arc) -> str:
    length = abs(arc.modifier - arc.head)
    return str(length) if length < 5 else "5-9" if length < 10 else "10-"
