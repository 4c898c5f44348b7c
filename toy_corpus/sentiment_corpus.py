"""The splits of the toy sentiment corpus and its files."""

import os
from typing import List, NamedTuple, Set, Tuple

from bilexical.formats.sdp import write_sdp
from bilexical.formats.sentence import Sentence
from bilexical.formats.sentiment import LabeledPhrase, LabeledSentence
from bilexical.formats.sst_columns import write_sst_columns
from toy_corpus.balance import Balance
from toy_corpus.corpus import with_header
from toy_corpus.dice import Dice
from toy_corpus.phrase import to_sentence
from toy_corpus.polarity import polarity
from toy_corpus.reviews import ReviewGrammar
from toy_corpus.semantics import annotate

#: The splits, whose sentences have the ids 10001, 20001, 30001 and on.
SENTIMENT_SPLITS = ("train", "dev", "test", "parser_train", "parser_dev")

_MAX_WORDS = 12


class ToySentimentCorpus(NamedTuple):
    """
    # Parameters

    train, dev, test : `List[Sentence]`
        Sentences with their graphs, of which `polarity` is a function.
    parser_train, parser_dev : `List[Sentence]`
        Other sentences of the same grammar, with trees and graphs.
    """

    train: List[Sentence]
    dev: List[Sentence]
    test: List[Sentence]
    parser_train: List[Sentence]
    parser_dev: List[Sentence]


def generate_sentiment(
    seed: int = 1,
    num_train: int = 1500,
    num_dev: int = 200,
    num_test: int = 400,
    num_parser_train: int = 600,
    num_parser_dev: int = 100,
    held_out_rate: float = 0.08,
) -> ToySentimentCorpus:
    """
    The corpus of a seed: the same sentences in every version of Python. No two sentences of it have
    the same words, and half of the sentences of each split are positive.

    # Parameters

    seed : `int`
    num_train, num_dev, num_test, num_parser_train, num_parser_dev : `int`
        Sentences of each split.
    held_out_rate : `float`
        How often a noun or name is, in `dev`, `test` and `parser_dev`, one that training never has.
    """
    known: Set[Tuple[str, ...]] = set()
    sizes = (num_train, num_dev, num_test, num_parser_train, num_parser_dev)
    splits = []
    for number, (name, size) in enumerate(zip(SENTIMENT_SPLITS, sizes)):
        rate = 0.0 if name.endswith("train") else held_out_rate
        dice = Dice(100 * seed + number)
        splits.append(_split(ReviewGrammar(dice, rate), 10000 * (number + 1), size, known))
    return ToySentimentCorpus(*splits)


def write_sentiment_corpus(directory: str, corpus: ToySentimentCorpus) -> None:
    """Writes `corpus` to files in `directory`, which is created if it is not there."""
    os.makedirs(directory, exist_ok=True)
    for name, sentences in zip(SENTIMENT_SPLITS, corpus):
        path = os.path.join(directory, name)
        if name.startswith("parser"):
            write_sdp(f"{path}.sdpx", with_header(sentences), "sdp_augmented")
        else:
            write_sst_columns(f"{path}.txt", map(_labeled, sentences))
            write_sdp(f"{path}.sdp", with_header(sentences), "sdp")


def _split(
    grammar: ReviewGrammar, first_id: int, size: int, known: Set[Tuple[str, ...]]
) -> List[Sentence]:
    balance = Balance()
    sentences: List[Sentence] = []
    while len(sentences) < size:
        sign = 1 if len(sentences) % 2 else -1
        identifier = str(first_id + len(sentences) + 1)
        sentence = annotate(to_sentence(identifier, grammar.sentence(sign)))
        forms = tuple(word.form for word in sentence.words)
        if len(forms) > _MAX_WORDS or forms in known or _repeats_a_noun(sentence):
            continue
        if polarity(sentence) != sign:
            raise AssertionError(f"The graph of {forms} says the contrary of {sign}.")
        if balance.takes(sentence, sign):
            known.add(forms)
            sentences.append(sentence)
    return sentences


def _repeats_a_noun(sentence: Sentence) -> bool:
    nouns = [word.lemma for word in sentence.words if (word.pos or "").startswith("NN")]
    return len(set(nouns)) < len(nouns)


def _labeled(sentence: Sentence) -> LabeledSentence:
    label = 1 if polarity(sentence) > 0 else 0
    return LabeledSentence(sentence, [LabeledPhrase(label, 0, len(sentence.words))])
