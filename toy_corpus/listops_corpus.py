"""The splits of the ListOps corpus and its files, one folder for each kind of tree."""

import os
from dataclasses import replace
from typing import Iterable, Iterator, List, NamedTuple, Set

from bilexical.formats.conll import write_conll
from bilexical.formats.sentence import Sentence
from toy_corpus.dice import Dice
from toy_corpus.listops import BASE, draw_expression, to_sentence

#: The splits, whose sentences have the ids 100001, 200001, 300001 and on.
LISTOPS_SPLITS = ("train", "dev", "test")

#: The folders: the true trees and those that they are compared with.
TREES = ("gold", "chain", "random", "flat")


class ListOpsCorpus(NamedTuple):
    """
    # Parameters

    train, dev, test : `List[Sentence]`
        With the true trees.
    """

    train: List[Sentence]
    dev: List[Sentence]
    test: List[Sentence]


def generate_listops(
    seed: int = 1, num_train: int = 20000, num_dev: int = 1000, num_test: int = 1000
) -> ListOpsCorpus:
    """
    The corpus of a seed: the same sentences in every version of Python. No two sentences of it are
    the same, and the values 0 to 9 take turns. A smaller `num_train` gives the first sentences of a
    larger one, and the same `dev` and `test`.
    """
    known: Set[str] = set()
    # Training last, so that no other split hangs on its size.
    dev, test, train = (
        _split(seed, LISTOPS_SPLITS.index(name), size, known)
        for name, size in (("dev", num_dev), ("test", num_test), ("train", num_train))
    )
    return ListOpsCorpus(train, dev, test)


def write_listops(directory: str, corpus: ListOpsCorpus, seed: int = 1) -> None:
    """
    Writes `corpus` as CoNLL-U to `directory`, a folder for each of `TREES` and in it a file for
    each split; `seed` is that of the random trees.
    """
    for kind in TREES:
        os.makedirs(os.path.join(directory, kind), exist_ok=True)
        for number, (name, sentences) in enumerate(zip(LISTOPS_SPLITS, corpus)):
            dice = Dice(10 * seed + len(LISTOPS_SPLITS) + number)
            trees = sentences if kind == "gold" else _with_heads(sentences, kind, dice)
            write_conll(os.path.join(directory, kind, f"{name}.conllu"), trees)


def random_heads(dice: Dice, size: int) -> List[int]:
    """
    A projective tree with one root: any word may be it, and so on among the words to its left and
    among those to its right, whose roots are its dependents.
    """
    heads = [0] * size

    def attach(start: int, end: int, head: int) -> None:
        if start < end:
            root = dice.choose(range(start, end))
            heads[root] = head
            attach(start, root, root + 1)
            attach(root + 1, end, root + 1)

    attach(0, size, 0)
    return heads


def _split(seed: int, number: int, size: int, known: Set[str]) -> List[Sentence]:
    dice = Dice(10 * seed + number)
    sentences: List[Sentence] = []
    while len(sentences) < size:
        identifier = str(100000 * (number + 1) + len(sentences) + 1)
        sentence = to_sentence(identifier, draw_expression(dice, len(sentences) % BASE))
        if str(sentence) not in known:
            known.add(str(sentence))
            sentences.append(sentence)
    return sentences


def _with_heads(sentences: Iterable[Sentence], kind: str, dice: Dice) -> Iterator[Sentence]:
    for sentence in sentences:
        size = len(sentence.words)
        if kind == "random":
            heads = random_heads(dice, size)
        else:
            heads = list(range(size)) if kind == "chain" else [0] * size
        words = [
            word.changed(head=head, deprel="arg" if head else "root")
            for word, head in zip(sentence.words, heads)
        ]
        yield replace(sentence, words=words)
