"""Invented sentences and predictions for them."""

from bilexical.comparison.layers import Gold
from bilexical.formats.sentence import Arc, Sentence, Word


def tree_gold(name, *heads, deprels=None):
    """A sentence with a tree and without a graph."""
    labels = deprels or [None] * len(heads)
    words = [Word(f"w{n}", head=h, deprel=d) for n, (h, d) in enumerate(zip(heads, labels), 1)]
    return Gold(Sentence(name, words))


def graph_gold(name, num_words, arcs, tops=(), label=None):
    """A sentence with a graph and without a tree; arcs are (modifier, head, label)."""
    words = [Word(f"w{n}", is_top=n in tops) for n in range(1, num_words + 1)]
    return Gold(Sentence(name, words, [Arc(*arc) for arc in arcs]), label)


def tree_output(*heads, deprels=None):
    output = {"words": [f"w{n}" for n in range(1, len(heads) + 1)], "heads": list(heads)}
    return output if deprels is None else {**output, "deprels": list(deprels)}


def graph_output(num_words, arcs, tops=(), **more):
    return {
        "words": [f"w{n}" for n in range(1, num_words + 1)],
        "arcs": [{"modifier": m, "head": h, "label": label} for m, h, label in arcs],
        "tops": list(tops),
        **more,
    }
