"""
The kinds of output that a pipeline has: the one place of the comparison that knows them.

Every score is a quotient of two sums over sentences, so that a sentence is a pair (numerator,
denominator) for each score, and a corpus or a bootstrap sample the quotient of the sums.
"""

from typing import AbstractSet, Any, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from overrides import overrides

from bilexical.comparison.decisions import (
    Changes,
    Decision,
    changes_of_one,
    total_changes,
)
from bilexical.formats.predictions import with_predictions
from bilexical.formats.sentence import Arc, Sentence
from bilexical.scoring.matches import ratio
from bilexical.scoring.sdp_counts import VIRTUAL_LABEL, count_arcs, scored_arcs

#: A line of JSON output of the predictor.
Output = Dict[str, Any]

#: Numerator and denominator of each score.
Counts = Dict[str, Tuple[float, float]]


class Gold(NamedTuple):
    """A test sentence as annotated: its tree and graph, and its class if there is one."""

    sentence: Sentence
    label: Optional[str] = None


class Layer:
    """One kind of output."""

    name: str
    """What messages and tables call it."""
    decision: str
    """What they call what `Changes` counts."""
    score: str
    """The score that sums it up."""

    def is_in(self, output: Output) -> bool:
        """Whether a prediction has this layer."""
        raise NotImplementedError

    def is_annotated(self, gold: Gold) -> bool:
        """Whether a sentence has this layer."""
        raise NotImplementedError

    def counts(self, gold: Gold, output: Output) -> Counts:
        """Of one sentence; nothing where the gold annotation or the prediction lacks the layer."""
        raise NotImplementedError

    def counts_among(self, gold: Gold, output: Output, modifiers: AbstractSet[int]) -> Counts:
        """
        As `counts`, of `score` alone and of those decisions alone whose modifier is among the words
        of these numbers; nothing for what has no modifiers.
        """
        return {}

    def gold_modifiers(self, gold: Gold) -> List[int]:
        """The number of the modifier of each gold decision; none for what has no modifiers."""
        return []

    def decisions(self, gold: Gold, before: Output, after: Output) -> List[Decision]:
        """Those of one sentence by the prediction `before`, by the prediction `after` or both."""
        raise NotImplementedError

    def changes(self, gold: Gold, before: Output, after: Output) -> Changes:
        """The sums of `decisions`, with 1 as `annotated` where the sentence is."""
        return self.sum_of(gold, self.decisions(gold, before, after))

    def sum_of(self, gold: Gold, decisions: Iterable[Decision]) -> Changes:
        """`changes`, from the decisions."""
        total = total_changes(decision.changes for decision in decisions)
        return total._replace(annotated=int(self.is_annotated(gold)))

    def describe(self, gold: Gold, before: Output, after: Output) -> str:
        """What became of one sentence, in a few words: its `score` before and after."""
        pairs = [self.counts(gold, output).get(self.score) for output in (before, after)]
        values = [f"{100 * ratio(*pair):.1f}" for pair in pairs if pair is not None]
        return f"{self.score} {' → '.join(values)}" if values else ""


class TreeLayer(Layer):
    """
    Dependency trees: `UAS` and, where labels are predicted and annotated, `LAS`, over all words.
    """

    name, decision, score = "tree", "heads", "UAS"

    @overrides
    def is_in(self, output: Output) -> bool:
        return "heads" in output

    @overrides
    def is_annotated(self, gold: Gold) -> bool:
        return gold.sentence.has_tree

    @overrides
    def counts(self, gold: Gold, output: Output) -> Counts:
        words = gold.sentence.words
        if not self.is_in(output) or not self.is_annotated(gold):
            return {}
        right = [word.head == head for word, head in zip(words, output["heads"])]
        counts: Counts = {"UAS": (sum(right), len(words))}
        if "deprels" in output and all(word.deprel is not None for word in words):
            labeled = [
                is_right and word.deprel == deprel
                for is_right, word, deprel in zip(right, words, output["deprels"])
            ]
            counts["LAS"] = (sum(labeled), len(words))
        return counts

    @overrides
    def counts_among(self, gold: Gold, output: Output, modifiers: AbstractSet[int]) -> Counts:
        if not self.is_in(output) or not self.is_annotated(gold):
            return {}
        words = gold.sentence.words
        right = sum(words[n - 1].head == output["heads"][n - 1] for n in modifiers)
        return {self.score: (right, len(modifiers))}

    @overrides
    def gold_modifiers(self, gold: Gold) -> List[int]:
        return list(range(1, len(gold.sentence.words) + 1)) if self.is_annotated(gold) else []

    @overrides
    def decisions(self, gold: Gold, before: Output, after: Output) -> List[Decision]:
        words = gold.sentence.words
        right = gold.sentence.heads if self.is_annotated(gold) else [None] * len(words)
        changes = map(changes_of_one, right, before["heads"], after["heads"])
        return [
            Decision(number, word.deprel, changed)
            for number, (word, changed) in enumerate(zip(words, changes), start=1)
        ]


class GraphLayer(Layer):
    """
    Semantic graphs as the official SDP scorer counts them: `LF`, `UF` and exact match (`LM`) with
    top nodes, `LF_without_tops` and `UF_without_tops`. What changes are labeled arcs, top nodes
    among them: those that appear and those that disappear.
    """

    name, decision, score = "graph", "arcs", "LF"

    @overrides
    def is_in(self, output: Output) -> bool:
        return "arcs" in output

    @overrides
    def is_annotated(self, gold: Gold) -> bool:
        return gold.sentence.arcs is not None

    @overrides
    def counts(self, gold: Gold, output: Output) -> Counts:
        if not self.is_in(output) or not self.is_annotated(gold):
            return {}
        predicted = with_predictions(gold.sentence, output)
        arcs = count_arcs(gold.sentence, predicted)
        without_tops = count_arcs(gold.sentence, predicted, tops=False)
        return {
            "LF": (2 * arcs.labeled, arcs.gold + arcs.system),
            "UF": (2 * arcs.unlabeled, arcs.gold + arcs.system),
            "LM": (arcs.labeled_matches, arcs.graphs),
            "LF_without_tops": (2 * without_tops.labeled, without_tops.gold + without_tops.system),
            "UF_without_tops": (
                2 * without_tops.unlabeled,
                without_tops.gold + without_tops.system,
            ),
        }

    @overrides
    def counts_among(self, gold: Gold, output: Output, modifiers: AbstractSet[int]) -> Counts:
        if not self.is_in(output) or not self.is_annotated(gold):
            return {}
        right, found = (
            {arc for arc in scored_arcs(sentence) if arc.modifier in modifiers}
            for sentence in (gold.sentence, with_predictions(gold.sentence, output))
        )
        return {self.score: (2 * len(right & found), len(right) + len(found))}

    @overrides
    def gold_modifiers(self, gold: Gold) -> List[int]:
        return (
            [arc.modifier for arc in scored_arcs(gold.sentence)] if self.is_annotated(gold) else []
        )

    @overrides
    def decisions(self, gold: Gold, before: Output, after: Output) -> List[Decision]:
        old, new = arcs_of(before), arcs_of(after)
        annotated = int(self.is_annotated(gold))
        right = scored_arcs(gold.sentence)
        found = []
        for arc in sorted(old | new):
            changed = int((arc in old) != (arc in new))
            becomes_right = annotated * changed * int((arc in new) == (arc in right))
            becomes_wrong = annotated * changed - becomes_right
            changes = Changes(int(arc in old), changed, becomes_right, becomes_wrong, annotated)
            found.append(Decision(arc.modifier, arc.label, changes))
        return found


class ClassLayer(Layer):
    """Classes of sentences: `accuracy`."""

    name, decision, score = "class", "classes", "accuracy"

    @overrides
    def is_in(self, output: Output) -> bool:
        return "label" in output

    @overrides
    def is_annotated(self, gold: Gold) -> bool:
        return gold.label is not None

    @overrides
    def counts(self, gold: Gold, output: Output) -> Counts:
        if not self.is_in(output) or not self.is_annotated(gold):
            return {}
        return {"accuracy": (int(output["label"] == gold.label), 1)}

    @overrides
    def decisions(self, gold: Gold, before: Output, after: Output) -> List[Decision]:
        changes = changes_of_one(gold.label, before["label"], after["label"])
        return [Decision(0, None, changes)]

    @overrides
    def describe(self, gold: Gold, before: Output, after: Output) -> str:
        right = "" if gold.label is None else f" (right: {gold.label})"
        return f"class {before['label']} → {after['label']}{right}"


#: In the order in which a pipeline makes them: the last one that it has is its end task.
LAYERS: Tuple[Layer, ...] = (TreeLayer(), GraphLayer(), ClassLayer())


def sentence_counts(gold: Gold, output: Output) -> Counts:
    """The counts of all layers of a prediction, those of the end task first."""
    counts: Counts = {}
    for layer in reversed(LAYERS):
        counts.update(layer.counts(gold, output))
    return counts


def arcs_of(output: Output) -> Set[Arc]:
    """The predicted arcs and, as arcs from node 0, the predicted top nodes."""
    arcs = {Arc(arc["modifier"], arc["head"], arc["label"]) for arc in output["arcs"]}
    return arcs | {Arc(top, 0, VIRTUAL_LABEL) for top in output.get("tops", [])}
