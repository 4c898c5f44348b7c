import pytest

from bilexical.formats.conll import format_conll, read_conll
from bilexical.formats.corpus_files import detect_format
from bilexical.formats.errors import FormatError
from bilexical.formats.sentence import ExtraLine, Sentence, Word
from tests import FIXTURES_ROOT
from tests.bilexical.formats.refusals import assert_second_is_refused


def written(path):
    return "".join(map(format_conll, read_conll(path))).encode("utf-8")


def test_the_values_of_a_sentence():
    sentences = list(read_conll(FIXTURES_ROOT / "trees.conllu"))
    assert [sentence.id for sentence in sentences] == [f"invented-{n}" for n in range(1, 9)]
    first = sentences[0]
    assert first.line == 4
    assert first.comments[:2] == ["# newdoc", "# sent_id = invented-1"]
    assert first.arcs is None
    assert first.words[4] == Word(
        "hired",
        "hire",
        "VBD",
        "VERB",
        2,
        "acl:relcl",
        feats="Mood=Ind|Tense=Past",
        deps="2:acl:relcl",
    )
    assert first.words[5].misc == "SpaceAfter=No"
    assert [word.form for word in sentences[5].words] == ["Press", "_", "or", "#", "naïvely"]
    assert sentences[5].words[1].lemma is None


def test_ranges_and_empty_nodes_are_no_words():
    *_, with_both, at_the_start = read_conll(FIXTURES_ROOT / "trees.conllu")
    assert [word.form for word in with_both.words] == (
        ["Do", "n't", "sing", ";", "dance", "and", "she", "too", "."]
    )
    assert [word.head for word in with_both.words] == [3, 3, 0, 3, 3, 7, 5, 7, 3]
    assert [line.after for line in with_both.extra_lines] == [0, 7, 7]
    assert with_both.extra_lines[0] == ExtraLine(0, "1-2\tDon't" + "\t_" * 8)
    assert [line.after for line in at_the_start.extra_lines] == [0, 0]
    assert len(at_the_start.words) == 2


def test_conll_x_has_no_ids_and_the_same_trees():
    new = list(read_conll(FIXTURES_ROOT / "trees.conllu"))
    old = list(read_conll(FIXTURES_ROOT / "trees.conllx"))
    assert {sentence.id for sentence in old} == {""}
    assert len(old) == 6
    for one, other in zip(old, new):
        assert [word.head for word in one.words] == [word.head for word in other.words]
        assert [word.upos for word in one.words] == [word.upos for word in other.words]


ROW = "1\tyes\tyes\tINTJ\tUH\t_\t0\troot\t_\t_\n"


@pytest.mark.parametrize(
    ("name", "text", "layout"),
    [
        ("a", ROW, "conllx"),
        ("a.conll", ROW, "conllx"),
        ("a.conllu", ROW, "conllu"),
        ("a.conllu.gz", ROW, "conllu"),
        ("a.conllu", ROW.replace("\t_\t_\n", "\t0\troot\n"), "conllx"),
        ("a.conll", ROW.replace("\t_\t_\n", "\t_\tSpaceAfter=No\n"), "conllu"),
        ("a.conll", ROW.replace("\t_\t_\n", "\t0:root\t_\n"), "conllu"),
        ("a.conll", "# sent_id = 1\n" + ROW, "conllu"),
        ("a.conll", "1-1\tyes" + "\t_" * 8 + "\n" + ROW, "conllu"),
        # The first sentence does not tell.
        ("a.conll", ROW + "\n" + ROW.replace("\t_\t_\n", "\t0:root\t_\n"), "conllu"),
    ],
)
def test_the_layout_is_that_of_the_content_then_of_the_name(tmp_path, name, text, layout):
    path = tmp_path / name
    path.write_text(text)
    assert detect_format(path) == layout
    assert written(path).decode() == text + "\n"


def test_the_id_is_written_once():
    sentence = Sentence("7", [Word("yes", head=0, deprel="root")], comments=["# text = yes"])
    assert format_conll(sentence) == (
        "# text = yes\n# sent_id = 7\n1\tyes\t_\t_\t_\t_\t0\troot\t_\t_\n\n"
    )
    sentence.comments = ["# sent_id = 7", "# text = yes"]
    assert format_conll(sentence).count("7") == 1


@pytest.mark.parametrize(
    ("comments", "name"),
    [
        (["# sent_id = 1", "# text = x"], "1"),
        (["#sent_id=a=b "], "a=b"),
        (["# sent_id = a\tb"], "a\tb"),
        (["# sent_id =", "# sent_id"], ""),
        # The first one belongs to a sentence without words.
        (["# sent_id = 1", "", "# sent_id = 2"], "2"),
    ],
)
def test_the_id_is_that_of_the_comments(tmp_path, comments, name):
    path = tmp_path / "file"
    path.write_text("\n".join([*comments, ROW]))
    assert [sentence.id for sentence in read_conll(path)] == [name]


GOOD = (
    "# sent_id = 1\n"
    "1\tshe\tshe\tPRON\tPRP\t_\t2\tnsubj\t_\t_\n"
    "2-3\tcannot" + "\t_" * 8 + "\n"
    "2\tcan\tcan\tAUX\tMD\t_\t0\troot\t_\t_\n"
    "3\tnot\tnot\tPART\tRB\t_\t2\tadvmod\t_\t_\n"
    "3.1\tsing" + "\t_" * 8 + "\n\n"
)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem", "remedy"),
    [
        ("nsubj\t_\t_", "nsubj\t_", 2, "number of columns is 9 and should be 10", "single tabs"),
        ("nsubj\t_\t_", "nsubj\t_\t_\t_", 2, "number of columns is 11", "single tabs"),
        ("1\tshe\tshe", "1 she she", 2, "number of columns is 8", "single tabs"),
        ("\n3\tnot", "\n-3\tnot", 5, "(id) is '-3', which is no word", "2-3"),
        ("\n2-3\t", "\n3-2\t", 3, "(id) is '3-2', which is no word", "2-3"),
        ("\n2-3\t", "\n2-x\t", 3, "(id) is '2-x', which is no word", "2-3"),
        ("\n2-3\t", "\n2-03\t", 3, "(id) is '2-03', which is no word", "2-3"),
        ("\n2-3\t", "\n2-" + "9" * 5000 + "\t", 3, "(id) is '2-99", "2-3"),
        ("\n3.1\t", "\n3.0\t", 6, "(id) is '3.0', which is no word", "2.1"),
        ("\n3.1\t", "\n3.\u0661\t", 6, "(id) is '3.\u0661', which is no word", "2.1"),
        ("\n2-3\t", "\n1-3\t", 3, "the range 1-3 stands before word 2", "directly before"),
        ("\n3\tnot", "\n3-3" + "\t_" * 9 + "\n3\tnot", 5, "the range 3-3", "no range within"),
        ("\n2-3\t", "\n2-4\t", 3, "range 2-4 ends after the sentence's last word, 3", "Correct"),
        ("\n3.1\t", "\n3.2\t", 6, "empty node 3.2 stands where 3.1 is expected", "from 1"),
        ("\n3.1\t", "\n2.1\t", 6, "empty node 2.1 stands where 3.1 is expected", "from 1"),
    ],
)
def test_errors_name_file_line_value_and_remedy(tmp_path, old, new, line, problem, remedy):
    path = tmp_path / "file.conllu"
    assert_second_is_refused(path, read_conll, GOOD, old, new, line, problem, remedy)


def test_a_sentence_of_empty_nodes_only_is_refused(tmp_path):
    path = tmp_path / "file.conllu"
    path.write_text("0.1\tyou" + "\t_" * 8 + "\n")
    with pytest.raises(FormatError, match="line 1: the sentence has no words"):
        list(read_conll(path))


@pytest.mark.parametrize(
    ("name", "layout"),
    [("graphs.sdp", "sdp"), ("graphs.sdpx", "sdp_augmented"), ("graphs_2014.sdp", "sdp_2014")],
)
def test_sdp_is_refused_as_such(name, layout):
    with pytest.raises(FormatError) as info:
        list(read_conll(FIXTURES_ROOT / name))
    assert f"looks like {layout}, but conllu or conllx is read here" in str(info.value)
    assert f"in Python `read_sentences(path, '{layout}')`" in str(info.value)


def test_conll_2009_is_known_and_refused_as_such():
    path = FIXTURES_ROOT / "roles.conll09"
    assert detect_format(path) == "conll09"
    with pytest.raises(FormatError, match=r"like conll09, .*read_sentences\(path, 'conll09'\)"):
        list(read_conll(path))
