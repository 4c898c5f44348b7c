"""The component of spaCy, with a model that attaches each word to the one before it."""

import importlib.metadata
import subprocess
import sys

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import ignore_error

from bilexical.spacy_docs import sentences_of
from bilexical.spacy_factory import NAME
from spigot_allennlp import spacy_component
from spigot_allennlp.predictors.parser import Parser
from tests import PROJECT_ROOT
from tests.bilexical.command_line.console import run_python
from tests.predictors.fake_models import ALL, Oracle, predictor

TEXTS = [
    "Dogs bark. Cats sleep here!",
    "",
    " \n",
    "\nOne  word",
    "She may go. He stays.\n\nAll of them left.",
]


@pytest.fixture
def loaded(monkeypatch):
    """The models that were loaded."""
    names = []

    def load(model, cuda_device):
        if model == "missing":
            raise ValueError("there is no model 'missing'.")
        names.append(model)
        layers = [layer for layer in ALL if model != "graphs" or layer in ("arcs", "tops")]
        return Parser(predictor(layers))

    monkeypatch.setattr(spacy_component, "load", load)
    monkeypatch.setattr(spacy_component, "is_shipped", lambda model: True)
    return names


@pytest.fixture
def nlp(loaded):
    nlp = spacy.blank("en")
    nlp.add_pipe(NAME, config={"model": "fake"})
    return nlp


@pytest.fixture
def seen(monkeypatch):
    """The sentences that the model was given."""
    sentences = []
    predict = Oracle._predict

    def remember(sentence):
        sentences.append(sentence)
        if sentence.words[0].form == "bad":
            raise RuntimeError("not enough memory")
        return predict(sentence)

    monkeypatch.setattr(Oracle, "_predict", staticmethod(remember))
    return sentences


def test_the_sentences_are_those_of_the_parser(nlp):
    parser = Parser(predictor())
    for text in TEXTS:
        assert sentences_of(nlp(text)) == parser(text)


def test_documents_share_batches(nlp, seen, monkeypatch):
    sizes = []
    forward = Oracle.forward

    def count(self, tokens, metadata, **gold):
        sizes.append(len(metadata))
        return forward(self, tokens, metadata, **gold)

    monkeypatch.setattr(Oracle, "forward", count)
    found = [sentences_of(doc) for doc in nlp.pipe(TEXTS)]
    assert found == [sentences_of(nlp(text)) for text in TEXTS]
    assert sizes[0] == 2 + 1 + 3
    sizes.clear()
    assert [sentences_of(doc) for doc in nlp.pipe(TEXTS, batch_size=1)] == found
    assert sizes == [2, 1, 3]


def test_sentence_starts_of_earlier_components(nlp, seen):
    nlp.add_pipe("sentencizer", before="spigot_parser", config={"punct_chars": [";"]})
    nlp("She . left; he")
    assert sorted(str(sentence) for sentence in seen) == ["She . left ;", "he"]


def test_tags_of_earlier_components(nlp, seen):
    @Language.component("fake_tagger")
    def tag(doc):
        for token in doc:
            token.tag_, token.lemma_ = f"T{token.i}", token.lower_
        return doc

    nlp("A b")
    nlp.add_pipe("fake_tagger", first=True)
    nlp("A  b")
    assert [[(w.pos, w.lemma) for w in sentence.words] for sentence in seen] == [
        [(None, None), (None, None)],
        [("T0", "a"), ("T2", "b")],
    ]


@pytest.mark.skipif(not spacy.util.is_package("en_core_web_sm"), reason="no tagger is installed")
def test_a_tagger(loaded, seen):
    nlp = spacy.load("en_core_web_sm", exclude=["parser", "ner"])
    nlp.add_pipe(NAME, config={"model": "fake"})
    nlp("Dogs bark.")
    assert [word.pos for word in seen[0].words] == ["NNS", "VBP", "."]


def test_a_graph_alone_keeps_the_tree_of_another_parser(loaded):
    nlp = spacy.blank("en")
    nlp.add_pipe(NAME, config={"model": "graphs"})
    doc = nlp(Doc(nlp.vocab, ["a", "b", "c"], heads=[2, 2, 2], deps=["x", "y", "ROOT"]))
    assert [token.head.i for token in doc] == [2, 2, 2]
    assert [arc["modifier"] for arc in doc._.semantic_graph["arcs"]] == [1, 2]


def test_a_model_that_is_not_there(loaded):
    nlp = spacy.blank("en")
    with pytest.raises(ValueError, match="there is no model 'missing'"):
        nlp.add_pipe(NAME, config={"model": "missing"})
    assert nlp.pipe_names == []


def test_a_configuration_alone_is_not_the_time_to_load(nlp, loaded):
    for start in (lambda other: other.initialize(), lambda other: other("Dogs")):
        loaded.clear()
        config = nlp.config.copy()
        other = spacy.util.load_model_from_config(config)
        assert loaded == [] and other.config.to_str() == nlp.config.to_str()
        start(other)
        assert loaded == ["fake"]
    config["components"]["spigot_parser"]["model"] = "missing"
    other = spacy.util.load_model_from_config(config)
    for action in (other.initialize, lambda: other("Dogs"), lambda: list(other.pipe(["Dogs"]))):
        with pytest.raises(ValueError, match="there is no model 'missing'"):
            action()


def test_long_sentences(nlp, loaded):
    short = spacy.blank("en")
    short.add_pipe(NAME, config={"model": "fake", "max_words": 3})
    assert short("She left.") and short(" She  left . \n")
    with pytest.raises(ValueError, match=r"token 3 \('He'\) has 4 words, and max_words .* is 3"):
        short("She left. He may go.")
    long = "word " * 1001
    with pytest.raises(ValueError, match="has 1001 words"):
        nlp(long)
    nlp.get_pipe("spigot_parser").max_words = 0
    assert len(list(nlp(long).sents)) == 1


def test_errors_go_to_the_handler(nlp, seen):
    nlp.get_pipe("spigot_parser").max_words = 3
    texts = ["a b.", "bad.", "c d e f g", "Good. bad.", "h"]
    with pytest.raises(RuntimeError, match="not enough memory"):
        list(nlp.pipe(texts))
    failed = []

    def handle(name, component, docs, error):
        failed.append((name, [doc.text for doc in docs], type(error)))

    nlp.set_error_handler(handle)
    assert [doc.text for doc in nlp.pipe(texts)] == ["a b.", "h"]
    assert failed == [
        ("spigot_parser", ["bad."], RuntimeError),
        ("spigot_parser", ["c d e f g"], ValueError),
        ("spigot_parser", ["Good. bad."], RuntimeError),
    ]
    nlp.get_pipe("spigot_parser").set_error_handler(ignore_error)
    assert [doc.text for doc in nlp.pipe(texts)] == ["a b.", "h"]
    assert len(failed) == 3


def test_a_document_with_an_error_is_left_as_it_was(nlp, seen):
    doc = nlp.make_doc("Good one. bad.")
    with pytest.raises(RuntimeError):
        nlp.get_pipe("spigot_parser")(doc)
    assert not doc.has_annotation("DEP") and doc.user_data == {}


def test_the_pipeline_knows_what_it_sets(nlp):
    analysis = nlp.analyze_pipes()
    assert set(analysis["summary"]["spigot_parser"]["assigns"]) == {
        *("token.head", "token.dep", "token.is_sent_start", "doc.sents"),
        *("doc._.semantic_graph", "token._.semantic_arcs"),
    }
    with nlp.select_pipes(disable="spigot_parser"):
        assert nlp("Dogs")._.semantic_graph is None


def test_two_models_in_a_pipeline(nlp, loaded):
    nlp.add_pipe(NAME, name="second", config={"model": "graphs"})
    assert loaded == ["fake", "graphs"] and nlp("Dogs bark")._.semantic_graph["tops"] == [0]


def test_spacy_finds_the_component_by_itself(tmp_path):
    """In a process that imports nothing else, and without AllenNLP before there is a component."""
    arguments = ["setup.py", "-q", "egg_info", "--egg-base", str(tmp_path)]
    subprocess.run([sys.executable, *arguments], cwd=PROJECT_ROOT, check=True)
    (distribution,) = importlib.metadata.distributions(path=[str(tmp_path)])
    names = {(point.group, point.name) for point in distribution.entry_points}
    assert names == {("spacy_factories", "spigot_parser"), ("console_scripts", "spigot")}
    result = run_python(
        "-c",
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import spacy\n"
        "nlp = spacy.blank('en')\n"
        "assert 'bilexical.spacy_factory' in sys.modules\n"
        "assert not {'allennlp', 'spigot_allennlp'} & set(sys.modules)\n"
        "nlp.add_pipe('spigot_parser', config={'model': 'no_such_model'})\n",
    )
    assert result.returncode == 1
    assert "there is no model 'no_such_model'. Shipped with this package: " in result.stderr
