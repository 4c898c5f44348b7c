"""`spigot parse` with a parser that needs no model; tests/commands/parse_test.py has one."""

import gzip
import io
import json
import os
import re
import sys

import pytest

from bilexical.command_line import parse, parse_input
from bilexical.command_line.parse_input import source_of
from bilexical.command_line.parse_output import TARGETS, target_of
from bilexical.formats.corpus_files import COLUMN_FORMATS, detect_format, read_sentences
from bilexical.formats.errors import FormatError
from tests import FIXTURES_ROOT
from tests.bilexical.command_line.console import one_error, run_python, spigot
from tests.bilexical.command_line.stand_in import StandIn, stand_in

FILES = ["trees.conllu", "trees.conllx", "graphs.sdp", "graphs.sdpx", "graphs_2014.sdp"]
FILES += ["roles.conll09"]
TEXT = "One two\nthree. Four five.\n\nSix\n"


@pytest.fixture
def asked(monkeypatch):
    return stand_in(monkeypatch)


@pytest.fixture
def text(tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path / "a.txt"


def objects(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_text_to_json_lines(asked, text, capsys):
    assert spigot("parse", text, "--model", "some/model.tar.gz") == 0
    captured = capsys.readouterr()
    first, *others = map(json.loads, captured.out.splitlines())
    assert first == {
        "words": ["One", "two", "three", "."],
        "heads": [0, 1, 2, 3],
        "deprels": ["dep"] * 4,
        "arcs": [{"head": n, "modifier": n + 1, "label": "ARG1"} for n in (1, 2, 3)],
        "tops": [1],
    }
    assert [each["words"] for each in others] == [["Four", "five", "."], ["Six"]]
    assert asked == [("some/model.tar.gz", None, -1, False)]
    assert re.fullmatch(
        r"3 sentences parsed, 0 left out, \d+\.\d a second; to - \(jsonl\)\.\n", captured.err
    )


def test_the_options_of_the_model(asked, text):
    spigot("parse", text, "--spacy-model", "blank:sv", "--cuda-device", "1", "--bfloat16")
    assert asked == [("en_dm", "blank:sv", 1, True)]


def test_lines(asked, text, capsys):
    assert spigot("parse", text, "--from", "lines") == 0
    assert [" ".join(each["words"]) for each in objects(capsys)] == [
        "One two",
        "three . Four five .",
        "Six",
    ]


def test_several_files_and_standard_input(asked, text, tmp_path, capsys, monkeypatch):
    standard = type("", (), {"buffer": io.BytesIO(b'{"words": ["Seven"], "id": 7, "key": 1}')})()
    monkeypatch.setattr(sys, "stdin", standard)
    with gzip.open(tmp_path / "b.txt.gz", "wb") as file:
        file.write(b"Eight")
    assert spigot("parse", text, "-", tmp_path / "b.txt.gz") == 0
    *_, seven, eight = objects(capsys)
    assert (seven["id"], seven["words"], seven["key"]) == ("7", ["Seven"], 1)
    assert eight["words"] == ["Eight"]


def test_json_lines_with_raw_text(asked, tmp_path, capsys):
    (tmp_path / "a.jsonl").write_text('{"sentence": "One. Two."}\n', encoding="utf-8")
    assert spigot("parse", tmp_path / "a.jsonl") == 0
    assert [each["words"] for each in objects(capsys)] == [["One", ".", "Two", "."]]


@pytest.mark.parametrize("target", COLUMN_FORMATS)
@pytest.mark.parametrize("name", FILES)
def test_corpora(asked, tmp_path, name, target):
    source = FIXTURES_ROOT / name
    assert spigot("parse", source, "-o", tmp_path / "out", "--to", target) == 0
    assert detect_format(tmp_path / "out") == target or target in ("conllx", "sdp_augmented")
    before = list(read_sentences(source, detect_format(source)))
    after = list(read_sentences(tmp_path / "out", target))
    assert [[w.form for w in x.words] for x in after] == [[w.form for w in x.words] for x in before]
    for sentence in after:
        if target in ("conllu", "conllx", "conll09", "sdp_augmented"):
            assert sentence.heads == list(range(len(sentence.words)))
        if target.startswith("sdp"):
            assert sentence.tops == [1]
            assert len(sentence.arcs) == len(sentence.words) - 1
    if detect_format(source) == target:
        assert [x.comments for x in after] == [x.comments for x in before]
        assert [x.id for x in after] == [x.id for x in before]


def test_the_header_of_sdp_is_that_of_the_first_sentence(asked, tmp_path):
    graphs = FIXTURES_ROOT / "graphs.sdp"
    text = graphs.read_text(encoding="utf-8")
    (tmp_path / "bad.sdp").write_text(text.replace("\n1\t", "\n7\t", 1), encoding="utf-8")
    output = tmp_path / "out.sdp"
    assert spigot("parse", tmp_path / "bad.sdp", graphs, "-o", output) == 1
    lines = output.read_text(encoding="utf-8").splitlines()
    assert [n for n, line in enumerate(lines) if line.startswith("#SDP")] == [0]
    num_sentences = len(list(read_sentences(graphs, "sdp")))
    assert len(list(read_sentences(output, "sdp"))) == 2 * num_sentences - 1


def test_tsv(asked, text, tmp_path):
    assert spigot("parse", text, "-o", tmp_path / "out.tsv") == 0
    header, *rows = (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()
    assert header == "sentence\tid\tlayer\thead\tmodifier\tlabel\thead_word\tmodifier_word"
    assert rows[:2] == ["1\t\ttree\t0\t1\tdep\tROOT\tOne", "1\t\ttree\t1\t2\tdep\tOne\ttwo"]
    assert rows[-1] == "3\t\tgraph\t0\t1\ttop\tROOT\tSix"


def test_parquet(asked, text, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert spigot("parse", text, "-o", tmp_path / "out.parquet") == 0
    assert spigot("parse", text, "-o", tmp_path / "out.tsv") == 0
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    lines = (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert ["\t".join(map(str, row.values())) for row in rows] == lines


def test_a_page(asked, text, tmp_path):
    assert spigot("parse", text, "-o", tmp_path / "out.html") == 0
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert page.count("<section ") == page.count("</svg>") == 3
    assert "<h1>a.txt</h1>" in page and page.endswith("</html>\n")


def test_what_cannot_be_read_parsed_or_written_is_left_out(asked, tmp_path, capsys):
    lines = [
        '{"words": ["One"]}',
        "no JSON",
        '{"words": ["bad", "one"]}',
        '{"words": []}',
        '{"words": ["w", "w", "w", "w"]}',
        '{"words": ["Two"]}',
    ]
    source, output = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(lines), encoding="utf-8")
    assert spigot("parse", source, "-o", output, "--max-words", 3) == 1
    written = [json.loads(line)["words"] for line in output.read_text().splitlines()]
    assert written == [["One"], ["Two"]]
    *_, summary = capsys.readouterr().err.splitlines()
    assert summary.startswith("2 sentences parsed, 4 left out, ")


def test_reports_name_file_line_and_reason(asked, tmp_path, caplog):
    source = tmp_path / "a.jsonl"
    source.write_text('{"words": ["One"]}\nno JSON\n{"words": ["bad"]}\n', encoding="utf-8")
    assert spigot("parse", source, "-o", tmp_path / "out.jsonl") == 1
    first, second = (record.getMessage() for record in caplog.records)
    assert first.startswith(f"Left out: {source}, line 2: 'no JSON' is not JSON")
    assert second.startswith(f"Left out: {source}, line 3: ")
    assert "cannot be parsed (not enough memory)" in second


def test_a_label_that_the_format_cannot_hold(monkeypatch, text, tmp_path, caplog):
    class Odd(StandIn):
        def _outputs(self, length):
            outputs = super()._outputs(length)
            if length == 3:
                outputs["arcs"][0]["label"] = "_"
            return outputs

    stand_in(monkeypatch, Odd())
    assert spigot("parse", text, "-o", tmp_path / "out.sdp") == 1
    assert f"{text}, line 2: " in caplog.text and "has the label '_'" in caplog.text
    sentences = list(read_sentences(tmp_path / "out.sdp", "sdp"))
    assert [len(sentence.words) for sentence in sentences] == [4, 1]


def test_many_reports_are_cut_short(asked, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(parse_input, "MAX_SHOWN", 2)
    lines = ["no JSON"] * 5 + ['{"words": ["One"]}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert spigot("parse", tmp_path / "a.jsonl", "-o", tmp_path / "out.jsonl") == 1
    assert len(caplog.records) == 3
    assert caplog.records[-1].getMessage() == (
        "Further sentences that are left out are only counted."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (" \n\n", "a.txt: there is no sentence. Check"),
        ("bad\n\nbad\n", "a.txt: none of 2 sentences could be parsed; nothing was written."),
    ],
)
def test_without_a_sentence_nothing_is_written(asked, tmp_path, caplog, capsys, content, message):
    (tmp_path / "a.txt").write_text(content, encoding="utf-8")
    assert spigot("parse", tmp_path / "a.txt", "-o", tmp_path / "out.jsonl") == 2
    assert message in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["a.txt"]


def test_after_an_error_the_output_is_as_it_was(monkeypatch, text, tmp_path):
    class Broken(StandIn):
        def predict(self, sentences, keep_errors):
            yield from list(super().predict(sentences, keep_errors))[:2]
            raise KeyError("a bug")

    stand_in(monkeypatch, Broken())
    output = tmp_path / "out.jsonl"
    output.write_text("old", encoding="utf-8")
    with pytest.raises(KeyError):
        spigot("parse", text, "-o", output)
    assert output.read_text(encoding="utf-8") == "old"
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "out.jsonl"]


def test_sentences_are_written_while_others_are_read(monkeypatch, tmp_path):
    """None is held but those that the parser holds."""
    (tmp_path / "a.txt").write_text("a b c\n\n" * 5, encoding="utf-8")
    events = []

    class Watching(StandIn):
        def words(self, text):
            events.append("read")
            return super().words(text)

    stand_in(monkeypatch, Watching())
    original = parse.open_parses

    def watching(*arguments):
        manager = original(*arguments)
        write = manager.__enter__()

        class Manager:
            def __enter__(self):
                return lambda *parsed: events.append("write") or write(*parsed)

            def __exit__(self, *error):
                return manager.__exit__(*error)

        return Manager()

    monkeypatch.setattr(parse, "open_parses", watching)
    assert spigot("parse", tmp_path / "a.txt", "-o", tmp_path / "out.jsonl") == 0
    assert events == ["read", "write"] * 5


def test_what_the_format_has_no_place_for_is_said(monkeypatch, asked, text, tmp_path, capsys):
    lost = {}
    for target in TARGETS[:-2]:
        output = tmp_path / "out"
        if target != "parquet":
            assert spigot("parse", text, "-o", output, "--to", target) == 0
            lines = capsys.readouterr().err.splitlines()
            lost[target] = lines[1] if len(lines) > 1 else ""
    assert lost["sdp"] == "Not written, as sdp has no place for it: trees."
    assert lost["conllx"] == "Not written, as conllx has no place for it: arcs, top nodes."
    assert lost["conll09"] == "Not written, as conll09 has no place for it: top nodes."
    assert lost["conllu"] == lost["sdp_augmented"] == lost["jsonl"] == lost["tsv"] == ""


@pytest.mark.parametrize(
    ("name", "content", "source"),
    [
        ("a.txt", "Dogs bark.", "text"),
        ("a", "1 2 3\n", "text"),
        ("a.txt", "[Music] Dogs bark.", "text"),
        ("a.txt", "{Dogs} bark.", "text"),
        ("a.txt", "(2 dogs) bark (3 times).", "text"),
        ("a.txt", "", "text"),
        ("a.txt", "# Title\n\nDogs", "text"),
        ("a.txt", '{"words": ["Dogs"]}', "jsonl"),
        ("a.txt", '[\n{"words": ["Dogs"]}]', "jsonl"),
        ("a.txt", "\n# sent_id = 1\n1\tDogs" + "\t_" * 8 + "\n", "conllu"),
        ("a.jsonl", "no JSON", "jsonl"),
        ("a.json", "1\tDogs" + "\t_" * 8 + "\n", "conllx"),
        ("a.conllu", "1\tDogs" + "\t_" * 8 + "\n", "conllu"),
    ],
)
def test_what_a_file_holds(tmp_path, name, content, source):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert source_of(str(tmp_path / name), None) == source
    assert source_of(str(tmp_path / name), "lines") == "lines"


def test_trees_with_sentiment_are_not_taken_for_text(tmp_path):
    (tmp_path / "a.txt").write_text("\n(3 (2 Dogs) (3 (3 rock) (2 .)))\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"a\.txt: these are trees .* --use-dataset-reader"):
        source_of(str(tmp_path / "a.txt"), None)
    assert source_of(str(tmp_path / "a.txt"), "text") == "text"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Dogs bark.\nCats do.\n".encode("utf-16"), "a.txt: the file is UTF-16, not UTF-8."),
        (b"PK\x03\x04\n\xff\n\nDogs bark.\n", "a.txt: the file is compressed by zip."),
    ],
)
def test_a_file_that_is_no_text_is_not_parsed_in_part(asked, tmp_path, capsys, content, message):
    (tmp_path / "a.txt").write_bytes(content)
    assert spigot("parse", tmp_path / "a.txt", "-o", tmp_path / "out.jsonl") == 2
    assert message in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_corpus_by_its_name_that_is_none(tmp_path):
    (tmp_path / "a.conllu").write_text("Dogs bark.\n", encoding="utf-8")
    with pytest.raises(FormatError, match="no format has a sentence like this one"):
        source_of(str(tmp_path / "a.conllu"), None)


@pytest.mark.parametrize(
    ("path", "named", "target"),
    [
        ("-", None, "jsonl"),
        ("-", "tsv", "tsv"),
        ("a.conllu.gz", None, "conllu"),
        ("a.TSV", None, "tsv"),
        ("a.tsv.xz", None, "tsv"),
        ("a.htm", None, "html"),
        ("a.txt", "sdp", "sdp"),
        ("a.parquet", None, "parquet"),
    ],
)
def test_what_is_written(path, named, target):
    assert target_of(path, named) == target


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.txt"], "nowhere.txt: there is no such file."),
        ([__file__, "-o", "a.doc"], "the format to write is not known from the name a.doc."),
        ([__file__, "--to", "parquet"], "-: Parquet is written to a file"),
        ([__file__, "-o", "a.parquet.gz"], "a.parquet.gz: Parquet is written to a file"),
    ],
)
def test_errors_come_before_a_model_is_loaded(asked, capsys, arguments, message):
    assert spigot("parse", *arguments) == 2
    assert one_error(capsys, "parse").startswith(message)
    assert asked == []


def test_without_torch_the_error_says_what_to_do(monkeypatch, text, capsys):
    def fail(name):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(parse, "import_module", fail)
    assert spigot("parse", text) == 2
    assert one_error(capsys, "parse").startswith("there is no torch, which parsing needs. `spigot")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_bar_on_a_terminal_only(asked, text, tmp_path, monkeypatch, is_terminal):
    class Stream(io.StringIO):
        def isatty(self):
            return is_terminal

    stream = Stream()
    monkeypatch.setattr(sys, "stderr", stream)
    assert spigot("parse", text, "-o", tmp_path / "out.jsonl") == 0
    assert (" sentences/s" in stream.getvalue()) == is_terminal


def test_the_help_needs_no_model(tmp_path):
    result = run_python("-m", "bilexical", "parse", "--help", cwd=tmp_path)
    assert result.returncode == 0 and "--spacy-model" in result.stdout


class Classifier(StandIn):
    layers = ("heads", "deprels", "label")

    def _outputs(self, length):
        return {"heads": [0] * length, "deprels": ["dep"] * length, "label": "7"}


@pytest.mark.parametrize("target", ["conllu", "conllx"])
def test_a_predicted_class_is_no_class_of_the_corpus(target, tmp_path, capsys, monkeypatch):
    stand_in(monkeypatch, Classifier())
    row = "1\tYes\t_\tX\t_\t_\t0\troot\t_\t_"
    (tmp_path / "in.conllu").write_text(f"# label = 3\n{row}\n\n", encoding="utf-8")
    output = tmp_path / "out"
    assert spigot("parse", tmp_path / "in.conllu", "-o", output, "--to", target) == 0
    classes = re.findall("label.*", output.read_text(encoding="utf-8"))
    assert classes == (["label = 7"] if target == "conllu" else [])
    assert ("no place for it: label" in capsys.readouterr().err) == (target == "conllx")
