import pytest

from bilexical.formats.conll09 import format_conll09, read_conll09
from bilexical.formats.sdp import read_sdp
from bilexical.formats.sentence import Arc, PredictedColumns, Sentence, Word
from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.bilexical.formats.refusals import assert_second_is_refused

ROLES = FIXTURES_ROOT / "roles.conll09"
REAL = PROJECT_ROOT / "data" / "formats"


def written(path):
    return "".join(map(format_conll09, read_conll09(path))).encode("utf-8")


@pytest.mark.real_data
def test_a_real_corpus_that_another_program_converted():
    others = list(read_sdp(REAL / "ewt60.propbank.sdpx"))
    sentences = list(read_conll09(REAL / "ewt60.conll09"))
    assert len(sentences) == len(others) == 60
    for one, other in zip(sentences, others):
        assert one.arcs == other.arcs
        for word, same in zip(one.words, other.words):
            assert (word.form, word.head, word.frame) == (same.form, same.head, same.frame)
            assert word.is_predicate == same.is_predicate


def test_the_values_of_a_sentence():
    first, one_word, _, odd = read_conll09(ROLES)
    assert [word.head for word in first.words] == [2, 6, 5, 5, 2, 0, 6]
    assert first.words[4] == Word(
        "hired",
        "hire",
        "VBD",
        None,
        2,
        "acl:relcl",
        "hire.01",
        is_predicate=True,
        feats="Tense=Past",
        predicted=PredictedColumns("hire", "VBN", "Tense=Past", "2", "acl"),
    )
    assert first.arcs == [
        Arc(2, 2, "A0"),
        Arc(2, 5, "A1"),
        Arc(2, 6, "A0"),
        Arc(3, 5, "R-A1"),
        Arc(4, 5, "A0"),
    ]
    assert not any(word.is_top for word in first.words)
    assert (first.id, first.line, one_word.line) == ("", 1, 9)
    assert (len(one_word.words), one_word.arcs) == (1, [])
    assert odd.words[0].is_predicate and odd.words[0].frame is None
    assert [word.form for word in odd.words] == ["Press", "_", "or", "#", "naïvely"]
    assert odd.words[1].predicted.lemma is None


def test_comments_are_kept(tmp_path):
    path = tmp_path / "file"
    path.write_text("# sent_id = 7\n1\tyes" + "\t_" * 12 + "\n\n")
    (sentence,) = read_conll09(path)
    assert sentence.id == "7"
    assert sentence.words[0].head is None
    assert written(path) == path.read_bytes()


def test_predicates_without_columns_have_no_graph(tmp_path):
    path = tmp_path / "file"
    path.write_text("1\tgo" + "\t_" * 10 + "\tY\t_\n\n")
    (sentence,) = read_conll09(path)
    assert sentence.arcs is None
    assert sentence.words[0].is_predicate
    assert written(path) == path.read_bytes()


def test_what_the_format_has_no_column_for_is_left_out():
    words = [
        Word("she", upos="PRON", frame="pron"),
        Word("sings", frame="sing.01", is_top=True, misc="x"),
    ]
    sentence = Sentence("7", words, [Arc(1, 2, "A0")])
    assert format_conll09(sentence) == (
        "1\tshe" + "\t_" * 12 + "\tA0\n" + "2\tsings" + "\t_" * 10 + "\tY\tsing.01\t_\n\n"
    )
    assert not words[1].is_predicate


GOOD = (
    "1\tshe\tshe\tshe\tPRP\tPRP\t_\t_\t2\t2\tsbj\tsbj\t_\t_\tA0\n"
    "2\tsang\tsing\tsing\tVBD\tVBD\t_\t_\t0\t0\troot\troot\tY\tsing.01\t_\n\n"
)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem", "remedy"),
    [
        ("_\tA0", "_", 1, "the number of columns is 14 and should be 15", "single tabs"),
        ("_\tA0", "_\tA0\tA1", 1, "the number of columns is 16 and should be 15", "single tabs"),
        ("\t_\t_\tA0", "", 1, "the number of columns is 12 and should be at least 14", "tabs"),
        ("Y\t", "y\t", 2, "column 13 (fillpred) is 'y'", "Write Y"),
        ("Y\t", "_\t", 2, "column 14 (pred) is 'sing.01' but column 13 (fillpred) is _", "Y there"),
        ("_\t_\tA0", "Y\t_\tA0", 1, "the number of columns is 15 and should be 16", "each Y"),
        ("\tA0", "\t__TOP__", 1, "from word 2 to word 1 is __TOP__", "another name"),
    ],
)
def test_errors_name_file_line_value_and_remedy(tmp_path, old, new, line, problem, remedy):
    path = tmp_path / "file"
    assert_second_is_refused(path, read_conll09, GOOD, old, new, line, problem, remedy)
