import pytest

from bilexical.formats.corpus_files import detect_format
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import format_sdp, read_sdp
from bilexical.formats.sentence import Arc, Sentence, Word
from tests import FIXTURES_ROOT
from tests.bilexical.formats.refusals import assert_second_is_refused

FIXTURES = [
    ("graphs.sdp", "sdp"),
    ("graphs.sdpx", "sdp_augmented"),
    ("graphs_2014.sdp", "sdp_2014"),
]


def written(path, layout):
    return "".join(format_sdp(sentence, layout) for sentence in read_sdp(path)).encode("utf-8")


def test_the_values_of_a_sentence():
    sentences = list(read_sdp(FIXTURES_ROOT / "graphs.sdpx"))
    assert [sentence.id for sentence in sentences] == [f"invented-{n}" for n in range(1, 7)]
    assert [sentence.line for sentence in sentences] == [3, 12, 22, 25, 30, 38]
    first, _, one_word, without_arcs, multiple_tops, odd = sentences
    assert first.comments == ["#SDP 2015", "#invented-1"]
    assert [word.form for word in first.words] == [
        "The",
        "cook",
        "who",
        "she",
        "hired",
        "left",
        ".",
    ]
    assert first.words[4] == Word(
        "hired", "hire", "VBD", None, 2, "acl:relcl", "v_1", is_top=False, is_predicate=True
    )
    assert first.arcs == [
        Arc(2, 1, "BV"),
        Arc(2, 5, "ARG2"),
        Arc(2, 6, "ARG1"),
        Arc(4, 5, "ARG1"),
    ]
    assert [word.is_top for word in first.words] == [False] * 5 + [True, False]
    assert (len(one_word.words), one_word.arcs, one_word.words[0].is_top) == (1, [], True)
    assert one_word.words[0].frame is None
    assert without_arcs.arcs == []
    assert [word.is_top for word in multiple_tops.words] == [False, True, False, False, True, False]
    assert multiple_tops.words[0].is_predicate
    assert not [arc for arc in multiple_tops.arcs if arc.head == 1]
    assert [word.form for word in odd.words] == ["Press", "_", "or", "#", "naïvely"]
    assert odd.words[1].lemma is None


def test_the_layouts_differ_in_what_they_say_only():
    augmented = next(read_sdp(FIXTURES_ROOT / "graphs.sdpx"))
    official = next(read_sdp(FIXTURES_ROOT / "graphs.sdp"))
    oldest = next(read_sdp(FIXTURES_ROOT / "graphs_2014.sdp"))
    assert official.arcs == augmented.arcs == oldest.arcs
    assert [word.head for word in augmented.words] == [2, 6, 5, 5, 2, 0, 6]
    assert {word.head for word in official.words} == {None}
    assert official.words[1].frame == "n_1"
    assert oldest.words[1].frame is None
    assert oldest.comments == ["#invented-1"]


def test_the_first_sentence_tells_2014_from_2015_without_a_header(tmp_path):
    for name, layout in FIXTURES:
        path = tmp_path / name
        path.write_bytes((FIXTURES_ROOT / name).read_bytes().replace(b"#SDP 2015\n", b""))
        assert detect_format(path) == layout


def test_the_layout_is_logged_once(caplog):
    with caplog.at_level("INFO"):
        list(read_sdp(FIXTURES_ROOT / "graphs.sdpx"))
    messages = [message for message in caplog.messages if "sdp_augmented" in message]
    assert messages == [f"{FIXTURES_ROOT / 'graphs.sdpx'} has the column layout sdp_augmented."]


def test_a_header_is_no_id(tmp_path):
    path = tmp_path / "file"
    path.write_text("#SDP 2015\n1\tyes\tyes\tUH\t-\t-\t_\n\n# next \n1\tno\tno\tUH\t-\t-\t_\n\n")
    assert [sentence.id for sentence in read_sdp(path)] == ["", "next"]
    assert written(path, "sdp") == path.read_bytes()


@pytest.mark.parametrize(
    ("comments", "name"),
    [
        (["#SDP 2015", "#30001", "# text = Felix heard"], "30001"),
        (["#30001", "# checked"], "30001"),
        (["#30001", "#checked"], "30001"),
        (["# text = Felix heard", "#30001"], "30001"),
        (["# 30001", "# text = a = b"], "30001"),
        (["#a = b"], "a = b"),
        (["#1", "", "#2", "# text = x"], "2"),
        (["#SDP 2015", "", "#2"], "2"),
        (["#1", ""], ""),
    ],
)
def test_comments_may_stand_beside_the_id(tmp_path, comments, name):
    path = tmp_path / "file"
    path.write_text("\n".join([*comments, "1\tyes\tyes\tUH\t-\t-\t_\n\n"]))
    assert [sentence.id for sentence in read_sdp(path)] == [name]
    assert written(path, "sdp") == path.read_bytes()


def test_a_word_that_is_its_own_argument_is_an_arc(tmp_path):
    path = tmp_path / "file"
    path.write_text("#1\n1\tKim\tKim\tNNP\t-\t-\t_\tA1\n2\truns\trun\tVBZ\t+\t+\tv\tA2\n\n")
    (sentence,) = read_sdp(path)
    assert sentence.arcs == [Arc(1, 2, "A1"), Arc(2, 2, "A2")]
    assert written(path, "sdp") == path.read_bytes()


def test_a_sentence_without_a_file_gets_its_id_and_its_predicates():
    words = [Word("she", "she", "PRP"), Word("sings", "sing", "VBZ", is_top=True)]
    sentence = Sentence("7", words, [Arc(1, 2, "ARG1")], ["# text = she sings"])
    assert format_sdp(sentence) == (
        "#7\n# text = she sings\n"
        "1\tshe\tshe\tPRP\t-\t-\t_\tARG1\n"
        "2\tsings\tsing\tVBZ\t+\t+\t_\t_\n\n"
    )
    assert not words[1].is_predicate


def test_an_unknown_layout_is_refused_with_the_choices():
    with pytest.raises(ValueError, match=r"no SDP layout 'sdpx'\. Choose one of sdp, "):
        format_sdp(Sentence("", [Word("a")]), "sdpx")


GOOD = "#1\n1\tshe\tshe\tPRP\t-\t-\t_\tARG1\n2\tsings\tsing\tVBZ\t+\t+\t_\t_\n\n"
AUGMENTED = (
    "#1\n1\tshe\tshe\tPRP\t2\tsbj\t-\t-\t_\tARG1\n2\tsings\tsing\tVBZ\t0\troot\t+\t+\t_\t_\n"
    "3\twell\twell\tRB\t2\tadv\t-\t-\t_\t_\n\n"
)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem", "remedy"),
    [
        ("_\tARG1", "_", 2, "the number of columns is 7 and should be 8", "tabs"),
        ("_\tARG1", "_\tARG1\tx", 2, "the number of columns is 9 and should be 8", "tabs"),
        ("2\tsings\tsing\tVBZ\t+\t+\t_\t_", "2\tsings", 3, "is 2 and should be", "tabs"),
        ("\t+\t+\t", "\t+\t-\t", 2, "1 argument columns but 0 predicates", "one argument"),
        ("\t-\t-\t", "\t-\t+\t", 2, "1 argument columns but 2 predicates", "in the order"),
        ("PRP\t-", "PRP\t*", 2, "column 5 (top) is '*'", "Write + or -"),
        ("+\t_\t_", "1\t_\t_", 3, "column 6 (pred) is '1'", "Write + or -"),
        ("ARG1", "__TOP__", 2, "from word 2 to word 1 is __TOP__", "another name"),
        ("\tshe\tPRP", "\t\tPRP", 2, "column 3 of 8 is empty", "Write _"),
    ],
)
def test_errors_name_file_line_value_and_remedy(tmp_path, old, new, line, problem, remedy):
    path = tmp_path / "file.sdp"
    assert_second_is_refused(path, read_sdp, GOOD, old, new, line, problem, remedy)


@pytest.mark.parametrize(
    ("text", "problem", "remedy"),
    [
        ("1 she she PRP - - _\n", "line 1: no format has a sentence like", "separated by tabs"),
        ("1\tshe\tPRP\n", "of 3 columns", "sdp_2014: id form lemma pos top pred,"),
        (
            "1\tshe\t_\tPRON\tPRP\t_\t0\troot\t_\t_\n",
            "looks like conllx, but sdp, sdp_augmented or sdp_2014 is read here",
            "Read it as conllx (in Python `read_sentences(path, 'conllx')`)",
        ),
    ],
)
def test_other_formats_are_refused_as_such(tmp_path, text, problem, remedy):
    path = tmp_path / "file.sdp"
    path.write_text(text)
    with pytest.raises(FormatError) as info:
        list(read_sdp(path))
    assert str(info.value).startswith(str(path))
    assert problem in str(info.value)
    assert remedy in str(info.value)


def test_a_fault_in_the_first_sentence_does_not_hide_the_layout(tmp_path):
    path = tmp_path / "file.sdp"
    path.write_text(GOOD.replace("PRP\t-", "PRP\t*"))
    with pytest.raises(FormatError, match=r"line 2: column 5 \(top\) is '\*'"):
        list(read_sdp(path))


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [(GOOD, AUGMENTED, ("sdp", "sdp_augmented")), (AUGMENTED, GOOD, ("sdp_augmented", "sdp"))],
)
def test_a_layout_that_changes_is_refused(tmp_path, first, second, names):
    path = tmp_path / "file.sdp"
    path.write_text("#SDP 2015\n" + first + second)
    with pytest.raises(FormatError) as info:
        list(read_sdp(path))
    assert info.value.line == first.count("\n") + 3
    assert f"starts in the layout {names[0]}," in str(info.value)
    assert f"in the layout {names[1]}." in str(info.value)
    assert "Keep one layout" in str(info.value)
