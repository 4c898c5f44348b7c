"""
The semantic graph as a function of the tree.

The labels are those of DM (Oepen et al., 2015, SemEval task 18), with two deviations that make more
of the graph depend on the tree: an argument that is a coordination reaches every conjunct, and so
does a modifier behind it.
"""

from dataclasses import replace
from typing import Dict, List, Optional, Sequence, Tuple

from bilexical.formats.sentence import Arc, Sentence, Word
from toy_corpus.arguments import Arguments
from toy_corpus.lexicon import CAUSALS, CONCESSIVES, PLACE_ADVERBS, SELECTED
from toy_corpus.tree import Tree

_MODIFIERS = {"det": "BV", "poss": "poss", "amod": "ARG1", "nn": "compound", "neg": "neg"}
_PLACE_ADVERBS = PLACE_ADVERBS.seen + PLACE_ADVERBS.held_out
_FRAMES = {"V": "v_1", "N": "n_1", "J": "a_1", "D": "q", "R": "a_1", "I": "p", "P": "q"}


def annotate(sentence: Sentence) -> Sentence:
    """A copy of `sentence` with the graph, the top node and the frames that its tree says."""
    arcs = semantic_arcs(sentence.words)
    predicates = {arc.head for arc in arcs}
    words = [
        replace(
            word,
            is_top=word.head == 0,
            is_predicate=number in predicates,
            frame=_frame(word) if number in predicates else None,
        )
        for number, word in enumerate(sentence.words, start=1)
    ]
    return replace(sentence, words=words, arcs=arcs)


def _frame(word: Word) -> Optional[str]:
    return _FRAMES[word.pos[0]] if word.pos else None


def semantic_arcs(words: Sequence[Word]) -> List[Arc]:
    """
    The arcs of the graph, without its top node, sorted by modifier and head.

    # Parameters

    words : `Sequence[Word]`
        Words with lemma, POS, head and deprel. Only these are read.
    """
    tree = Tree(words)
    arguments = Arguments(tree)
    labels: Dict[Tuple[int, int], str] = {}

    def add(head: int, label: str, modifiers: List[int]) -> None:
        for modifier in modifiers:
            if modifier != head:
                labels.setdefault((modifier, head), label)

    for number in range(1, len(tree) + 1):
        if tree.is_verb(number) and tree.word_class(number):
            for label, modifiers in _verb_arguments(tree, arguments, number):
                add(number, label, modifiers)
        elif tree.is_predicative(number):
            add(number, "ARG1", arguments.subjects(number))
        elif tree.deprel(number) in ("prep", "agent"):
            for head, label, modifiers in _prepositional_roles(tree, arguments, number):
                add(head, label, modifiers)
        for head, label, modifiers in _modifier_roles(tree, number):
            add(head, label, modifiers)
    return [Arc(modifier, head, label) for (modifier, head), label in sorted(labels.items())]


def _verb_arguments(tree: Tree, arguments: Arguments, verb: int) -> List[Tuple[str, List[int]]]:
    """The roles of a verb that need no preposition."""
    name = tree.word_class(verb)
    is_passive = tree.is_passive(verb)
    subjects, objects = arguments.subjects(verb), arguments.objects(verb)
    infinitives = arguments.shared(verb, "xcomp")
    roles = []
    # A raised subject is an argument of the infinitive alone.
    if not (name == "seem" or (name == "expect" and is_passive)):
        roles.append(("ARG1" if not is_passive else "ARG3" if objects else "ARG2", subjects))
    roles.append(("ARG2", objects))
    roles.append(("ARG3", arguments.shared(verb, "iobj")))
    # The infinitive stands behind the person persuaded, who is the subject of a passive.
    follows_object = name == "persuade" and (objects or is_passive)
    roles.append(("ARG1" if name == "seem" else "ARG3" if follows_object else "ARG2", infinitives))
    roles.append(("ARG2", arguments.shared(verb, "ccomp")))
    return roles


def _prepositional_roles(
    tree: Tree, arguments: Arguments, preposition: int
) -> List[Tuple[int, str, List[int]]]:
    """What a preposition means: a role of the word that selects it, or a predicate of its own."""
    objects = arguments.prepositional_objects(preposition)
    sites = (
        tree.modified(preposition)
        if preposition > tree.head(preposition)
        else [tree.head(preposition)]
    )
    if tree.deprel(preposition) == "agent":
        return [(site, "ARG1", objects) for site in sites]
    if tree.lemma(preposition) == "of":
        return [(site, "ARG1", objects) for site in sites]
    selected = SELECTED.get(tree.word_class(tree.head(preposition)), {}).get(
        tree.lemma(preposition)
    )
    if selected:
        return [(site, selected, objects) for site in sites]
    return [(preposition, "ARG1", sites), (preposition, "ARG2", objects)]


def _modifier_roles(tree: Tree, number: int) -> List[Tuple[int, str, List[int]]]:
    """The roles of modifiers, negation, and the conjunctions of coordination and subordination."""
    deprel, head = tree.deprel(number), tree.head(number)
    if deprel in _MODIFIERS:
        return [(number, _MODIFIERS[deprel], [head])]
    if deprel == "advmod":
        sites = tree.modified(number) if number > head else [head]
        if tree.lemma(number) in _PLACE_ADVERBS:
            return [(site, "loc", [number]) for site in sites]
        return [(number, "ARG1", sites)]
    if deprel == "mark" and tree.lemma(number) in CONCESSIVES + CAUSALS:
        return [(number, "ARG1", [tree.head(head)]), (number, "ARG2", [head])]
    if deprel == "conj":
        return [(head, f"_{_conjunction(tree, number)}_c", [number])]
    return []


def _conjunction(tree: Tree, conjunct: int) -> str:
    conjunctions = [word for word in tree.dependents(tree.head(conjunct), "cc") if word < conjunct]
    return tree.lemma(conjunctions[-1])
