"""The graph of each construction, worked out by hand."""

import pytest

from bilexical.formats.sentence import Arc, Sentence, Word
from toy_corpus import annotate, semantic_arcs

# A sentence is a list of "form lemma pos head deprel", a graph a list of "head label modifier".
CASES = {
    "subject control": (
        "Anna Anna NNP 2 nsubj / wants want VBZ 0 root / to to TO 4 aux / sleep sleep VB 2 xcomp",
        "2 ARG1 1 / 4 ARG1 1 / 2 ARG2 4",
    ),
    "object control": (
        "Anna Anna NNP 2 nsubj / asked ask VBD 0 root / Bob Bob NNP 2 dobj / to to TO 5 aux / "
        "sleep sleep VB 2 xcomp",
        "2 ARG1 1 / 2 ARG2 3 / 5 ARG1 3 / 2 ARG3 5",
    ),
    "object control, passive": (
        "Anna Anna NNP 3 nsubjpass / was be VBD 3 auxpass / asked ask VBN 0 root / "
        "to to TO 5 aux / sleep sleep VB 3 xcomp",
        "3 ARG2 1 / 5 ARG1 1 / 3 ARG3 5",
    ),
    "raising to subject": (
        "Anna Anna NNP 2 nsubj / seems seem VBZ 0 root / to to TO 4 aux / sleep sleep VB 2 xcomp",
        "4 ARG1 1 / 2 ARG1 4",
    ),
    "raising to object": (
        "Anna Anna NNP 2 nsubj / expected expect VBD 0 root / Bob Bob NNP 5 nsubj / "
        "to to TO 5 aux / sleep sleep VB 2 xcomp",
        "2 ARG1 1 / 5 ARG1 3 / 2 ARG2 5",
    ),
    "raising to object, passive": (
        "Anna Anna NNP 3 nsubjpass / was be VBD 3 auxpass / expected expect VBN 0 root / "
        "to to TO 5 aux / sleep sleep VB 3 xcomp",
        "5 ARG1 1 / 3 ARG2 5",
    ),
    "clause with complementizer": (
        "Anna Anna NNP 2 nsubj / said say VBD 0 root / that that IN 5 mark / "
        "Bob Bob NNP 5 nsubj / slept sleep VBD 2 ccomp",
        "2 ARG1 1 / 5 ARG1 4 / 2 ARG2 5",
    ),
    "double object": (
        "Anna Anna NNP 2 nsubj / gave give VBD 0 root / Bob Bob NNP 2 iobj / a a DT 5 det / "
        "box box NN 2 dobj",
        "2 ARG1 1 / 2 ARG3 3 / 2 ARG2 5 / 4 BV 5",
    ),
    "recipient with a preposition": (
        "Anna Anna NNP 2 nsubj / gave give VBD 0 root / boxes box NNS 2 dobj / to to TO 2 prep / "
        "Bob Bob NNP 4 pobj",
        "2 ARG1 1 / 2 ARG2 3 / 2 ARG3 5",
    ),
    "recipient as the subject of a passive": (
        "Anna Anna NNP 3 nsubjpass / was be VBD 3 auxpass / given give VBN 0 root / "
        "boxes box NNS 3 dobj",
        "3 ARG3 1 / 3 ARG2 4",
    ),
    "passive with agent": (
        "Anna Anna NNP 3 nsubjpass / was be VBD 3 auxpass / met meet VBN 0 root / "
        "by by IN 3 agent / Bob Bob NNP 4 pobj",
        "3 ARG2 1 / 3 ARG1 5",
    ),
    "negation, adverb of manner, of place": (
        "Anna Anna NNP 4 nsubj / did do VBD 4 aux / not not RB 4 neg / sleep sleep VB 0 root / "
        "quickly quickly RB 4 advmod / here here RB 4 advmod",
        "4 ARG1 1 / 3 neg 4 / 5 ARG1 4 / 4 loc 6",
    ),
    "adjective, compound, possessive": (
        "Her her PRP$ 4 poss / old old JJ 4 amod / shop shop NN 4 nn / door door NN 5 nsubj / "
        "fell fall VBD 0 root",
        "1 poss 4 / 2 ARG1 4 / 3 compound 4 / 5 ARG1 4",
    ),
    "preposition below a verb": (
        "Anna Anna NNP 2 nsubj / met meet VBD 0 root / Bob Bob NNP 2 dobj / in in IN 2 prep / "
        "parks park NNS 4 pobj",
        "2 ARG1 1 / 2 ARG2 3 / 4 ARG1 2 / 4 ARG2 5",
    ),
    "preposition below a noun": (
        "Anna Anna NNP 2 nsubj / met meet VBD 0 root / Bob Bob NNP 2 dobj / in in IN 3 prep / "
        "parks park NNS 4 pobj",
        "2 ARG1 1 / 2 ARG2 3 / 4 ARG1 3 / 4 ARG2 5",
    ),
    "preposition selected by a noun": (
        "letters letter NNS 4 nsubj / about about IN 1 prep / war war NN 2 pobj / "
        "burned burn VBD 0 root",
        "1 ARG1 3 / 4 ARG1 1",
    ),
    "place selected by a verb": (
        "Anna Anna NNP 2 nsubj / put put VBD 0 root / cups cup NNS 2 dobj / on on IN 2 prep / "
        "tables table NNS 4 pobj",
        "2 ARG1 1 / 2 ARG2 3 / 2 loc 5",
    ),
    "subject relative": (
        "boys boy NNS 4 nsubj / that that WDT 3 rel / slept sleep VBD 1 rcmod / "
        "laughed laugh VBD 0 root",
        "3 ARG1 1 / 4 ARG1 1",
    ),
    "object relative, gap below an infinitive": (
        "boxes box NNS 6 nsubj / Bob Bob NNP 3 nsubj / tried try VBD 1 rcmod / to to TO 5 aux / "
        "fix fix VB 3 xcomp / fell fall VBD 0 root",
        "3 ARG1 2 / 3 ARG2 5 / 5 ARG1 2 / 5 ARG2 1 / 6 ARG1 1",
    ),
    "object relative, gap behind a preposition": (
        "storms storm NNS 5 nsubj / Bob Bob NNP 3 nsubj / joked joke VBD 1 rcmod / "
        "about about IN 3 prep / fell fall VBD 0 root",
        "3 ARG1 2 / 3 ARG2 1 / 5 ARG1 1",
    ),
    "participle": (
        "boxes box NNS 5 nsubj / fixed fix VBN 1 vmod / by by IN 2 agent / Bob Bob NNP 3 pobj / "
        "fell fall VBD 0 root",
        "2 ARG2 1 / 2 ARG1 4 / 5 ARG1 1",
    ),
    "coordinated nouns, modifier of both": (
        "cups cup NNS 6 nsubj / and and CC 1 cc / boxes box NNS 1 conj / in in IN 1 prep / "
        "parks park NNS 4 pobj / fell fall VBD 0 root",
        "1 _and_c 3 / 4 ARG1 1 / 4 ARG1 3 / 4 ARG2 5 / 6 ARG1 1 / 6 ARG1 3",
    ),
    "coordinated nouns, modifier of the second": (
        "cups cup NNS 6 nsubj / or or CC 1 cc / boxes box NNS 1 conj / in in IN 3 prep / "
        "parks park NNS 4 pobj / fell fall VBD 0 root",
        "1 _or_c 3 / 4 ARG1 3 / 4 ARG2 5 / 6 ARG1 1 / 6 ARG1 3",
    ),
    "coordinated verbs, shared subject": (
        "Anna Anna NNP 2 nsubj / slept sleep VBD 0 root / and and CC 2 cc / met meet VBD 2 conj / "
        "Bob Bob NNP 4 dobj",
        "2 ARG1 1 / 4 ARG1 1 / 4 ARG2 5 / 2 _and_c 4",
    ),
    "coordinated verbs, shared object": (
        "Anna Anna NNP 2 nsubj / fixed fix VBD 0 root / and and CC 2 cc / "
        "cleaned clean VBD 2 conj / cups cup NNS 2 dobj",
        "2 ARG1 1 / 4 ARG1 1 / 2 ARG2 5 / 4 ARG2 5 / 2 _and_c 4",
    ),
    "coordinated clauses": (
        "Anna Anna NNP 2 nsubj / slept sleep VBD 0 root / but but CC 2 cc / Bob Bob NNP 5 nsubj / "
        "sang sing VBD 2 conj",
        "2 ARG1 1 / 5 ARG1 4 / 2 _but_c 5",
    ),
}


def words_of(text):
    words = []
    for entry in text.split(" / "):
        form, lemma, pos, head, deprel = entry.split()
        words.append(Word(form, lemma, pos, head=int(head), deprel=deprel))
    return words


def arcs_of(text):
    arcs = []
    for entry in text.split(" / "):
        head, label, modifier = entry.split()
        arcs.append(Arc(int(modifier), int(head), label))
    return sorted(arcs)


@pytest.mark.parametrize("name", CASES)
def test_graph_of_a_construction(name):
    tree, graph = CASES[name]
    assert semantic_arcs(words_of(tree)) == arcs_of(graph)


def test_annotate_leaves_its_argument_alone():
    sentence = Sentence("1", words_of(CASES["double object"][0]))
    annotated = annotate(sentence)
    assert sentence.arcs is None
    assert not any(word.is_predicate or word.is_top for word in sentence.words)
    assert [word.is_top for word in annotated.words] == [False, True, False, False, False]
    assert [word.frame for word in annotated.words] == [None, "v_1", None, "q", None]


def test_incomplete_tree_is_refused():
    words = words_of(CASES["double object"][0])
    words[2].head = None
    with pytest.raises(ValueError, match=r"Word 3 \(Bob\) has no lemma, POS, head or label"):
        semantic_arcs(words)
