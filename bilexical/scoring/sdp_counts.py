"""
Arc counts and scores as the official scorer of the SDP shared tasks prints them.

The scorer is `Scorer` of the SDP toolkit
(<https://github.com/semantic-dependency-parsing/toolkit>): precision and recall are micro-averaged
over the arcs of all graphs, and each top node adds a virtual arc from node 0 to it. Where nothing
was predicted or nothing was to be found the scorer prints NaN; the score is 0.0 here.
"""

from dataclasses import astuple, dataclass
from typing import Dict, Set

from bilexical.formats.alignment import check_same_words
from bilexical.formats.sentence import Arc, Sentence
from bilexical.scoring.matches import ratio
from bilexical.scoring.punctuation import SCORER_PUNCTUATION

VIRTUAL_LABEL = "-VIRTUAL-"


@dataclass(frozen=True)
class ArcCounts:
    """
    Counts over a set of graphs; those of two disjoint sets can be added.

    # Parameters

    gold : `int`
        Arcs of the gold graphs.
    system : `int`
        Arcs of the predicted graphs.
    unlabeled : `int`
        Arcs that both have, whatever their labels.
    labeled : `int`
        Arcs that both have with the same label.
    graphs : `int`
    unlabeled_matches : `int`
        Graphs whose predicted arcs are exactly the gold ones, whatever their labels.
    labeled_matches : `int`
        Graphs whose predicted arcs and labels are exactly the gold ones.
    """

    gold: int = 0
    system: int = 0
    unlabeled: int = 0
    labeled: int = 0
    graphs: int = 0
    unlabeled_matches: int = 0
    labeled_matches: int = 0

    def __add__(self, other: "ArcCounts") -> "ArcCounts":
        return ArcCounts(*(a + b for a, b in zip(astuple(self), astuple(other))))

    def scores(self) -> Dict[str, float]:
        """
        # Returns

        `Dict[str, float]`
            Precision, recall, F and exact match, labeled (`LP`, `LR`, `LF`, `LM`) and unlabeled
            (`UP`, `UR`, `UF`, `UM`). 0/0 is 0.0.
        """
        return {
            "LP": ratio(self.labeled, self.system),
            "LR": ratio(self.labeled, self.gold),
            "LF": ratio(2 * self.labeled, self.gold + self.system),
            "LM": ratio(self.labeled_matches, self.graphs),
            "UP": ratio(self.unlabeled, self.system),
            "UR": ratio(self.unlabeled, self.gold),
            "UF": ratio(2 * self.unlabeled, self.gold + self.system),
            "UM": ratio(self.unlabeled_matches, self.graphs),
        }


def scored_arcs(
    sentence: Sentence, tops: bool = True, exclude_punctuation: bool = False
) -> Set[Arc]:
    """
    # Parameters

    sentence : `Sentence`
    tops : `bool`, optional (default = `True`)
        Whether each top node counts as an arc from node 0, labeled `VIRTUAL_LABEL`.
    exclude_punctuation : `bool`, optional (default = `False`)
        Whether the arcs from, to, and marking words with a tag of `SCORER_PUNCTUATION` are left
        out.

    # Returns

    `Set[Arc]`
        The arcs of the sentence's graph that count. A word that is its own argument never does.
    """
    arcs = {arc for arc in sentence.arcs or [] if arc.head != arc.modifier}
    if tops:
        arcs |= {
            Arc(number, 0, VIRTUAL_LABEL)
            for number, word in enumerate(sentence.words, start=1)
            if word.is_top
        }
    if exclude_punctuation:
        tags = [None] + [word.pos for word in sentence.words]
        arcs = {
            arc
            for arc in arcs
            if not SCORER_PUNCTUATION.intersection((tags[arc.modifier], tags[arc.head]))
        }
    return arcs


def count_arcs(
    gold: Sentence, system: Sentence, tops: bool = True, exclude_punctuation: bool = False
) -> ArcCounts:
    """
    The counts of one sentence.

    # Parameters

    gold, system : `Sentence`
        The same sentence as annotated and as predicted. `FormatError` is raised as by
        `check_same_words`.
    tops, exclude_punctuation : `bool`, optional
        As for `scored_arcs`.
    """
    check_same_words(gold, system)
    gold_arcs = scored_arcs(gold, tops, exclude_punctuation)
    system_arcs = scored_arcs(system, tops, exclude_punctuation)
    gold_pairs = {arc[:2] for arc in gold_arcs}
    system_pairs = {arc[:2] for arc in system_arcs}
    return ArcCounts(
        gold=len(gold_arcs),
        system=len(system_arcs),
        unlabeled=len(gold_pairs & system_pairs),
        labeled=len(gold_arcs & system_arcs),
        graphs=1,
        unlabeled_matches=int(gold_pairs == system_pairs),
        labeled_matches=int(gold_arcs == system_arcs),
    )
