import copy

import pytest
from allennlp.common.checks import ConfigurationError

from bilexical.formats.sentence import Arc, Sentence, Word
from spigot_allennlp.dataset_readers import ConllDependenciesReader, SdpReader
from spigot_allennlp.dataset_readers.fields import sentence_instance

WORDS = ["she", "sings", "well"]


@pytest.mark.parametrize("reader", [SdpReader(), ConllDependenciesReader()])
def test_words_are_enough(reader):
    instance = reader.text_to_instance(WORDS)
    assert set(instance.fields) == {"tokens", "metadata"}
    assert [token.text for token in instance["tokens"].tokens] == ["@root@", *WORDS]
    assert [token.tag_ for token in instance["tokens"].tokens] == ["@root@", None, None, None]
    metadata = instance["metadata"].metadata
    assert metadata["sentence"] == Sentence("", [Word(word) for word in WORDS])
    assert (metadata["format"], metadata["source"]) == (None, None)


def test_the_sentence_is_made_of_what_is_given():
    instance = sentence_instance(
        WORDS,
        lemmas=["she", "sing", None],
        pos=["PRP", "VBZ", "RB"],
        upos=["PRON", "VERB", "ADV"],
        heads=[2, 0, 2],
        deprels=["nsubj", "root", None],
        arcs=[(1, 2, "ARG1"), (2, 3, "ARG1")],
        tops=[3, 2, 3],
    )
    assert instance["metadata"]["sentence"] == Sentence(
        "",
        [
            Word("she", "she", "PRP", "PRON", 2, "nsubj"),
            Word("sings", "sing", "VBZ", "VERB", 0, "root", is_top=True, is_predicate=True),
            Word("well", None, "RB", "ADV", 2, None, is_top=True, is_predicate=True),
        ],
        [Arc(1, 2, "ARG1"), Arc(2, 3, "ARG1")],
    )
    assert instance["heads"].labels == [0, 2, 0, 2]
    assert instance["deprels"].labels == ["@root@", "nsubj", "root", "_"]
    assert instance["graph"].indices == [(2, 0), (3, 0), (1, 2), (2, 3)]
    assert instance["graph"].labels == ["__TOP__", "__TOP__", "ARG1", "ARG1"]


def test_a_graph_without_arcs_is_a_graph():
    assert sentence_instance(WORDS, arcs=[])["graph"].indices == []
    assert "graph" not in sentence_instance(WORDS).fields


def test_arguments_are_not_modified():
    sentence = Sentence("7", [Word(word) for word in WORDS], [Arc(1, 2, "ARG1")])
    values = {
        "words": list(WORDS),
        "heads": [2, 0, 2],
        "deprels": ["a", "b", None],
        "arcs": [Arc(1, 2, "ARG1")],
        "tops": [2],
        "sentence": sentence,
    }
    before = copy.deepcopy(values)
    instance = sentence_instance(**values)
    assert values == before
    assert instance["metadata"]["sentence"] is sentence


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"words": []}, "has no words"),
        ({"lemmas": ["she"]}, "3 words but 1 values of lemmas"),
        ({"pos": ["x"] * 4}, "3 words but 4 values of pos"),
        ({"upos": []}, "3 words but 0 values of upos"),
        ({"heads": [0, 1]}, "3 words but 2 values of heads"),
        ({"heads": [0, 1, 1], "deprels": ["a"]}, "3 words but 1 values of deprels"),
        ({"sentence": Sentence("", [Word("she")])}, "3 words but 1 values of sentence"),
        ({"deprels": ["a", "b", "c"]}, "deprels without heads"),
        ({"heads": [0, 1, 4]}, "the head 4 of word 3 is not one of 0 to 3"),
        ({"heads": [2, 1, 0]}, "1 -> 2"),
        ({"heads": [0, "1", 1]}, "the head '1' is not a number"),
        ({"heads": [0, None, 1]}, "the head None is not a number"),
        ({"tops": [1]}, "tops without arcs"),
        ({"arcs": [], "tops": [4]}, "the top 4 is not one of 1 to 3"),
        ({"arcs": [], "tops": [0]}, "the top 0 is not one of 1 to 3"),
        ({"arcs": [(1, 0, "ARG1")]}, "the arc from 0 to 1 (ARG1)"),
        ({"arcs": [(4, 1, "ARG1")]}, "the arc from 1 to 4 (ARG1)"),
        ({"arcs": [(1, 1, "ARG1")]}, "the arc from 1 to 1 (ARG1)"),
        ({"arcs": [(1, 2, "__TOP__")]}, "an arc has the label __TOP__"),
        ({"arcs": [(1, 2, "A"), (1, 2, "B")]}, "two arcs from word 2 to word 1"),
        ({"max_tokens": 2}, "has 3 tokens but max_tokens is 2"),
    ],
)
def test_values_that_are_not_those_of_a_sentence(values, problem):
    with pytest.raises(ConfigurationError) as info:
        sentence_instance(**{"words": WORDS, "source": "a.sdp:3", **values})
    assert "a.sdp:3, the sentence '" in str(info.value)
    assert problem in str(info.value)


def test_a_sentence_is_named_by_its_id_or_its_words():
    for sentence, name in [
        (Sentence("s7", [Word(word) for word in WORDS]), "sentence 's7'"),
        (None, "the sentence 'she sings well'"),
    ]:
        with pytest.raises(ConfigurationError, match=name):
            sentence_instance(WORDS, heads=[2, 1, 0], sentence=sentence)
