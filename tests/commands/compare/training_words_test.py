import logging

import pytest
from allennlp.common import Params

from bilexical.formats.corpus_files import read_sentences
from bilexical.formats.sdp import read_sdp
from spigot_allennlp.commands.compare.training_words import training_forms
from tests import FIXTURES_ROOT

SDP = {"dataset_reader": {"type": "sdp"}, "train_data_path": str(FIXTURES_ROOT / "graphs.sdpx")}
TREES = str(FIXTURES_ROOT / "trees.conllu")


def forms_of(sentences):
    return {word.form for sentence in sentences for word in sentence.words}


GRAPH_FORMS = forms_of(read_sdp(SDP["train_data_path"]))
TREE_FORMS = forms_of(read_sentences(TREES, "conllu"))


def test_of_one_file():
    assert training_forms([SDP]) == (GRAPH_FORMS, "")
    assert "The" in GRAPH_FORMS


def test_as_training_reads_it():
    """No more sentences than it was trained on."""
    few = {**SDP, "dataset_reader": {"type": "sdp", "max_instances": 1}}
    first = next(iter(read_sdp(SDP["train_data_path"])))
    assert training_forms([few]) == (forms_of([first]), "")


def test_of_several_tasks(monkeypatch):
    monkeypatch.chdir(FIXTURES_ROOT.parent.parent)
    config = Params.from_file(str(FIXTURES_ROOT / "sdp_two_corpora.jsonnet")).as_dict(quiet=True)
    assert training_forms([config]) == (GRAPH_FORMS | TREE_FORMS, "")


def test_of_several_models_each_file_once(caplog):
    caplog.set_level(logging.INFO)
    other = {"dataset_reader": {"type": "conll_dependencies"}, "train_data_path": TREES}
    assert training_forms([SDP, other, dict(SDP)]) == (GRAPH_FORMS | TREE_FORMS, "")
    assert caplog.text.count("is read as") == 2


@pytest.mark.parametrize(
    "change, message",
    [
        ({"train_data_path": "nowhere.sdpx"}, 'data "nowhere.sdpx" cannot be read'),
        ({"train_data_path": {"graphs": "nowhere.sdpx"}}, "cannot be read on this machine"),
        ({"train_data_path": None}, "the configuration does not say what and how to read"),
        ({"dataset_reader": {"type": "of_others"}}, "of_others"),
    ],
)
def test_what_cannot_be_read_is_said(change, message, caplog):
    forms, problem = training_forms([SDP, {**SDP, **change}])
    assert forms is None and message in problem and problem in caplog.text
    assert problem.startswith("Nothing is said of words unseen in training")
