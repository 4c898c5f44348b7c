"""
The committed sentiment corpus is as its README says; that it is what the command there writes is
in documentation_commands_test.py.
"""

import sys
from collections import Counter

import pytest

from bilexical.formats.sdp import read_sdp
from bilexical.formats.sentence import Arc, Sentence, Word
from bilexical.formats.sst import detect_sst_layout, read_sst
from tests import PROJECT_ROOT
from toy_corpus import generate_sentiment, polarity, write_sentiment_corpus
from toy_corpus.__main__ import main

DIRECTORY = PROJECT_ROOT / "data" / "toy" / "sentiment"
SIZES = {"train": 1500, "dev": 200, "test": 400}


def test_the_command_writes_what_the_function_writes(tmp_path, monkeypatch):
    options = ["--sentiment", "--output", str(tmp_path / "a"), "--seed", "7", "--train", "5"]
    monkeypatch.setattr(sys, "argv", ["toy", *options, "--dev", "2", "--test", "2"])
    main()
    write_sentiment_corpus(
        str(tmp_path / "b"), generate_sentiment(seed=7, num_train=5, num_dev=2, num_test=2)
    )
    for path in (tmp_path / "b").iterdir():
        assert path.read_bytes() == (tmp_path / "a" / path.name).read_bytes(), path.name


def test_words_that_training_never_has_are_nouns():
    tags = {}
    for name in SIZES:
        for sentence, _ in read_sst(DIRECTORY / f"{name}.txt", "columns"):
            for word in sentence.words:
                tags.setdefault(name, {}).setdefault(word.lemma, word.pos)
    parser = read_sdp(DIRECTORY / "parser_train.sdpx")
    known = set(tags["train"]) | {word.lemma for s in parser for word in s.words}
    for name in ("dev", "test"):
        unseen = {tag for lemma, tag in tags[name].items() if lemma not in known}
        assert unseen and unseen <= {"NN", "NNS", "NNP"}


@pytest.fixture(scope="module", params=SIZES)
def split(request):
    path = DIRECTORY / f"{request.param}.txt"
    labeled = list(read_sst(path, detect_sst_layout(path)))
    graphs = list(read_sdp(DIRECTORY / f"{request.param}.sdp"))
    assert len(labeled) == len(graphs) == SIZES[request.param]
    return [(graph, example.phrases[0].label) for graph, example in zip(graphs, labeled)]


def test_the_label_is_a_function_of_the_graph(split):
    for sentence, label in split:
        assert (polarity(sentence) > 0) == bool(label), sentence.id


def test_half_of_the_sentences_are_positive(split):
    assert 2 * sum(label for _, label in split) == len(split)


def test_words_do_not_give_the_label_away():
    """Frequent words are about as frequent under both labels."""
    path = DIRECTORY / "train.txt"
    labeled = read_sst(path, detect_sst_layout(path))
    counts = {0: Counter(), 1: Counter()}
    for example in labeled:
        words = {word.lemma for word in example.sentence.words}
        counts[example.phrases[0].label].update(words)
    frequent = [word for word in counts[0] | counts[1] if counts[0][word] + counts[1][word] >= 100]
    assert {"film", "not", "never", "but"} & set(frequent)
    for word in frequent:
        negative, positive = counts[0][word], counts[1][word]
        # Three standard deviations of a fair coin.
        assert abs(positive - negative) <= 3 * (positive + negative) ** 0.5, word


@pytest.mark.parametrize(
    "first, second, same",
    [
        ("Kate loved the film .", "Kate hated the film .", False),
        ("Kate loved the film .", "Kate never loved the film .", False),
        ("Kate loved the film .", "the film was loved by Kate .", True),
        ("Kate loved the film .", "the film loved Kate .", None),
    ],
)
def test_what_the_rule_says(first, second, same):
    signs = []
    for text in (first, second):
        try:
            signs.append(polarity(parse(text)))
        except ValueError:
            signs.append(None)
    if same is None:
        assert signs[1] is None
    else:
        assert (signs[0] == signs[1]) is same


def parse(text):
    """The graph of one of a few sentences, written by hand."""
    lemmas = {"loved": "love", "hated": "hate", "was": "be"}
    words = [
        Word(form=form, lemma=lemmas.get(form, form), pos="NN" if form == "film" else "X")
        for form in text.split()
    ]
    place = {word.form: n for n, word in enumerate(words, 1)}
    verb = place.get("loved") or place["hated"]
    film, kate = place["film"], place["Kate"]
    liked = film if "by" in place or film > verb else kate
    liker = kate if liked == film else film
    arcs = [Arc(liked, verb, "ARG2"), Arc(liker, verb, "ARG1")]
    if "never" in place:
        arcs.append(Arc(verb, place["never"], "ARG1"))
    return Sentence(id="1", words=words, arcs=arcs)
