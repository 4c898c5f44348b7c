"""All that the official SDP scorer counts in a corpus, without torch."""

from dataclasses import asdict
from typing import Any, Dict

from bilexical.formats.sentence import Arc, Sentence
from bilexical.scoring.matches import Matches, MatchesByKind
from bilexical.scoring.sdp_counts import ArcCounts, count_arcs, scored_arcs
from bilexical.scoring.sdp_frames import (
    check_representation,
    complete_predications,
    semantic_frames,
)
from bilexical.scoring.senses import SenseCounts

#: The rows of the table by length. The length of an arc is the distance of its two words; that of a
#: virtual arc is the number of the top node.
LENGTHS = ("1", "2", "3", "4", "5-9", "10-")


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
    score_copied : `bool`, optional (default = `False`)
        See `SenseCounts.why_not_scored`.
    """

    def __init__(
        self,
        representation: str = "DM",
        tops: bool = True,
        exclude_punctuation: bool = False,
        score_copied: bool = False,
    ) -> None:
        check_representation(representation)
        self.arcs = ArcCounts()
        self.gold_loops = self.system_loops = 0
        self._senses = SenseCounts()
        self._score_copied = score_copied
        self._representation = representation
        self._tops = tops
        self._exclude_punctuation = exclude_punctuation
        self._labels = MatchesByKind()
        self._lengths = MatchesByKind()
        self._frames = MatchesByKind()

    def add(self, gold: Sentence, system: Sentence) -> None:
        """Adds a sentence as annotated and as predicted; errors as in `count_arcs`."""
        self.arcs += count_arcs(gold, system, self._tops, self._exclude_punctuation)
        self.gold_loops += _num_loops(gold)
        self.system_loops += _num_loops(system)
        self._senses.add(gold, system)
        gold_arcs = scored_arcs(gold, self._tops, self._exclude_punctuation)
        system_arcs = scored_arcs(system, self._tops, self._exclude_punctuation)
        for kinds, kind_of in ((self._labels, _label), (self._lengths, _length)):
            kinds.add(
                map(kind_of, gold_arcs),
                map(kind_of, system_arcs),
                map(kind_of, gold_arcs & system_arcs),
            )
        frames = [semantic_frames(side, self._representation) for side in (gold, system)]
        for name, (gold_frames, system_frames) in (
            ("predications", map(complete_predications, frames)),
            ("frames", frames),
        ):
            self._frames.add(
                [name] * len(gold_frames),
                [name] * len(system_frames),
                [name] * len(gold_frames & system_frames),
            )

    @property
    def predications(self) -> Matches:
        """Complete predications."""
        return self._frames["predications"]

    @property
    def frames(self) -> Matches:
        """Semantic frames."""
        return self._frames["frames"]

    @property
    def why_no_frames(self) -> str:
        """Why there is no score of semantic frames; empty if there is one."""
        return self._senses.why_not_scored(self._score_copied)

    @property
    def labels(self) -> Dict[str, Matches]:
        """The arcs by label, in the scorer's order."""
        return self._labels.by_name()

    @property
    def lengths(self) -> Dict[str, Matches]:
        """The arcs by length; the keys are `LENGTHS`."""
        return {length: self._lengths[length] for length in LENGTHS}

    def scores(self) -> Dict[str, float]:
        """
        The scores of `ArcCounts.scores`, and precision, recall and F of complete predications
        (`PP`, `PR`, `PF`) and, if the system predicts senses, of semantic frames (`FP`, `FR`,
        `FF`). 0/0 is 0.0.
        """
        scores = self.arcs.scores()
        kinds = {"P": self.predications, **({} if self.why_no_frames else {"F": self.frames})}
        for letter, matches in kinds.items():
            scores[f"{letter}P"] = matches.precision
            scores[f"{letter}R"] = matches.recall
            scores[f"{letter}F"] = matches.f1
        return scores

    def to_json(self) -> Dict[str, Any]:
        """
        `scores`, the counts that they come from, and those by label and by length. Frames that are
        not scored have the reason.
        """
        why = self.why_no_frames
        return {
            **self.scores(),
            "arcs": asdict(self.arcs),
            "predications": self.predications.to_json(),
            "frames": {"not_scored": why} if why else self.frames.to_json(),
            "own_arguments": {"gold": self.gold_loops, "system": self.system_loops},
            "labels": {label: matches.to_json() for label, matches in self.labels.items()},
            "lengths": {length: matches.to_json() for length, matches in self.lengths.items()},
        }


def _num_loops(sentence: Sentence) -> int:
    return sum(arc.head == arc.modifier for arc in sentence.arcs or [])


def _label(arc: Arc) -> str:
    return arc.label


def _length(arc: Arc) -> str:
    length = abs(arc.modifier - arc.head)
    return str(length) if length < 5 else "5-9" if length < 10 else "10-"
