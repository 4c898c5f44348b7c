"""The splits of the corpus and its files."""

import os
from dataclasses import replace
from typing import Iterable, List, NamedTuple, Set, Tuple

from bilexical.formats.conll import write_conll
from bilexical.formats.sdp import write_sdp
from bilexical.formats.sentence import Sentence
from toy_corpus.corruption import DEFAULT_RATES, CorruptionRates, corrupt
from toy_corpus.dice import Dice
from toy_corpus.grammar import Grammar
from toy_corpus.phrase import in_order, to_sentence
from toy_corpus.semantics import annotate

#: The splits, whose sentences have the ids 10001, 20001, 30001 and on.
SPLITS = ("train", "dev", "test")

_HEADER = "#SDP 2015"
_MAX_WORDS = 15


class ToyCorpus(NamedTuple):
    """
    # Parameters

    train : `List[Sentence]`
        Corrupted trees with the true graphs.
    train_gold : `List[Sentence]`
        The same sentences with the true trees.
    dev, test : `List[Sentence]`
        True trees and graphs, with words that `train` does not have.
    """

    train: List[Sentence]
    train_gold: List[Sentence]
    dev: List[Sentence]
    test: List[Sentence]


def generate(
    seed: int = 1,
    num_train: int = 2000,
    num_dev: int = 300,
    num_test: int = 300,
    held_out_rate: float = 0.16,
    ambiguity: float = 0.35,
    rates: CorruptionRates = DEFAULT_RATES,
) -> ToyCorpus:
    """
    The corpus of a seed: the same sentences in every version of Python. No two sentences of it have
    the same words.

    # Parameters

    seed : `int`
    num_train, num_dev, num_test : `int`
        Sentences of each split.
    held_out_rate : `float`
        How often a word of an open class is, in `dev` and `test`, one that `train` never has.
    ambiguity : `float`
        How often a modifier with several possible sites is not where it is expected to be.
    rates : `CorruptionRates`
    """
    known: Set[Tuple[str, ...]] = set()
    train_gold = _split("train", seed, num_train, 0.0, ambiguity, known)
    dev = _split("dev", seed, num_dev, held_out_rate, ambiguity, known)
    test = _split("test", seed, num_test, held_out_rate, ambiguity, known)
    dice = Dice(_split_seed(seed, "corruption"))
    train = [corrupt(sentence, dice, rates) for sentence in train_gold]
    return ToyCorpus(train, train_gold, dev, test)


def write_corpus(directory: str, corpus: ToyCorpus) -> None:
    """Writes `corpus` to files in `directory`, which is created if it is not there."""
    os.makedirs(directory, exist_ok=True)
    for name, sentences in (("train", corpus.train), ("dev", corpus.dev), ("test", corpus.test)):
        write_sdp(os.path.join(directory, f"{name}.sdpx"), with_header(sentences), "sdp_augmented")
    write_sdp(os.path.join(directory, "test.sdp"), with_header(corpus.test), "sdp")
    for name, sentences in (
        ("train_gold", corpus.train_gold),
        ("dev", corpus.dev),
        ("test", corpus.test),
    ):
        write_conll(os.path.join(directory, f"{name}.conll"), _without_ids(sentences))


def _split(
    name: str,
    seed: int,
    size: int,
    held_out_rate: float,
    ambiguity: float,
    known: Set[Tuple[str, ...]],
) -> List[Sentence]:
    grammar = Grammar(Dice(_split_seed(seed, name)), held_out_rate, ambiguity)
    sentences: List[Sentence] = []
    while len(sentences) < size:
        phrase = grammar.sentence()
        forms = tuple(word.form for word in in_order(phrase))
        if len(forms) <= _MAX_WORDS and forms not in known:
            known.add(forms)
            identifier = str(10000 * (1 + SPLITS.index(name)) + len(sentences) + 1)
            sentences.append(annotate(to_sentence(identifier, phrase)))
    return sentences


def _split_seed(seed: int, name: str) -> int:
    return 10 * seed + (*SPLITS, "corruption").index(name)


def with_header(sentences: Iterable[Sentence]) -> List[Sentence]:
    """The sentences of an SDP 2015 file: the first one has the header."""
    first, *others = sentences
    return [replace(first, comments=[_HEADER]), *others]


def _without_ids(sentences: Iterable[Sentence]) -> List[Sentence]:
    """CoNLL-X has no comments; a file that has some is taken for CoNLL-U."""
    return [replace(sentence, id="") for sentence in sentences]
