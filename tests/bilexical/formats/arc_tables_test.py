import csv
import errno
import io
import sys
from types import ModuleType

import pytest
from hypothesis import assume, given

from bilexical.formats.arc_tables import COLUMNS, arc_rows, format_tsv, open_parquet
from bilexical.formats.sentence import Arc, Sentence, Word
from tests.bilexical.formats.strategies import json_sentences

SENTENCE = Sentence(
    "s1",
    [Word("Dogs", head=2, deprel="nsubj"), Word("bark", head=0, is_top=True)],
    [Arc(1, 2, "ARG1")],
)


def test_rows():
    assert list(arc_rows(SENTENCE, 7)) == [
        (7, "s1", "tree", 2, 1, "nsubj", "bark", "Dogs"),
        (7, "s1", "tree", 0, 2, "", "ROOT", "bark"),
        (7, "s1", "graph", 2, 1, "ARG1", "bark", "Dogs"),
        (7, "s1", "graph", 0, 2, "top", "ROOT", "bark"),
    ]
    assert list(arc_rows(Sentence("", [Word("Yes")]), 1)) == []


@given(json_sentences())
def test_every_arc_can_be_read_again(sentence):
    assume("\t" not in sentence.id)
    text = format_tsv(arc_rows(sentence, 3))
    rows = list(csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    heads = [(int(r[3]), int(r[4]), r[5]) for r in rows if r[2] == "tree"]
    assert heads == [
        (word.head, number, word.deprel or "")
        for number, word in enumerate(sentence.words, 1)
        if word.head is not None
    ]
    arcs = [Arc(int(r[4]), int(r[3]), r[5]) for r in rows if r[2] == "graph" and r[3] != "0"]
    assert arcs == (sentence.arcs or [])
    tops = [int(r[4]) for r in rows if r[2] == "graph" and r[3] == "0"]
    assert tops == sentence.tops
    assert len(rows) == len(heads) + len(arcs) + len(tops)
    assert {len(row) for row in rows} <= {len(COLUMNS)}


@pytest.mark.parametrize("form", ["a\tb", "a\nb", "a\rb"])
def test_what_would_break_a_line_is_refused(form):
    with pytest.raises(ValueError, match="a tab or a line end"):
        format_tsv(arc_rows(Sentence("", [Word(form, head=0)]), 1))


def test_without_pyarrow_the_error_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"python -m pip install pyarrow\. Or choose tsv"):
        with open_parquet(str(tmp_path / "a.parquet")):
            pass


@pytest.mark.parametrize("max_rows", [1, 100])
def test_parquet_has_the_rows(tmp_path, monkeypatch, max_rows):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("bilexical.formats.arc_tables.MAX_ROWS", max_rows)
    with open_parquet(str(tmp_path / "a.parquet")) as table:
        for number in (1, 2, 3):
            table.add(arc_rows(SENTENCE, number))
    found = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    rows = [row for number in (1, 2, 3) for row in arc_rows(SENTENCE, number)]
    assert [tuple(row.values()) for row in found] == rows
    assert tuple(found[0]) == COLUMNS


def test_after_an_error_there_is_no_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    faulty = Sentence("", [Word("Dogs", head=9)])
    with pytest.raises(IndexError), open_parquet(str(tmp_path / "a.parquet")) as table:
        table.add(arc_rows(faulty, 1))
    assert list(tmp_path.iterdir()) == []


class TestFullDisk:
    """With a stand-in for pyarrow, whose errors name no file."""

    @pytest.fixture(autouse=True)
    def _no_room(self, monkeypatch):
        class Writer:
            def __init__(self, path, schema):
                self.file = open(path, "wb")

            def __enter__(self):
                return self

            def __exit__(self, *error):
                self.file.close()

            def write_table(self, table):
                raise OSError(errno.ENOSPC, "No space left on device")

        arrow = ModuleType("pyarrow")
        arrow.int32 = arrow.string = lambda: None
        arrow.schema = dict
        arrow.table = lambda columns, schema: columns
        arrow.parquet = ModuleType("pyarrow.parquet")
        arrow.parquet.ParquetWriter = Writer
        monkeypatch.setitem(sys.modules, "pyarrow", arrow)
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", arrow.parquet)

    @pytest.mark.parametrize("max_rows", [1, 100])
    def test_leaves_no_draft(self, tmp_path, monkeypatch, max_rows):
        monkeypatch.setattr("bilexical.formats.arc_tables.MAX_ROWS", max_rows)
        path = str(tmp_path / "a.parquet")
        with pytest.raises(OSError, match="No space left") as raised, open_parquet(path) as table:
            table.add(arc_rows(SENTENCE, 1))
        assert raised.value.filename == path
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_not_there(self, tmp_path):
        path = str(tmp_path / "no" / "a.parquet")
        with pytest.raises(FileNotFoundError) as raised, open_parquet(path):
            pass
        assert raised.value.filename == path
