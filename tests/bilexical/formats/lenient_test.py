"""What is left of sentences whose annotation does not follow the format."""

import re
from dataclasses import replace

import pytest

from bilexical.formats.corpus_files import read_sentences
from bilexical.formats.errors import FormatError
from bilexical.formats.file_formats import detect_format
from bilexical.formats.text import read_blocks

SOUND = {
    "sdp_augmented": (
        "1\tDogs\tdog\tNNS\t2\tsubj\t-\t-\t_\tARG1\n2\tbark\t_\tVBP\t0\troot\t+\t+\tv_1\t_\n\n"
    ),
    "conll09": (
        "1\tDogs\tdog\tdog\tNNS\tNNS\t_\t_\t2\t_\tsubj\t_\t_\t_\tARG1\n"
        "2\tbark\t_\t_\tVBP\tVBP\t_\t_\t0\t0\troot\troot\tY\tv_1\t_\n\n"
    ),
    "conllu": (
        "1\tDogs\tdog\t_\tNNS\t_\t2\tsubj\t2:subj\t_\n2\tbark\t_\t_\tVBP\t_\t0\troot\t0:root\tX=y\n\n"
    ),
    "conllx": (
        "1\tDogs\tdog\tN\tNNS\t_\t2\tsubj\t2\t_\n2\tbark\t_\tV\tVBP\t_\t0\troot\t0\troot\n\n"
    ),
    "jsonl": (
        '{"words": ["Dogs", "bark"], "pos": ["NNS", "VBP"], "frames": [null, "v_1"], '
        '"heads": [2, 0], "deprels": ["subj", "root"], "tops": [2], '
        '"arcs": [{"head": 2, "modifier": 1, "label": "ARG1"}]}\n'
    ),
}


def write(tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    return str(path)


def read(tmp_path, text, file_format="sdp_augmented"):
    return list(read_sentences(write(tmp_path, text), file_format, leniently=True))


def without(sentence, layers):
    """A copy of `sentence` without layers; DEPS belongs to the graph."""
    words = sentence.words
    if "tree" in layers:
        words = [replace(word, head=None, deprel=None) for word in words]
    if "graph" in layers:
        nothing = {"is_top": False, "is_predicate": False, "frame": None, "deps": None}
        words = [replace(word, **nothing) for word in words]
    return replace(sentence, words=words, arcs=None if "graph" in layers else sentence.arcs)


@pytest.mark.parametrize("file_format", SOUND)
def test_sound_sentences_are_read_as_they_are(file_format, tmp_path, caplog):
    (sentence,) = read(tmp_path, SOUND[file_format], file_format)
    assert [sentence] == list(read_sentences(tmp_path / "file", file_format))
    assert [word.head for word in sentence.words] == [2, 0]
    assert sentence.arcs == (None if file_format in ("conllu", "conllx") else [(1, 2, "ARG1")])
    assert not caplog.messages


FAULTY = [
    ("sdp_augmented", "\t0\troot", "\t1\troot", ["tree"]),
    ("sdp_augmented", "ARG1", "ARG1\tARG2", ["graph"]),
    ("sdp_augmented", "\t+\t+\tv_1\t_", "", ["graph"]),
    ("sdp_augmented", "\t2\tsubj\t-", "\tx\tsubj\t?", ["tree", "graph"]),
    ("sdp_augmented", "\t0\troot\t+\t+\tv_1\t_", "", ["tree", "graph"]),
    ("conll09", "\t0\t0\troot", "\t1\t0\troot", ["tree"]),
    ("conll09", "Y\t", "X\t", ["graph"]),
    ("conll09", "\tY\tv_1\t_", "", ["graph"]),
    ("conll09", "\t2\t_\tsubj", "\t1\t_\tsubj\t_", ["tree", "graph"]),
    ("conll09", "\t2\t_\tsubj\t_\t_\t_\tARG1", "", ["tree", "graph"]),
    ("conllu", "\t0\troot", "\t1\troot", ["tree"]),
    ("conllu", "\t2:subj\t_", "", ["graph"]),
    ("conllu", "\t2\tsubj\t2:subj\t_", "", ["tree", "graph"]),
    ("conllx", "\t0\troot\t0", "\t1\troot\t0", ["tree"]),
    ("conllx", "\t2\t_\n", "\n", ["graph"]),
    ("jsonl", "[2, 0]", "[2, 1]", ["tree"]),
    ("jsonl", '"subj"', "7", ["tree"]),
    ("jsonl", '"ARG1"', "null", ["graph"]),
    ("jsonl", '"v_1"', "[]", ["graph"]),
    ("jsonl", '0], "deprels": ["subj", "root"], "tops": [2', '1], "tops": [3', ["tree", "graph"]),
]


@pytest.mark.parametrize(("file_format", "old", "new", "layers"), FAULTY)
def test_no_more_than_the_faulty_layers_are_left_out(
    file_format, old, new, layers, tmp_path, caplog
):
    sound = SOUND[file_format]
    assert sound.count(old) == 1
    first, second = read(tmp_path, sound + sound.replace(old, new), file_format)
    assert first == read(tmp_path, sound, file_format)[0]
    assert second == without(first, layers)
    path, line = tmp_path / "file", sound.count("\n")
    assert len(caplog.messages) == len(layers)
    for layer, message in zip(layers, caplog.messages):
        assert message.startswith(f"{path}: 1 sentences have a {layer} that is not sound. ")
        found = re.search(rf"The first: {path}, line ([0-9]+): ", message)
        assert line < int(found[1]) <= 2 * line


def test_each_layer_is_counted(tmp_path, caplog):
    sound = SOUND["jsonl"]
    tree, graph = sound.replace("[2, 0]", "[2, 1]"), sound.replace('"ARG1"', "7")
    sentences = read(tmp_path, sound + graph + tree + sound + tree, "jsonl")
    assert [sentence.words[0].head for sentence in sentences] == [2, 2, None, 2, None]
    assert [sentence.arcs is None for sentence in sentences] == [False, True] + [False] * 3
    graphs, trees = caplog.messages
    assert "file: 1 sentences have a graph" in graphs and "file, line 2: 'arcs' has '7'" in graphs
    assert "file: 2 sentences have a tree" in trees and "file, line 3: 'heads' is no" in trees


def test_further_columns_of_conllu_plus_are_counted(tmp_path, caplog):
    text = "# global.columns = ID FORM HEAD PARSEME:MWE DEPREL\n"
    text += "1\tDogs\t2\t*\tsubj\n2\tbark\t1\t1:x\troot\n\n1\tYes\t0\t1:y\troot\n\n"
    first, second = read(tmp_path, text, "conllu")
    assert [(word.form, word.head, word.deprel) for word in first.words] == [
        ("Dogs", None, None),
        ("bark", None, None),
    ]
    assert [(word.form, word.head, word.deprel) for word in second.words] == [("Yes", 0, "root")]
    plus, tree = caplog.messages
    assert plus.endswith("file: 2 values of the column PARSEME:MWE were left out.")
    assert "file: 1 sentences have a tree that is not sound" in tree


@pytest.mark.parametrize("file_format", sorted(set(SOUND) - {"jsonl"}))
@pytest.mark.parametrize(("old", "new"), [("\n2\tbark", "\n3\tbark"), ("Dogs", ""), ("1\t", "")])
def test_faulty_words_are_refused(file_format, old, new, tmp_path):
    sound = SOUND[file_format]
    with pytest.raises(FormatError, match=r"line [45]: "):
        read(tmp_path, sound + sound.replace(old, new, 1), file_format)


@pytest.mark.parametrize(
    ("old", "new"), [('"Dogs"', "7"), ('"VBP"', "[]"), ('"words"', '"x"'), ("{", '{"id": [], ')]
)
def test_faulty_words_of_json_are_refused(old, new, tmp_path):
    sound = SOUND["jsonl"]
    with pytest.raises(FormatError, match="line 2: "):
        read(tmp_path, sound + sound.replace(old, new, 1), "jsonl")


def test_empty_columns_are_filled_after_the_form(tmp_path):
    path = write(tmp_path, "1\ta\t\tN\t\n\n")
    assert [block.rows for block in read_blocks(path, fill_empty=True)] == [
        [["1", "a", "_", "N", "_"]]
    ]


def test_most_sentences_tell_the_layout(tmp_path):
    sound = SOUND["sdp_augmented"]
    damaged = sound.replace("\t-\t-\t", "\t_\t_\t").replace("\t+\t+\t", "\t_\t_\t")
    assert detect_format(write(tmp_path, damaged + sound)) == "sdp_augmented"


def test_layouts_of_trees(tmp_path):
    roles = "1\tgo" + "\t_" * 10 + "\t{}\t_\n\n"
    path = write(tmp_path, roles.format("x") + roles.format("Y") * 2)
    assert detect_format(path) == "conll09"
    tree = "1\tgo\t_\t_\t_\t_\t\troot\t_\tA=b\n\n"
    assert detect_format(write(tmp_path, tree)) == "conllu"


def test_a_row_that_is_too_short_is_called_that(tmp_path):
    """And no value that stands in for what it lacks is."""
    text = SOUND["sdp_augmented"] + "1\tbroken\n\n"
    with pytest.raises(FormatError, match=r"line 4: .*2") as raised:
        read(tmp_path, text)
    with pytest.raises(FormatError) as strict:
        list(read_sentences(tmp_path / "file", "sdp_augmented"))
    assert str(raised.value) == str(strict.value)
