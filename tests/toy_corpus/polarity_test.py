"""The graphs of the sentiment grammar's constructions and what they say, worked out by hand."""

from collections import Counter
from math import sqrt

import pytest

from bilexical.formats.corpus_files import detect_format
from bilexical.formats.sdp import read_sdp
from bilexical.formats.sentence import Sentence
from bilexical.formats.sst_columns import read_sst_columns
from bilexical.formats.trees import check_tree, is_projective
from tests import PROJECT_ROOT
from tests.toy_corpus.semantics_test import arcs_of, words_of
from toy_corpus import annotate, polarity, semantic_arcs

DIRECTORY = PROJECT_ROOT / "data" / "toy" / "sentiment"

# A sentence is a list of "form lemma pos head deprel", a graph a list of "head label modifier".
CASES = {
    "somebody liked it": (
        "Anna Anna NNP 2 nsubj / praised praise VBD 0 root / film film NN 2 dobj",
        "2 ARG1 1 / 2 ARG2 3",
        1,
    ),
    "it pleased nobody": (
        "film film NN 4 nsubj / did do VBD 4 aux / not not RB 4 neg / please please VB 0 root / "
        "Bob Bob NNP 4 dobj",
        "4 ARG1 1 / 3 neg 4 / 4 ARG2 5",
        -1,
    ),
    "it is good": (
        "film film NN 3 nsubj / was be VBD 3 cop / good good JJ 0 root",
        "3 ARG1 1",
        1,
    ),
    "it is hardly dull": (
        "film film NN 4 nsubj / was be VBD 4 cop / hardly hardly RB 4 advmod / dull dull JJ 0 root",
        "4 ARG1 1 / 3 ARG1 4",
        1,
    ),
    "passives, negation next to the other verb": (
        "film film NN 3 nsubjpass / was be VBD 3 auxpass / hated hate VBN 0 root / by by IN 3 agent"
        " / guests guest NNS 4 pobj / that that WDT 9 rel / were be VBD 9 auxpass / "
        "never never RB 9 neg / bored bore VBN 5 rcmod / by by IN 9 agent / Bob Bob NNP 10 pobj",
        "3 ARG2 1 / 3 ARG1 5 / 9 ARG2 5 / 8 neg 9 / 9 ARG1 11",
        -1,
    ),
    "negative verb, subject relative": (
        "guests guest NNS 5 nsubj / that that WDT 3 rel / mocked mock VBD 1 rcmod / "
        "Bob Bob NNP 3 dobj / refused refuse VBD 0 root / to to TO 7 aux / scorn scorn VB 5 xcomp /"
        " films film NNS 7 dobj",
        "3 ARG1 1 / 3 ARG2 4 / 5 ARG1 1 / 5 ARG2 7 / 7 ARG1 1 / 7 ARG2 8",
        1,
    ),
    "negative verb, object relative": (
        "films film NNS 6 nsubj / Bob Bob NNP 3 nsubj / refused refuse VBD 1 rcmod / "
        "to to TO 5 aux / praise praise VB 3 xcomp / vanished vanish VBD 0 root",
        "3 ARG1 2 / 3 ARG2 5 / 5 ARG1 2 / 5 ARG2 1 / 6 ARG1 1",
        -1,
    ),
    "the main clause beats the relative clause": (
        "films film NNS 4 nsubj / Bob Bob NNP 3 nsubj / loved love VBD 1 rcmod / "
        "bored bore VBD 0 root / Anna Anna NNP 4 dobj",
        "3 ARG1 2 / 3 ARG2 1 / 4 ARG1 1 / 4 ARG2 5",
        -1,
    ),
    "what stands behind but prevails": (
        "film film NN 3 nsubj / was be VBD 3 cop / dull dull JJ 0 root / but but CC 3 cc / "
        "pleased please VBD 3 conj / Bob Bob NNP 5 dobj",
        "3 ARG1 1 / 3 _but_c 5 / 5 ARG1 1 / 5 ARG2 6",
        1,
    ),
    "a negative verb before but": (
        "film film NN 2 nsubj / failed fail VBD 0 root / to to TO 4 aux / bore bore VB 2 xcomp / "
        "Anna Anna NNP 4 dobj / but but CC 2 cc / annoyed annoy VBD 2 conj / Bob Bob NNP 7 dobj",
        "2 ARG1 4 / 4 ARG1 1 / 4 ARG2 5 / 2 _but_c 7 / 7 ARG1 1 / 7 ARG2 8",
        -1,
    ),
    "the main clause beats what is reduced to a participle": (
        "although although IN 2 mark / mocked mock VBN 6 advcl / by by IN 2 agent / "
        "Bob Bob NNP 3 pobj / film film NN 6 nsubj / pleased please VBD 0 root / "
        "Anna Anna NNP 6 dobj",
        "1 ARG1 6 / 1 ARG2 2 / 2 ARG1 4 / 2 ARG2 5 / 6 ARG1 5 / 6 ARG2 7",
        1,
    ),
    "an adjective is all there is about it": (
        "though though IN 2 mark / awful awful JJ 5 advcl / film film NN 5 nsubjpass / "
        "was be VBD 5 auxpass / watched watch VBN 0 root / by by IN 5 agent / Bob Bob NNP 6 pobj",
        "1 ARG1 5 / 1 ARG2 2 / 2 ARG1 3 / 5 ARG2 3 / 5 ARG1 7",
        -1,
    ),
    "a subordinate clause with a subject of its own": (
        "Bob Bob NNP 2 nsubj / praised praise VBD 0 root / Anna Anna NNP 2 dobj / "
        "because because IN 7 mark / film film NN 7 nsubjpass / was be VBD 7 auxpass / "
        "scorned scorn VBN 2 advcl",
        "2 ARG1 1 / 2 ARG2 3 / 4 ARG1 2 / 4 ARG2 7 / 7 ARG2 5",
        -1,
    ),
    "the stronger adverb prevails": (
        "film film NN 2 nsubj / pleased please VBD 0 root / Anna Anna NNP 2 dobj / "
        "deeply deeply RB 2 advmod / and and CC 2 cc / bored bore VBD 2 conj / "
        "Bob Bob NNP 6 dobj / mildly mildly RB 6 advmod",
        "2 ARG1 1 / 2 ARG2 3 / 4 ARG1 2 / 2 _and_c 6 / 6 ARG1 1 / 6 ARG2 7 / 8 ARG1 6",
        1,
    ),
    "the weaker adverb loses to none": (
        "film film NN 2 nsubj / pleased please VBD 0 root / Anna Anna NNP 2 dobj / "
        "slightly slightly RB 2 advmod / and and CC 2 cc / bored bore VBD 2 conj / "
        "Bob Bob NNP 6 dobj",
        "2 ARG1 1 / 2 ARG2 3 / 4 ARG1 2 / 2 _and_c 6 / 6 ARG1 1 / 6 ARG2 7",
        -1,
    ),
    "a relative clause below a preposition": (
        "Anna Anna NNP 2 nsubj / mocked mock VBD 0 root / lawyers lawyer NNS 2 dobj / in in IN 3 "
        "prep / films film NNS 4 pobj / that that WDT 8 rel / Bob Bob NNP 8 nsubj / "
        "admired admire VBD 5 rcmod",
        "2 ARG1 1 / 2 ARG2 3 / 4 ARG1 3 / 4 ARG2 5 / 8 ARG1 7 / 8 ARG2 5",
        1,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_graph_and_polarity_of_a_construction(name):
    tree, graph, expected = CASES[name]
    words = words_of(tree)
    assert semantic_arcs(words) == arcs_of(graph)
    assert polarity(annotate(Sentence("1", words))) == expected


@pytest.mark.parametrize(
    "tree",
    [
        "Anna Anna NNP 2 nsubj / praised praise VBD 0 root / Bob Bob NNP 2 dobj",
        "film film NN 2 nsubj / praised praise VBD 0 root / Bob Bob NNP 2 dobj",
        "film film NN 3 nsubj / was be VBD 3 cop / dull dull JJ 0 root / and and CC 3 cc / "
        "pleased please VBD 3 conj",
    ],
)
def test_a_graph_that_does_not_decide_is_refused(tree):
    sentence = annotate(Sentence("1", words_of(tree)))
    for word in sentence.words:
        word.is_top = False
    with pytest.raises(ValueError, match="does not decide whether it praises or blames a film"):
        polarity(sentence)


PRAISE = "love praise enjoy admire / please delight impress charm / good splendid lovely brilliant"
BLAME = "hate mock dislike scorn / bore annoy disappoint offend / bad awful dull tedious"
ABOUT_OBJECT = PRAISE.split(" / ")[0].split() + BLAME.split(" / ")[0].split()


def polarity_again(sentence):
    """The same as `polarity`, from the words of praise and blame rather than from the film."""
    lemma = dict(enumerate((word.lemma for word in sentence.words), 1))
    arcs = set(sentence.arcs)
    tops = [number for number, word in enumerate(sentence.words, 1) if word.is_top]
    votes = []
    for number in lemma:
        sign = (lemma[number] in PRAISE.split()) - (lemma[number] in BLAME.split())
        role = "ARG2" if lemma[number] in ABOUT_OBJECT else "ARG1"
        about = {lemma[arc.modifier] for arc in arcs if arc[1:] == (number, role)}
        if not sign or "film" not in about:
            continue
        above = [arc for arc in arcs if arc.modifier == number and not arc.label.endswith("_c")]
        names = [lemma[arc.head] for arc in above]
        sign *= (-1) ** len({"not", "never", "hardly", "scarcely", "fail", "refuse"} & set(names))
        strength = len({"deeply", "greatly", "truly"} & set(names))
        strength -= len({"slightly", "mildly", "somewhat"} & set(names))
        clause = [arc.head for arc in above if lemma[arc.head] in ("fail", "refuse")] or [number]
        behind_but = any(arc[::2] == (clause[0], "_but_c") for arc in arcs)
        votes.append((strength, behind_but, clause[0] in tops, sign))
    # "but" stands between two votes only if both are about the film, in which case it tells.
    if len(votes) == 1:
        return votes[0][-1]
    assert len(votes) == 2
    (*first, _), (*second, _) = sorted(votes)
    assert first != second
    return max(votes)[-1]


@pytest.mark.parametrize("name", ["train", "dev", "test"])
def test_labels_are_what_an_independent_reading_of_the_graph_says(name):
    labels = [s.phrases[0].label for s in read_sst_columns(DIRECTORY / f"{name}.txt")]
    graphs = list(read_sdp(DIRECTORY / f"{name}.sdp"))
    assert [polarity_again(graph) for graph in graphs] == [2 * label - 1 for label in labels]


def test_the_parser_has_sentences_of_its_own_with_trees():
    files = ["train.sdp", "dev.sdp", "test.sdp", "parser_train.sdpx", "parser_dev.sdpx"]
    sentences = {name: list(read_sdp(DIRECTORY / name)) for name in files}
    texts = [tuple(word.form for word in s.words) for name in files for s in sentences[name]]
    assert len(set(texts)) == len(texts)
    assert detect_format(DIRECTORY / "parser_train.sdpx") == "sdp_augmented"
    for sentence in sentences["parser_train.sdpx"] + sentences["parser_dev.sdpx"]:
        heads = [word.head for word in sentence.words]
        check_tree(heads)
        assert is_projective(heads) and heads.count(0) == 1
        assert semantic_arcs(sentence.words) == sorted(sentence.arcs)
        assert polarity(sentence) == polarity_again(sentence)


def test_pairs_of_neighbors_do_not_give_the_label_away():
    counts = {0: Counter(), 1: Counter()}
    for sentence, phrases in read_sst_columns(DIRECTORY / "train.txt"):
        lemmas = [word.lemma for word in sentence.words]
        counts[phrases[0].label].update(set(zip(lemmas, lemmas[1:])))
    pairs = [pair for pair in counts[0] + counts[1] if counts[0][pair] + counts[1][pair] >= 30]
    surplus = [
        (counts[1][pair] - counts[0][pair]) / sqrt(counts[1][pair] + counts[0][pair])
        for pair in pairs
    ]
    assert len(pairs) > 50
    # The mean square is 1 for a fair coin.
    assert sum(z * z for z in surplus) / len(surplus) < 1.5
    assert max(map(abs, surplus)) < 4
