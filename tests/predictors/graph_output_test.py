"""Predicted graphs in the formats of the CoNLL shared tasks and of Universal Dependencies."""

import json
import re

import pytest
from allennlp.commands.train import train_model
from allennlp.common import Params

from bilexical.formats.conll import read_conll
from bilexical.formats.conll09 import read_conll09
from bilexical.formats.enhanced import with_enhanced_graph
from spigot_allennlp.dataset_readers import ConllDependenciesReader, SdpReader
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.predictors.fake_models import ALL, predict_file, predict_wrongly

GRAPH = ("arcs", "tops")
ENHANCED = ConllDependenciesReader(graph="enhanced")

CONLLU = """\
# sent_id = d-1
1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=Yes
1\tDo\tdo\tAUX\tVB\tMood=Imp\t3\taux\t3:aux\t_
2\tn't\tnot\tPART\tRB\t_\t3\tadvmod\t3:advmod\t_
3\tgo\tgo\tVERB\tVB\t_\t0\troot\t0:root|5:conj\tSpaceAfter=No
4\tor\tor\tCCONJ\tCC\t_\t5\tcc\t_\t_
5\tstay\tstay\tVERB\tVB\t_\t3\tconj\t3:conj:or\t_

"""
EMPTY_NODE = "5.1\tyou" + "\t_" * 6 + "\t3:nsubj\t_\n"


@pytest.mark.parametrize("layers", [GRAPH, ALL])
def test_gold_predictions_give_the_same_enhanced_dependencies(tmp_path, layers):
    assert predict_file(tmp_path, CONLLU, layers=layers, reader=ENHANCED) == CONLLU


def test_empty_nodes_go_with_the_graph_that_they_belong_to(tmp_path):
    text = CONLLU[:-1] + EMPTY_NODE + "\n"
    assert predict_file(tmp_path, text, layers=GRAPH, reader=ENHANCED) == CONLLU
    assert predict_file(tmp_path, text, layers=(), reader=ENHANCED) == text


@pytest.mark.parametrize("reader", [ENHANCED, ConllDependenciesReader()])
def test_a_predicted_tree_has_no_gold_deps_beside_it(tmp_path, reader, caplog):
    text = CONLLU[:-1] + EMPTY_NODE + "\n"
    output = predict_file(tmp_path, text, layers=("heads", "deprels"), reader=reader)
    assert output == re.sub(r"\t(\d:\S+|_)\t(\S+)\n", r"\t_\t\2\n", CONLLU)
    assert "1 sentences have arcs in column 9 (DEPS, PHEAD). Where the tree is" in caplog.text


def test_a_predicted_tree_has_no_gold_phead_beside_it(tmp_path):
    text = "1\tDogs\t_\tN\tNNS\t_\t2\tsubj\t2\tsubj\n2\tbark\t_\tV\tVBP\t_\t0\troot\t0\troot\n\n"
    output = predict_file(tmp_path, text, layers=("heads",), reader=ConllDependenciesReader())
    assert [line.split("\t")[6:] for line in output.splitlines() if line] == [
        ["2", "_", "_", "_"],
        ["0", "_", "_", "_"],
    ]


@pytest.mark.real_data
def test_gold_predictions_give_the_same_file_of_ewt(tmp_path):
    text = (PROJECT_ROOT / "data" / "formats" / "ewt60.conllu").read_text(encoding="utf-8")
    assert predict_file(tmp_path, text, 20, GRAPH, ENHANCED) == text
    text = (PROJECT_ROOT / "data" / "formats" / "ewt60.conll09").read_text(encoding="utf-8")
    assert predict_file(tmp_path, text, 20, ("heads", "deprels"), SdpReader()) == text
    # Predicates are predicted by their arguments, and 41 of 214 have none.
    predicted = predict_file(tmp_path, text, 20, GRAPH, SdpReader())
    assert predicted.count("\tY\t") == 214 - 41


def test_predicted_graphs_take_the_place_of_deps(tmp_path):
    text = predict_wrongly(tmp_path, CONLLU, GRAPH, ConllDependenciesReader())
    rows = [line.split("\t") for line in text.splitlines() if "\t" in line]
    assert [row[8] for row in rows] == ["_", "0:root|2:ARG9", "_", "_", "_", "_"]
    assert [row[:8] + row[9:] for row in rows] == [
        row[:8] + row[9:] for row in (line.split("\t") for line in CONLLU.splitlines()) if row[1:]
    ]


def test_graphs_of_other_formats_go_to_deps(tmp_path):
    text = (FIXTURES_ROOT / "graphs.sdpx").read_text(encoding="utf-8")
    converted = predict_file(tmp_path, text, layers=("heads",), output_format="conllu")
    (tmp_path / "file").write_text(converted, encoding="utf-8")
    for sentence, wanted in zip(
        read_conll(tmp_path / "file"), SdpReader().read(tmp_path / "in.sdp")
    ):
        graph, counts = with_enhanced_graph(sentence, "file")
        original = wanted["metadata"]["sentence"]
        assert sorted(graph.arcs) == sorted(original.arcs)
        assert [word.is_top for word in graph.words] == [word.is_top for word in original.words]
        assert counts.further_labels == counts.root_labels == 0
    assert "\t0:root" in converted


def test_conll_2009_keeps_everything_but_the_prediction(tmp_path):
    text = (FIXTURES_ROOT / "roles.conll09").read_text(encoding="utf-8")
    assert predict_file(tmp_path, text, layers=("heads", "deprels"), reader=SdpReader()) == text
    # The graph that can be learned has no arc from a word to itself.
    (tmp_path / "graph").write_text(predict_wrongly(tmp_path, text, GRAPH, SdpReader()))
    before = list(read_conll09(tmp_path / "in"))
    after = list(read_conll09(tmp_path / "graph"))
    assert [word.predicted for word in after[0].words] == [x.predicted for x in before[0].words]
    assert [word.head for word in after[0].words] == [word.head for word in before[0].words]
    assert after[0].arcs == [(1, 2, "ARG9")]
    # The senses were those of the corpus.
    assert {word.frame for sentence in after for word in sentence.words} == {None}


def test_arcs_that_other_formats_cannot_have_are_left_out_and_counted(tmp_path, caplog):
    text = (FIXTURES_ROOT / "roles.conll09").read_text(encoding="utf-8")
    converted = predict_file(tmp_path, text, layers=("heads", "deprels"), output_format="conllu")
    assert "\n2\tcook\tcook\t_\tNN\t" in converted and "\t5:A1|6:A0\t" in converted
    assert "1 arcs from a word to itself are left out, as conllu cannot have them." in caplog.text
    converted = predict_file(tmp_path, text, layers=("heads", "deprels"), output_format="sdp")
    assert "\n2\tcook\tcook\tNN\t-\t+\tcook.02\tA0\tA1\tA0\n" in converted


def test_a_graph_parser_trains_on_enhanced_dependencies(tmp_path):
    params = Params.from_file(FIXTURES_ROOT / "sdp_parser.jsonnet").as_dict(quiet=True)
    params["dataset_reader"]["type"] = "conll_dependencies"
    params["dataset_reader"]["graph"] = "enhanced"
    params["dataset_reader"].pop("read_syntax", None)
    for key in ("train_data_path", "validation_data_path"):
        params[key] = str(FIXTURES_ROOT / "trees.conllu")
    params["trainer"]["num_epochs"] = 1
    train_model(Params(params), tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert 0.0 <= metrics["validation_LF"] <= 1.0
    assert metrics["training_loss"] > 0.0
