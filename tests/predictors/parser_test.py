"""The parser for programs, with a model that attaches each word to the one before it."""

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.sentence import Arc, Sentence, Sentences, Word
from spigot_allennlp.dataset_readers import SdpReader
from spigot_allennlp.predictors import batches
from spigot_allennlp.predictors.parser import Parser
from tests.bilexical.command_line.console import spigot
from tests.bilexical.command_line.stand_in import stand_in
from tests.predictors.fake_models import Oracle, predictor

TEXT = "Dogs bark. Cats sleep here!"


def words(sentences):
    return [[word.form for word in sentence.words] for sentence in sentences]


def test_a_text_of_two_sentences():
    first, second = Parser(predictor())(TEXT)
    assert words([first, second]) == [["Dogs", "bark", "."], ["Cats", "sleep", "here", "!"]]
    assert (first.heads, first.deprels, first.tops) == ([0, 1, 2], ["dep"] * 3, [1])
    assert first.arcs == [Arc(2, 1, "ARG1"), Arc(3, 1, "ARG1")]


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_text_without_words(text):
    assert Parser(predictor())(text) == []


@pytest.mark.parametrize("text", [None, b"Dogs bark.", ["Dogs bark."], 1])
def test_what_is_no_text_is_refused(text):
    parser = Parser(predictor())
    for call in (parser, parser.words, lambda text: list(parser.pipe([text]))):
        with pytest.raises(TypeError, match=f"a text is a str, not {type(text).__name__}"):
            call(text)


def test_a_single_text_is_not_several():
    with pytest.raises(TypeError, match="pipe takes several texts"):
        Parser(predictor()).pipe("Dogs bark.")


def test_half_a_character_is_refused():
    with pytest.raises(ValueError, match=r"half a character, '\\udce9', at position 3"):
        Parser(predictor())(b"caf\xe9".decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("source", ["lines", "jsonl"])
def test_a_line_of_more_characters_than_spacy_takes_is_left_out(
    monkeypatch, tmp_path, caplog, source
):
    stand_in(monkeypatch, Parser(predictor()))
    texts = ["Dogs bark.", "a " * 500_001, "Cats sleep."]
    if source == "jsonl":
        texts = [json.dumps({"sentence": text}) for text in texts]
    (tmp_path / "in").write_text("\n".join(texts), encoding="utf-8")
    output = tmp_path / "out.jsonl"
    assert spigot("parse", "--from", source, tmp_path / "in", "-o", output) == 1
    found = [json.loads(line)["words"] for line in output.read_text().splitlines()]
    assert found == [["Dogs", "bark", "."], ["Cats", "sleep", "."]]
    assert f"{tmp_path / 'in'}, line 2: a sentence of 500001 words" in caplog.text


def test_layers_that_are_not_predicted():
    (sentence,) = Parser(predictor(layers=["arcs", "tops"]))("Dogs")
    assert sentence.heads == [None] and sentence.arcs == [] and sentence.tops == [1]
    (sentence,) = Parser(predictor(layers=["heads", "deprels"]))("Dogs")
    assert sentence.heads == [0] and sentence.arcs is None


def test_a_notebook_shows_all_sentences():
    html = Parser(predictor())(TEXT)._repr_html_()
    assert html.count("<svg ") == 2 and "Cats" in html


texts = st.lists(st.sampled_from(["Yes", "Dogs bark. Cats sleep.", "", "a b c d. e", " "]))


@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("group_nodes", [1, 7, 8192])
def test_a_stream_gives_what_each_text_gives(num_threads, group_nodes):
    parser = Parser(predictor())

    @given(texts)
    def check(texts):
        expected = [parser(text) for text in texts]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(batches, "GROUP_NODES", group_nodes)
            torch.set_num_threads(num_threads)
            try:
                found = list(parser.pipe(iter(texts)))
            finally:
                torch.set_num_threads(1)
        assert found == expected
        assert all(type(sentences) is Sentences for sentences in found)

    check()


def test_few_texts_are_read_ahead(monkeypatch):
    monkeypatch.setattr(batches, "GROUP_NODES", 10)
    read = []

    def endless():
        while True:
            read.append(None)
            yield TEXT

    stream = Parser(predictor()).pipe(endless())
    for number in range(1, 20):
        assert len(next(stream)) == 2
        assert len(read) <= number + 2


def test_the_annotation_of_sentences_is_replaced():
    sentence = Sentence("s1", [Word("a", pos="DT", head=2), Word("b", head=0)])
    ((found, outputs),) = Parser(predictor()).predict([sentence])
    assert found is sentence and set(outputs) >= {"heads", "deprels", "arcs", "tops"}


def test_an_error_of_the_model_takes_one_place(monkeypatch):
    predict = Oracle._predict

    def fail(sentence):
        if sentence.words[0].form == "bad":
            raise RuntimeError("not enough memory")
        return predict(sentence)

    monkeypatch.setattr(Oracle, "_predict", staticmethod(fail))
    sentences = [Sentence("", [Word(form)]) for form in ("good", "bad", "good", "bad", "good")]
    parser = Parser(predictor())
    outputs = [output for _, output in parser.predict(sentences, keep_errors=True)]
    assert [isinstance(output, RuntimeError) for output in outputs] == [False, True] * 2 + [False]
    assert outputs[0]["heads"] == outputs[2]["heads"] == outputs[4]["heads"] == [0]
    with pytest.raises(RuntimeError, match="not enough memory"):
        list(parser.predict(sentences))


def test_the_language_is_that_of_the_reader_unless_another_is_named():
    # spaCy's rules for Swedish keep the abbreviation together, those for English do not.
    text = "Vi ses kl. 9 bl.a. här"
    swedish = SdpReader(spacy_model="blank:sv")
    by_reader = words(Parser(predictor(reader=swedish))(text))
    named = words(Parser(predictor(spacy_model="blank:sv"))(text))
    english = words(Parser(predictor())(text))
    overridden = words(Parser(predictor(reader=swedish, spacy_model="blank:en"))(text))
    assert by_reader == named != english == overridden
    assert any("bl.a." in sentence for sentence in named)


def test_a_pipeline_that_is_not_there():
    parser = Parser(predictor(spacy_model="no_such_pipeline"))
    for split in (parser, parser.words, parser.split):
        with pytest.raises(ValueError, match="spacy download no_such_pipeline"):
            split("Dogs")
