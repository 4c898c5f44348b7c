"""
The kinds of output that a pipeline has: the one place of the comparison that knows them.

Every score is a quotient of two sums over sentences, so that a sentence is a pair (numerator,
denominator) for each score, and a corpus or a bootstrap sample the quotient of the sums.
"""

from typing import Any, Dict, Iterable, NamedTuple, Optional, Set, Tuple

from overrides import overrides

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


class Changes(NamedTuple):
    """
    How the structure of a sentence differs between two systems; sums over sentences are made by
    `total_changes`.

    # Parameters

    decisions : `int`
        Decisions of the first system: words with a head, or arcs.
    changed : `int`
        Those that the second makes otherwise.
    became_right, became_wrong : `int`
        Of the changed ones, those that only the second system has right, and only the first; the
        others are wrong in both.
    annotated : `int`
        Sentences with a gold structure: 0 says that nobody knows what is right.
    """

    decisions: int = 0
    changed: int = 0
    became_right: int = 0
    became_wrong: int = 0
    annotated: int = 0


def total_changes(changes: Iterable[Changes]) -> Changes:
    """The sums of all fields."""
    return Changes(*(sum(column) for column in zip(Changes(), *changes)))


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

    def counts(self, gold: Gold, output: Output) -> Counts:
        """Of one sentence; nothing where the gold annotation or the prediction lacks the layer."""
        raise NotImplementedError

    def changes(self, gold: Gold, before: Output, after: Output) -> Changes:
        """Of one sentence from the prediction `before` to the prediction `after`."""
        raise NotImplementedError

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
    def counts(self, gold: Gold, output: Output) -> Counts:
        words = gold.sentence.words
        if not self.is_in(output) or not gold.sentence.has_tree:
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
    def changes(self, gold: Gold, before: Output, after: Output) -> Changes:
        pairs = [
            (word.head, old, new)
            for word, old, new in zip(gold.sentence.words, before["heads"], after["heads"])
        ]
        changed = [pair for pair in pairs if pair[1] != pair[2]]
        if not gold.sentence.has_tree:
            return Changes(decisions=len(pairs), changed=len(changed))
        return Changes(
            decisions=len(pairs),
            changed=len(changed),
            became_right=sum(head == new for head, _, new in changed),
            became_wrong=sum(head == old for head, old, _ in changed),
            annotated=1,
        )


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
    def counts(self, gold: Gold, output: Output) -> Counts:
        if not self.is_in(output) or gold.sentence.arcs is None:
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
    def changes(self, gold: Gold, before: Output, after: Output) -> Changes:
        old, new = arcs_of(before), arcs_of(after)
        if gold.sentence.arcs is None:
            return Changes(decisions=len(old), changed=len(old ^ new))
        right = scored_arcs(gold.sentence)
        return Changes(
            decisions=len(old),
            changed=len(old ^ new),
            became_right=len((new - old) & right) + len((old - new) - right),
            became_wrong=len((new - old) - right) + len((old - new) & right),
            annotated=1,
        )


class ClassLayer(Layer):
    """Classes of sentences: `accuracy`."""

    name, decision, score = "class", "classes", "accuracy"

    @overrides
    def is_in(self, output: Output) -> bool:
        return "label" in output

    @overrides
    def counts(self, gold: Gold, output: Output) -> Counts:
        if not self.is_in(output) or gold.label is None:
            return {}
        return {"accuracy": (int(output["label"] == gold.label), 1)}

    @overrides
    def changes(self, gold: Gold, before: Output, after: Output) -> Changes:
        old, new = before["label"], after["label"]
        if gold.label is None:
            return Changes(decisions=1, changed=int(old != new))
        return Changes(
            decisions=1,
            changed=int(old != new),
            became_right=int(old != new == gold.label),
            became_wrong=int(new != old == gold.label),
            annotated=1,
        )

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
