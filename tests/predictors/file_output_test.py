import json
import re
from pathlib import Path

import pytest

from bilexical.formats.sdp import read_sdp
from bilexical.scoring.sdp_report import evaluate_graphs
from spigot_allennlp.dataset_readers import ConllDependenciesReader, SdpReader
from spigot_allennlp.predictors import StructuredParserPredictor
from tests.predictors.fake_models import ALL, Oracle, Wrong, predict_file, predict_wrongly

REAL_DATA = Path(__file__).parents[2] / "data" / "wescience_dm"

SDP = """\
#SDP 2015
#22000001
1\tLéa\tLéa\tNNP\t-\t-\tnamed_n\tARG1\tARG1\t_
2\tdecides\tdecide\tVBZ\t+\t+\tv_1\t_\t_\t_
3\tto\tto\tTO\t-\t-\t_\t_\t_\t_
4\tleave\tleave\tVB\t-\t+\tv_1\tARG2\t_\tARG1
5\tearly\tearly\tRB\t-\t+\ta_1\t_\t_\t_
6\t.\t_\t.\t-\t-\t_\t_\t_\t_

#22000002
1\tSilence\tsilence\tNN\t+\t-\tn_1

"""

AUGMENTED = """\
#a-1
1\tDogs\tdog\tNNS\t2\tsubj\t-\t-\tn_1\tARG1
2\tbark\tbark\tVBP\t0\troot\t+\t+\tv_1\t_

"""

CONLLU = """\
# newdoc id = d
# sent_id = d-1
# text = Don't go!
1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=Yes
1\tDo\tdo\tAUX\tVB\tMood=Imp\t3\taux\t3:aux\t_
2\tn't\tnot\tPART\tRB\t_\t3\tadvmod\t3:advmod\t_
3\tgo\tgo\tVERB\tVB\t_\t0\troot\t0:root\tSpaceAfter=No
4\t!\t!\tPUNCT\t.\t_\t3\tpunct\t3:punct\t_

"""

#: What only the graphs of these files have is not in the output of one that is predicted.
DEPS = re.compile(r"\t\d:[a-z]+(\t\S+\n)")
SENSES = re.compile(r"\b(named_n|[nva]_1)\b")

CONLLX = """\
1\tDogs\tdog\tN\tNNS\t_\t2\tsubj\t_\t_
2\tbark\tbark\tV\tVBP\t_\t0\troot\t_\t_

1\tRun\trun\tV\tVB\t_\t0\troot\t_\t_

"""


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("text", [SDP, AUGMENTED], ids=["sdp", "sdp_augmented"])
def test_gold_predictions_give_the_same_sdp_file(tmp_path, text, batch_size):
    assert predict_file(tmp_path, text, batch_size) == SENSES.sub("_", text)


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("text", [CONLLU, CONLLX], ids=["conllu", "conllx"])
def test_gold_predictions_give_the_same_conll_file(tmp_path, text, batch_size):
    layers = ("heads", "deprels")
    expected = DEPS.sub(r"\t_\1", text)
    assert predict_file(tmp_path, text, batch_size, layers, ConllDependenciesReader()) == expected


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["dev.sdp", "dev.sdpx"])
def test_gold_predictions_give_the_same_file_of_wescience(tmp_path, name):
    text = (REAL_DATA / name).read_text(encoding="utf-8")
    # Without the senses, behind top and predicate; a form may look like these.
    senses = re.compile(r"^((?:[^\t\n]+\t){4}(?:[^\t\n]+\t)*?[+-]\t[+-]\t)[^\t\n]+", re.MULTILINE)
    expected = senses.sub(r"\1_", text)
    assert predict_file(tmp_path, text, batch_size=64) == expected


def test_predictions_replace_the_annotation_and_nothing_else(tmp_path):
    text = predict_wrongly(tmp_path, SDP, ALL)
    assert text.splitlines()[:9] == [
        "#SDP 2015",
        "#22000001",
        "1\tLéa\tLéa\tNNP\t+\t-\t_\tARG9",
        "2\tdecides\tdecide\tVBZ\t-\t+\t_\t_",
        "3\tto\tto\tTO\t-\t-\t_\t_",
        "4\tleave\tleave\tVB\t-\t-\t_\t_",
        "5\tearly\tearly\tRB\t-\t-\t_\t_",
        "6\t.\t_\t.\t-\t-\t_\t_",
        "",
    ]
    (tmp_path / "system.sdp").write_text(text, encoding="utf-8")
    files = (read_sdp(tmp_path / name) for name in ("in", "system.sdp"))
    counts = evaluate_graphs(*files)[0].arcs
    assert (counts.gold, counts.system, counts.unlabeled, counts.labeled) == (6, 3, 2, 1)


def test_a_layer_that_is_not_predicted_stays(tmp_path):
    only_tree = predict_wrongly(tmp_path, AUGMENTED, ("heads", "deprels"))
    assert only_tree == AUGMENTED.replace("2\tsubj", "0\todd").replace("0\troot", "0\todd")
    only_graph = predict_wrongly(tmp_path, AUGMENTED, ("arcs", "tops"))
    wanted = AUGMENTED.replace("ARG1", "ARG9").replace("-\t-", "+\t-").replace("+\t+", "-\t+")
    assert only_graph == SENSES.sub("_", wanted)
    only_heads = predict_wrongly(tmp_path, AUGMENTED, ("heads",))
    assert only_heads == AUGMENTED.replace("2\tsubj", "0\t_").replace("0\troot", "0\t_")


def test_gold_predicates_without_arguments_are_not_copied(tmp_path):
    gold = AUGMENTED.replace("-\t-\tn_1\tARG1", "-\t+\tn_1\t_\tARG1").replace("v_1\t_", "v_1\t_\t_")
    assert predict_file(tmp_path, gold, layers=("arcs", "tops")) == SENSES.sub("_", AUGMENTED)
    assert predict_file(tmp_path, gold, layers=("heads", "deprels")) == gold


def test_conllu_keeps_everything_but_the_tree(tmp_path):
    text = predict_wrongly(tmp_path, CONLLU, ("heads", "deprels"), ConllDependenciesReader())
    wanted = DEPS.sub(r"\t_\1", CONLLU)
    for tree in ("\t3\taux\t", "\t3\tadvmod\t", "\t0\troot\t", "\t3\tpunct\t"):
        wanted = wanted.replace(tree, "\t0\todd\t")
    assert text == wanted


def test_the_readers_sentences_are_not_modified(tmp_path):
    (tmp_path / "in").write_text(SDP, encoding="utf-8")
    parser = StructuredParserPredictor(Wrong(ALL), SdpReader())
    instances = list(parser._dataset_reader.read(tmp_path / "in"))
    parser.predict_batch_instance(instances)
    assert [x.fields["metadata"].metadata["sentence"] for x in instances] == list(
        read_sdp(tmp_path / "in")
    )


def test_a_model_that_forgets_words_is_found_out(tmp_path):
    class Short(Oracle):
        @staticmethod
        def _predict(sentence):
            return {"heads": [0]}

    (tmp_path / "in").write_text(AUGMENTED, encoding="utf-8")
    parser = StructuredParserPredictor(Short(["heads"]), SdpReader())
    with pytest.raises(ValueError, match=r"sentence 'a-1' has 2 words but .* 1 heads"):
        parser.predict_instance(next(iter(parser._dataset_reader.read(tmp_path / "in"))))


def test_files_can_be_converted(tmp_path):
    text = predict_file(tmp_path, AUGMENTED, output_format="sdp")
    assert text == (
        "#SDP 2015\n#a-1\n1\tDogs\tdog\tNNS\t-\t-\t_\tARG1\n2\tbark\tbark\tVBP\t+\t+\t_\t_\n\n"
    )
    text = predict_file(tmp_path, AUGMENTED, output_format="json")
    assert json.loads(text)["id"] == "a-1"
    text = predict_file(tmp_path, CONLLU, reader=ConllDependenciesReader(), output_format="conllx")
    assert text.splitlines()[0] == "1\tDo\tdo\tAUX\tVB\tMood=Imp\t3\taux\t_\t_"


class Classifier(Oracle):
    """Of sentences that all have the class 7."""

    @staticmethod
    def _predict(sentence):
        return {**Oracle._predict(sentence), "label": "7"}


@pytest.mark.parametrize("output_format", ["auto", "conllu", "conllx", "sdp"])
@pytest.mark.parametrize(
    "comments", [[], ["# value = 3"], ["# value = 3", "# label = no", "#value=4"]]
)
def test_a_predicted_class_is_no_class_of_the_corpus(tmp_path, comments, output_format):
    source = tmp_path / "in.conllu"
    lines = ["# sent_id = d-1", *comments, "1\tYes\t_\tX\t_\t_\t0\troot\t_\t_", "", ""]
    source.write_text("\n".join(lines), encoding="utf-8")
    reader = ConllDependenciesReader(label="value", read_syntax=False)
    parser = StructuredParserPredictor(Classifier(["label"]), reader, output_format=output_format)
    (instance,) = parser._dataset_reader.read(source)
    written = parser.dump_line(parser.predict_instance(instance)).splitlines()
    found = [line for line in written if "value" in line]
    assert found == (["# value = 7"] if output_format in ("auto", "conllu") else [])
