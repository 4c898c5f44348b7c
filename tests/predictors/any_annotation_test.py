"""One output for each sentence of a file, in order, whatever the annotation in it looks like."""

import json

import pytest

from bilexical.formats.conll import read_conll
from bilexical.formats.conll09 import read_conll09
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import read_sdp
from spigot_allennlp.dataset_readers import ConllDependenciesReader, SdpReader, SstReader
from tests import FIXTURES_ROOT
from tests.predictors.fake_models import predict_file

TREE = ("heads", "deprels")
GRAPH = ("arcs", "tops")
ENHANCED = ConllDependenciesReader(graph="enhanced")


def sdpx(*rows):
    return "\n".join(row.replace(" ", "\t") for row in rows) + "\n\n"


SOUND = sdpx("#1", "1 Dogs dog NNS 2 subj - - _ ARG1", "2 bark bark VBP 0 root + + v_1 _")
WITHOUT_TREE = sdpx("#2", "1 Dogs dog NNS _ _ - - _ ARG1", "2 bark bark VBP _ _ + + v_1 _")
FAULTY_TREES = {
    "cycle": sdpx("#2", "1 Dogs dog NNS 2 subj - - _ ARG1", "2 bark bark VBP 1 x + + v_1 _"),
    "own head": sdpx("#2", "1 Dogs dog NNS 1 subj - - _ ARG1", "2 bark bark VBP 0 x + + v_1 _"),
    "no word": sdpx("#2", "1 Dogs dog NNS 9 subj - - _ ARG1", "2 bark bark VBP 0 x + + v_1 _"),
    "part": sdpx("#2", "1 Dogs dog NNS _ _ - - _ ARG1", "2 bark bark VBP 0 root + + v_1 _"),
    "no number": sdpx("#2", "1 Dogs dog NNS x subj - - _ ARG1", "2 bark bark VBP 0 x + + v_1 _"),
    "empty": sdpx("#2", "1 Dogs dog NNS  subj - - _ ARG1", "2 bark bark VBP 0 x + + v_1 _"),
    "not there": WITHOUT_TREE,
}
FAULTY_GRAPHS = {
    "no column": sdpx("#2", "1 Dogs dog NNS 2 x - - _", "2 bark bark VBP 0 y + + v"),
    "columns": sdpx("#2", "1 Dogs dog NNS 2 x - - _ A B", "2 bark bark VBP 0 y + + v C _"),
    "ragged": sdpx("#2", "1 Dogs dog NNS 2 x - - _ A", "2 bark bark VBP 0 y + +"),
    "flag": sdpx("#2", "1 Dogs dog NNS 2 x ? - _ A", "2 bark bark VBP 0 y + + v_1 _"),
    "label": sdpx("#2", "1 Dogs dog NNS 2 x - - _ __TOP__", "2 bark bark VBP 0 y + + v_1 _"),
}


@pytest.mark.parametrize("kind", FAULTY_TREES)
@pytest.mark.parametrize("first", [True, False])
def test_a_faulty_tree(kind, first, tmp_path, caplog):
    faulty = FAULTY_TREES[kind]
    text = faulty + SOUND + SOUND if first else SOUND + faulty + SOUND
    (tmp_path / "out.sdpx").write_text(predict_file(tmp_path, text, 3, layers=TREE))
    sentences = list(read_sdp(tmp_path / "out.sdpx"))
    assert len(sentences) == 3
    # The oracle predicts a chain where there is no tree; the graphs, which are sound, stay.
    assert [sentence.words[0].head for sentence in sentences] == ([0, 2, 2] if first else [2, 0, 2])
    assert [sentence.arcs for sentence in sentences] == [[(1, 2, "ARG1")]] * 3
    said = "in.sdp: 1 sentences have a tree that is not sound" in caplog.text
    assert said == (kind != "not there")
    assert "a graph that is not sound" not in caplog.text


@pytest.mark.parametrize("kind", FAULTY_GRAPHS)
def test_a_faulty_graph(kind, tmp_path, caplog):
    text = predict_file(tmp_path, FAULTY_GRAPHS[kind] + SOUND, layers=GRAPH)
    (tmp_path / "out.sdpx").write_text(text)
    first, second = read_sdp(tmp_path / "out.sdpx")
    # The oracle predicts a chain where there is no graph; the trees, which are sound, stay.
    assert (first.arcs, second.arcs) == ([(2, 1, "ARG1")], [(1, 2, "ARG1")])
    assert [word.head for word in first.words] == [2, 0]
    assert "in.sdp: 1 sentences have a graph that is not sound" in caplog.text
    assert "in.sdp, line 2: " in caplog.text or "in.sdp, line 3: " in caplog.text


def test_a_layer_that_is_faulty_and_not_predicted_is_not_in_the_output(tmp_path):
    text = predict_file(tmp_path, SOUND + FAULTY_TREES["cycle"], layers=GRAPH)
    assert text == (SOUND + WITHOUT_TREE).replace("v_1", "_")


@pytest.mark.parametrize("place", ["1", "Dogs"])
def test_faulty_words_are_refused(place, tmp_path):
    text = SOUND + SOUND.replace(f"\n{place}\t" if place == "1" else "Dogs", "\n3\t" * 2)
    with pytest.raises(FormatError, match=r"line [56]: "):
        predict_file(tmp_path, text)


@pytest.mark.parametrize("reader", [ConllDependenciesReader(), ENHANCED])
@pytest.mark.parametrize(
    "tree",
    [
        ("2 x 2:x", "1 x 1:x"),
        ("1 x 1:x", "0 root 0:root"),
        ("_ _ _", "0 root 0:root"),
        ("_ _ _", "_ _ _"),
        ("2 _ 2:x|2:x", "0 _ 7:x"),
        ("2 x x", "0 root 2:y"),
        ("2 x", "0 root"),
    ],
)
def test_conllu(reader, tree, tmp_path):
    word = "1 Cats cat NOUN NNS _ {} _\n2 sleep sleep VERB VBP _ {} _\n\n"
    sound = word.format("2 nsubj 2:nsubj", "0 root 0:root").replace(" ", "\t")
    text = "# sent_id = 1\n" + word.format(*tree).replace(" ", "\t") + "# sent_id = 2\n" + sound
    (tmp_path / "out").write_text(predict_file(tmp_path, text, layers=TREE, reader=reader))
    sentences = list(read_conll(tmp_path / "out"))
    assert [sentence.id for sentence in sentences] == ["1", "2"]
    assert [[word.form for word in sentence.words] for sentence in sentences] == [
        ["Cats", "sleep"]
    ] * 2
    assert [word.head for word in sentences[1].words] == [2, 0]


def conll09(*rows):
    columns = "{0} {1} {1} {1} NN NN _ _ {2} {2} SBJ SBJ {3}"
    return "".join(columns.format(*row).replace(" ", "\t") + "\n" for row in rows) + "\n"


@pytest.mark.parametrize("reader", [SdpReader(), ConllDependenciesReader()])
@pytest.mark.parametrize(
    "rows",
    [
        [(1, "Cats", 2, "_ _"), (2, "sleep", 0, "Y _")],
        [(1, "Cats", 2, "_ _ A0"), (2, "sleep", 0, "_ sleep.01 _")],
        [(1, "Cats", 1, "_ _ A0"), (2, "sleep", 0, "Y sleep.01 _")],
        [(1, "Cats", 2, "X _ A0"), (2, "sleep", 0, "Y sleep.01")],
        [(1, "Cats", 2, "_"), (2, "sleep", 0, "Y")],
    ],
)
def test_conll_2009(reader, rows, tmp_path):
    sound = conll09((1, "Dogs", 2, "_ _ A0"), (2, "bark", 0, "Y bark.01 _"))
    (tmp_path / "out").write_text(
        predict_file(tmp_path, conll09(*rows) + sound, layers=TREE + GRAPH, reader=reader)
    )
    first, second = read_conll09(tmp_path / "out")
    assert [word.form for word in first.words] == ["Cats", "sleep"]
    assert [word.pos for word in first.words] == ["NN", "NN"]
    assert [word.head for word in second.words] == [2, 0]


def predict_classes(tmp_path, text, **options):
    output = predict_file(tmp_path, text, layers=(), reader=SstReader(**options))
    return [json.loads(line)["words"] for line in output.splitlines()]


@pytest.mark.parametrize(
    "options", [{"granularity": "2-class"}, {"use_subtrees": True}, {"max_tokens": 1}]
)
@pytest.mark.parametrize("labels", ["322222122", "999999999", "nanana   ".replace(" ", "?")])
def test_sentiment_trees(options, labels, tmp_path):
    text = "({} ({} Great) ({} film))\n({} ({} It) ({} is))\n({} ({} Bad) ({} film))\n"
    words = predict_classes(tmp_path, text.format(*labels), **options)
    assert words == [["Great", "film"], ["It", "is"], ["Bad", "film"]]


@pytest.mark.parametrize("labels", ["22", "01", "13", "x_", ("", "")])
def test_sentiment_columns(labels, tmp_path):
    text = "1\tGreat\tgreat\tJJ\t{}\n2\tfilm\tfilm\tNN\t{}\n\n1\tBad\tbad\tJJ\n\n"
    for granularity in ("2-class", "5-class"):
        words = predict_classes(tmp_path, text.format(*labels), granularity=granularity)
        assert words == [["Great", "film"], ["Bad"]]


@pytest.mark.parametrize(
    "reader",
    [
        SdpReader(drop_without_arcs=True),
        SdpReader(nonprojective="drop"),
        SdpReader(nonprojective="projectivize", max_tokens=1, max_instances=2),
    ],
)
def test_options_for_training_leave_out_nothing(reader, tmp_path):
    text = (FIXTURES_ROOT / "graphs.sdpx").read_text(encoding="utf-8")
    assert predict_file(tmp_path, text, layers=TREE, reader=reader) == text
