"""
The scores that the evaluation of Universal Dependencies prints.

They are those of the CoNLL 2018 shared task (<https://universaldependencies.org/conll18/>), and
those of enhanced graphs of the IWPT 2020 shared task (<https://universaldependencies.org/iwpt20/>),
for files with the same words.

* UAS: words with the right head.
* LAS: words with the right head and relation, without its subtype: `acl` for `acl:relcl`.
* CLAS: the same for the words whose relation, without its subtype, is one of `CONTENT_RELATIONS`.
* ELAS: arcs of the enhanced graph with the right head, modifier and whole label. Empty nodes are
  collapsed first: a path over them is an arc, and `>` joins its labels.
* EULAS: the same with labels that are cut at `:`. As there, two arcs of the same words that become
  the same match each of the two on the other side, so that the score may exceed 1.
"""

from collections import Counter
from typing import Any, Dict, Iterator, List, Tuple
from typing import Counter as CounterType

from bilexical.formats.enhanced import Node, enhanced_arcs
from bilexical.formats.sentence import Sentence
from bilexical.scoring.matches import Matches, ratio

#: All relations of Universal Dependencies but aux, case, cc, clf, cop, det, mark and punct.
CONTENT_RELATIONS = frozenset(
    "acl advcl advmod amod appos ccomp compound conj csubj dep discourse dislocated expl fixed "
    "flat goeswith iobj list nmod nsubj nummod obj obl orphan parataxis reparandum root vocative "
    "xcomp".split()
)

#: Modifier, head (0 for ROOT) and label.
EnhancedArc = Tuple[int, int, str]


class UdEvaluation:
    """
    The scores of a corpus, to which sentences are added one after another.

    # Parameters

    enhanced : `bool`, optional (default = `False`)
        Whether the sentences come from CoNLL-U, so that their DEPS are enhanced graphs.
    partial : `bool`, optional (default = `False`)
        Whether sentences without DEPS on one of both sides are left out of ELAS and EULAS. The
        evaluation of Universal Dependencies counts a graph without arcs.
    score_copied : `bool`, optional (default = `False`)
        Whether ELAS and EULAS are scored although all graphs are right where trees are not: without
        it they are taken for copies of the gold standard's.
    """

    def __init__(
        self, enhanced: bool = False, partial: bool = False, score_copied: bool = False
    ) -> None:
        self.gold_loops = self.system_loops = 0
        self.without_graph = 0
        self._enhanced = enhanced
        self._partial = partial
        self._score_copied = score_copied
        self._counts = {name: Matches(0, 0, 0) for name in ("UAS", "LAS", "CLAS", "ELAS", "EULAS")}

    def add(self, gold: Sentence, system: Sentence, names: Tuple[str, str]) -> None:
        """
        Adds a sentence as annotated and as predicted, both with a tree over the same words. `names`
        are those of the two files.

        Raises `FormatError` for DEPS that do not follow the standard.
        """
        heads = [a.head == b.head for a, b in zip(gold.words, system.words)]
        relations, predicted = (
            [_without_subtype(word.deprel or "_") for word in sentence.words]
            for sentence in (gold, system)
        )
        right = [head and a == b for head, a, b in zip(heads, relations, predicted)]
        is_content, predicted_content = (
            [relation in CONTENT_RELATIONS for relation in side] for side in (relations, predicted)
        )
        self._add("UAS", len(heads), len(heads), sum(heads))
        self._add("LAS", len(heads), len(heads), sum(right))
        right_content = sum(a and b for a, b in zip(right, is_content))
        self._add("CLAS", sum(is_content), sum(predicted_content), right_content)
        if self._enhanced:
            self._add_enhanced(gold, system, names)

    def _add_enhanced(self, gold: Sentence, system: Sentence, names: Tuple[str, str]) -> None:
        gold_arcs, gold_loops = collapsed_arcs(gold, names[0])
        system_arcs, system_loops = collapsed_arcs(system, names[1])
        if self._partial and not (gold_arcs and system_arcs):
            self.without_graph += 1
            return
        self.gold_loops += gold_loops
        self.system_loops += system_loops
        sides = Counter(gold_arcs), Counter(system_arcs)
        self._add("ELAS", *_totals(*sides))
        self._add("EULAS", *_totals(*map(_cut, sides)))

    def _add(self, name: str, gold: int, system: int, common: int) -> None:
        counts = zip(self._counts[name], (gold, system, common))
        self._counts[name] = Matches(*map(sum, counts))

    def counts(self, trees: bool = True) -> Dict[str, Matches]:
        """
        The counts behind the scores that there are, those of trees only if `trees`, in the order of
        the evaluation's table.
        """
        chosen = ["UAS", "LAS", "CLAS"] if trees else []
        chosen += [] if self.why_no_graphs else ["ELAS", "EULAS"]
        return {name: self._counts[name] for name in chosen}

    @property
    def why_no_graphs(self) -> str:
        """Why there are no ELAS and EULAS; empty if there are."""
        if not self._enhanced:
            return "only two files of CoNLL-U have enhanced graphs."
        counts = self._counts["ELAS"]
        for count, name in ((counts.gold, "gold standard"), (counts.system, "system output")):
            if not count:
                return f"the {name} has no enhanced graphs (DEPS)."
        trees = self._counts["LAS"]
        is_right = counts.gold == counts.system == counts.common
        if is_right and trees.common < trees.gold and not self._score_copied:
            return (
                "all enhanced graphs (DEPS) of the system output are the gold standard's although "
                "its trees are not, as if copied from it. If the system predicts them, add "
                "--score-copied."
            )
        return ""

    def to_json(self, trees: bool = True) -> Dict[str, Any]:
        """
        For each score of `counts` the counts, precision, recall and F. `own_arguments`: the arcs
        from a word to itself, which are left out. With `partial` also `without_graph`: the
        sentences without DEPS, which are left out of ELAS and EULAS.
        """
        figures: Dict[str, Any] = {}
        for name, matches in self.counts(trees).items():
            figures[name] = {**matches.to_json(), "f1": f1(matches)}
        if self.why_no_graphs:
            figures["ELAS"] = figures["EULAS"] = {"not_scored": self.why_no_graphs}
        if self._enhanced:
            figures["own_arguments"] = {"gold": self.gold_loops, "system": self.system_loops}
            if self._partial:
                figures["without_graph"] = self.without_graph
        return figures


def f1(matches: Matches) -> float:
    """F as the evaluation of Universal Dependencies computes it, so that the last digit is its."""
    return ratio(2 * matches.common, matches.gold + matches.system)


def collapsed_arcs(sentence: Sentence, path: str) -> Tuple[List[EnhancedArc], int]:
    """
    The arcs of a sentence's enhanced graph with paths over empty nodes as arcs, each once, and the
    number of arcs from a node to itself, which are left out. A path may end where it starts.

    # Parameters

    sentence : `Sentence`
        Of CoNLL-U.
    path : `str`
        The file, for messages.
    """
    incoming: Dict[Node, List[Tuple[Node, str]]] = {}
    num_loops = 0
    for modifier, head, label in enhanced_arcs(sentence, path):
        if modifier == head:
            num_loops += 1
        else:
            incoming.setdefault(modifier, []).append((head, label))
    arcs: Dict[EnhancedArc, None] = {}
    for number in range(1, len(sentence.words) + 1):
        for start, label in _paths(incoming, [(number, 0)]):
            arcs[number, start, label] = None
    return list(arcs), num_loops


def _paths(
    incoming: Dict[Node, List[Tuple[Node, str]]], nodes: List[Node]
) -> Iterator[Tuple[int, str]]:
    """Start and labels of the paths to the last of `nodes` that pass no empty node twice."""
    for head, label in incoming.get(nodes[-1], []):
        if not head[1]:
            yield head[0], label
        elif head not in nodes:
            for start, labels in _paths(incoming, [*nodes, head]):
                yield start, f"{labels}>{label}"


def _without_subtype(relation: str) -> str:
    return relation.split(":")[0]


def _cut(arcs: CounterType[EnhancedArc]) -> CounterType[EnhancedArc]:
    """The arcs with labels without subtypes; some may be there twice then."""
    cut: CounterType[EnhancedArc] = Counter()
    for (modifier, head, label), count in arcs.items():
        cut[modifier, head, ">".join(map(_without_subtype, label.split(">")))] += count
    return cut


def _totals(
    gold: CounterType[EnhancedArc], system: CounterType[EnhancedArc]
) -> Tuple[int, int, int]:
    common = sum(count * system[arc] for arc, count in gold.items())
    return sum(gold.values()), sum(system.values()), common
