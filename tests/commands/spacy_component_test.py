"""The component of spaCy with a trained model: saved, copied, and in several processes."""

import json
import multiprocessing
import pickle
import runpy
import shutil

import pytest
import spacy
import torch
from spacy.tokens import DocBin

import spigot_allennlp
from bilexical.spacy_docs import sentences_of
from bilexical.spacy_factory import NAME
from spigot_allennlp import loading
from tests import PROJECT_ROOT
from tests.prepared import run_prepared

TEXTS = ["The cook who she hired left. Anna wants to fix\nthe old clock.", "", "She hired a cook."]


def pipeline(model):
    nlp = spacy.blank("en")
    nlp.add_pipe(NAME, config={"model": str(model)})
    return nlp


def parses(nlp):
    return [sentences_of(doc) for doc in nlp.pipe(TEXTS)]


@pytest.fixture(scope="module")
def expected(archive):
    return list(spigot_allennlp.load(str(archive)).pipe(TEXTS))


@pytest.fixture
def moved(archive, tmp_path):
    """An archive that can be taken away, as on another machine."""
    return shutil.copy(archive, tmp_path / "other.tar.gz")


def test_the_parse_is_that_of_the_parser(archive, expected):
    nlp = pipeline(archive)
    assert parses(nlp) == expected == [sentences_of(nlp(text)) for text in TEXTS]
    docs = DocBin(docs=nlp.pipe(TEXTS), store_user_data=True).get_docs(nlp.vocab)
    assert [sentences_of(doc) for doc in docs] == expected


def test_a_tree_alone(tree_archive):
    doc = pipeline(tree_archive)(TEXTS[0])
    assert doc.has_annotation("DEP") and doc._.semantic_graph is None
    assert sentences_of(doc) == spigot_allennlp.load(str(tree_archive))(TEXTS[0])


@pytest.mark.parametrize("what", ["archive", "learner"])
def test_to_disk_takes_the_model_along(what, request, tmp_path, expected):
    source, model = request.getfixturevalue(what), tmp_path / "model"
    model = shutil.copytree(source, model) if source.is_dir() else shutil.copy(source, model)
    nlp = pipeline(model)
    shutil.rmtree(model) if source.is_dir() else model.unlink()
    nlp.to_disk(tmp_path / "saved")
    saved = spacy.load(tmp_path / "saved")
    assert parses(saved) == expected
    assert saved.config.to_str() == nlp.config.to_str()
    saved.to_disk(tmp_path / "again")
    shutil.rmtree(tmp_path / "saved")
    again = spacy.load(
        tmp_path / "again", config={"components": {"spigot_parser": {"max_words": 2}}}
    )
    assert again.get_pipe("spigot_parser").max_words == 2
    again.get_pipe("spigot_parser").max_words = 1000
    assert parses(again) == expected


def test_to_bytes_takes_the_model_along(moved, expected):
    nlp = pipeline(moved)
    moved.unlink()
    other = spacy.util.get_lang_class("en").from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert parses(other) == expected
    with pytest.raises(ValueError, match=r"there is no model '.*other\.tar\.gz'"):
        spacy.util.get_lang_class("en").from_config(nlp.config)("Dogs")


def test_pickling_takes_the_model_and_the_handler_along(moved, expected):
    nlp = pipeline(moved)
    component = nlp.get_pipe("spigot_parser")
    component.set_error_handler(spacy.util.ignore_error)
    component.max_words = 500
    moved.unlink()
    copy = pickle.loads(pickle.dumps(component))
    assert (copy.name, copy.max_words) == ("spigot_parser", 500)
    assert copy.get_error_handler() is spacy.util.ignore_error
    assert [sentences_of(copy(nlp.make_doc(text))) for text in TEXTS] == expected


def test_a_shipped_model_is_kept_by_its_name(archive, tmp_path, monkeypatch, expected):
    (tmp_path / "shipped" / "mine").mkdir(parents=True)
    shutil.copy(archive, tmp_path / "shipped" / "mine")
    monkeypatch.setattr(loading, "SHIPPED", tmp_path / "shipped")
    nlp = pipeline("mine")
    # What another model has left there.
    pipeline(archive).to_disk(tmp_path / "saved")
    nlp.to_disk(tmp_path / "saved")
    folder = tmp_path / "saved" / "spigot_parser"
    assert json.loads((folder / "model.json").read_text()) == {"model": "mine"}
    assert [path.name for path in folder.iterdir()] == ["model.json"]
    assert len(nlp.get_pipe("spigot_parser").to_bytes()) < 100
    assert parses(spacy.load(tmp_path / "saved")) == expected
    shutil.rmtree(tmp_path / "shipped")
    with pytest.raises(ValueError, match=r"there is no model 'mine'\. Shipped .*: none"):
        spacy.load(tmp_path / "saved")


def test_a_folder_of_links_is_made_an_archive(learner, tmp_path, expected):
    """As in the cache of a hub."""
    (tmp_path / "links").mkdir()
    for name in ("config.json", "vocabulary"):
        (tmp_path / "links" / name).symlink_to(learner / name)
    (tmp_path / "links" / "weights.th").symlink_to(learner / "best.th")
    nlp = pipeline(tmp_path / "links")
    nlp.to_disk(tmp_path / "saved")
    shutil.rmtree(tmp_path / "links")
    assert parses(spacy.load(tmp_path / "saved")) == expected


def test_a_broken_copy(archive, tmp_path):
    pipeline(archive).to_disk(tmp_path / "saved")
    (tmp_path / "saved" / "spigot_parser" / "model.tar.gz").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"the copy of .* that the pipeline of spaCy has cannot"):
        spacy.load(tmp_path / "saved")


def test_an_unknown_model():
    with pytest.raises(ValueError, match=r"Shipped with this package: .* folder of a training"):
        pipeline("en_dmm")


PROCESSES = """
import multiprocessing, sys, torch
import spacy
from bilexical.spacy_factory import NAME
from bilexical.spacy_docs import sentences_of

def main():
    texts = {texts!r}
    multiprocessing.set_start_method({method!r})
    torch.set_num_threads(2)
    nlp = spacy.blank("en")
    nlp.add_pipe(NAME, config={{"model": {model!r}}})
    expected = [sentences_of(nlp(text)) for text in texts]
    # What is set afterwards goes to the processes as well.
    longest = max(len(sentence.words) for sentences in expected for sentence in sentences)
    nlp.get_pipe("spigot_parser").max_words = longest
    nlp.set_error_handler(spacy.util.ignore_error)
    too_long = "word " * (longest + 1)
    found = list(nlp.pipe([too_long, *texts, too_long, *texts], n_process=2, batch_size=2))
    assert [sentences_of(doc) for doc in found] == expected * 2 and any(expected)
    assert torch.get_num_threads() == 2
    print("as expected")

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    "method", [m for m in ("fork", "spawn") if m in multiprocessing.get_all_start_methods()]
)
def test_several_processes(method, archive, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROCESSES.format(texts=TEXTS, method=method, model=str(archive)))
    result = run_prepared(program)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "as expected"


def test_a_worker_computes_in_one_thread(archive, monkeypatch):
    component = pipeline(archive).get_pipe("spigot_parser")
    numbers = []
    monkeypatch.setattr(torch, "set_num_threads", numbers.append)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)
    assert list(component.pipe([])) == [] and numbers == []
    monkeypatch.setattr(multiprocessing, "parent_process", multiprocessing.current_process)
    assert list(component.pipe([])) == [] and numbers == [1]


def test_the_example_runs(capsys):
    names = runpy.run_path(str(PROJECT_ROOT / "tests" / "examples" / "spacy_pipeline.py"))
    lines = capsys.readouterr().out.splitlines()
    assert "('The', " in lines[0] and "('Anna', " in lines[1]
    assert len(lines) == 3 + len(names["doc"]._.semantic_graph["arcs"])
    assert lines[-1].startswith("tops: [") and "displacy-arc" in names["tree"]
    assert names["trees_and_graphs"].count("<svg ") == 2
