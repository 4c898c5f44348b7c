"""What is left of sentences whose annotation does not follow the format."""

import pytest

from bilexical.formats.errors import FormatError
from bilexical.formats.file_formats import detect_format
from bilexical.formats.lenient_files import read_leniently
from bilexical.formats.text import read_blocks

SOUND = "1\tDogs\tdog\tNNS\t2\tsubj\t-\t-\t_\tARG1\n2\tbark\t_\tVBP\t0\troot\t+\t+\tv_1\t_\n\n"


def write(tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    return str(path)


def read(tmp_path, text, layout="sdp_augmented"):
    return list(read_leniently(write(tmp_path, text), layout))


def test_sound_sentences_are_read_as_they_are(tmp_path, caplog):
    (sentence,) = read(tmp_path, SOUND)
    assert [word.head for word in sentence.words] == [2, 0]
    assert sentence.arcs == [(1, 2, "ARG1")]
    assert not caplog.messages


@pytest.mark.parametrize(
    ("old", "new", "heads", "arcs"),
    [
        ("\t0\troot", "\t1\troot", [None, None], [(1, 2, "ARG1")]),
        ("ARG1", "ARG1\tARG2", [2, 0], None),
        ("\t2\tsubj\t-", "\tx\tsubj\t?", [None, None], None),
    ],
)
def test_no_more_than_the_faulty_layer_is_left_out(old, new, heads, arcs, tmp_path, caplog):
    first, second = read(tmp_path, SOUND + SOUND.replace(old, new))
    assert first == read(tmp_path, SOUND)[0]
    assert [word.head for word in second.words] == heads
    assert second.arcs == arcs
    assert [word.form for word in second.words] == ["Dogs", "bark"]
    (message,) = caplog.messages
    assert "file: 1 sentences have a tree or a graph that is not sound." in message


@pytest.mark.parametrize(("old", "new"), [("\n2\tbark", "\n3\tbark"), ("Dogs", ""), ("1\t", "")])
def test_faulty_words_are_refused(old, new, tmp_path):
    with pytest.raises(FormatError, match=r"line [45]: "):
        read(tmp_path, SOUND + SOUND.replace(old, new, 1))


def test_empty_columns_are_filled_after_the_form(tmp_path):
    path = write(tmp_path, "1\ta\t\tN\t\n\n")
    assert [block.rows for block in read_blocks(path, fill_empty=True)] == [
        [["1", "a", "_", "N", "_"]]
    ]


def test_most_sentences_tell_the_layout(tmp_path):
    damaged = SOUND.replace("\t-\t-\t", "\t_\t_\t").replace("\t+\t+\t", "\t_\t_\t")
    assert detect_format(write(tmp_path, damaged + SOUND)) == "sdp_augmented"


def test_layouts_of_trees(tmp_path):
    roles = "1\tgo" + "\t_" * 10 + "\t{}\t_\n\n"
    path = write(tmp_path, roles.format("x") + roles.format("Y") * 2)
    assert detect_format(path) == "conll09"
    tree = "1\tgo\t_\t_\t_\t_\t\troot\t_\tA=b\n\n"
    assert detect_format(write(tmp_path, tree)) == "conllu"
