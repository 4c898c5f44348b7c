import io
import json
import shutil
from os import terminal_size
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bilexical.command_line.main import main
from bilexical.formats.corpus_files import read_sentences
from tests import FIXTURES_ROOT


@pytest.fixture
def predictions(tmp_path):
    """What a model may have predicted for two sentences, as `allennlp predict` writes it."""
    outputs = [
        {
            "id": "20",
            "words": ["Dogs", "bark", "<&>"],
            "heads": [2, 0, 2],
            "deprels": ["nsubj", "root", "punct"],
            "arcs": [{"head": 2, "modifier": 1, "label": "ARG1"}],
            "tops": [2],
        },
        {"id": "21", "words": ["Stop"], "heads": [0], "deprels": ["root"]},
    ]
    path = tmp_path / "predictions.jsonl"
    path.write_text("".join(json.dumps(output) + "\n" for output in outputs), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name, num_pictures",
    [
        (path.name, len(list(read_sentences(path, file_format))))
        for path, file_format in [
            (FIXTURES_ROOT / "graphs.sdp", "sdp"),
            (FIXTURES_ROOT / "graphs.sdpx", "sdp_augmented"),
            (FIXTURES_ROOT / "graphs_2014.sdp", "sdp_2014"),
            (FIXTURES_ROOT / "trees.conllu", "conllu"),
            (FIXTURES_ROOT / "trees.conllx", "conllx"),
            (FIXTURES_ROOT / "roles.conll09", "conll09"),
        ]
    ],
)
def test_every_format(name, num_pictures, tmp_path):
    output = tmp_path / "page.html"
    assert main(["draw", str(FIXTURES_ROOT / name), "-o", str(output)]) == 0
    text = output.read_text(encoding="utf-8")
    assert text.count("<svg") == num_pictures > 0
    # The file against itself: all of it is right.
    assert main(["draw", str(FIXTURES_ROOT / name), "--against", str(FIXTURES_ROOT / name)]) == 0


def test_page(predictions, tmp_path):
    output = tmp_path / "page.html"
    assert main(["draw", str(predictions), "-o", str(output)]) == 0
    text = output.read_text(encoding="utf-8")
    assert "<h2>Sentence 1 (20)</h2>" in text and "<h2>Sentence 2 (21)</h2>" in text
    assert "3 words, 1 arc, 1 top node" in text
    assert "&lt;&amp;&gt;" in text and "<&>" not in text


def test_figure(predictions, tmp_path):
    output = tmp_path / "figure.svg"
    assert main(["draw", str(predictions), "-o", str(output), "--sentences", "21"]) == 0
    root = ElementTree.parse(output).getroot()
    assert "Stop" in list(root.itertext())


def test_terminal(predictions, capsys):
    assert main(["draw", str(predictions), "--sentences", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "Sentence 2 (21): 1 word",
        "root",
        "  ▼",
        "Stop",
    ]


def test_a_terminal_that_is_too_narrow(predictions, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: terminal_size((12, 24)))
    assert main(["draw", str(predictions)]) == 0
    output = capsys.readouterr().out
    assert "columns and the terminal has 12" in output and "-o page.html" in output
    assert "Stop" in output and "Dogs" not in output


@pytest.mark.parametrize(
    "num_words, num_arcs, width, reason",
    [
        (401, 0, None, "401 words with 401 arcs are too many to draw in characters"),
        (70, 1931, None, "70 words with 2001 arcs are too many to draw in characters"),
        # Words of one column and 59 gaps of two.
        (60, 0, 177, "The drawing takes at least 178 columns and the terminal has 177"),
    ],
)
def test_what_is_too_long_is_not_even_laid_out(
    tmp_path, capsys, monkeypatch, num_words, num_arcs, width, reason
):
    def refuse(picture):
        raise AssertionError

    monkeypatch.setattr("bilexical.command_line.draw.terminal_drawing", refuse)
    if width is not None:
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        monkeypatch.setattr(shutil, "get_terminal_size", lambda: terminal_size((width, 24)))
    pairs = [(m, h) for m in range(1, num_words + 1) for h in range(1, m)][:num_arcs]
    line = {
        "words": ["x"] * num_words,
        "heads": list(range(num_words)),
        "arcs": [{"modifier": m, "head": h, "label": "A"} for m, h in pairs],
    }
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert main(["draw", str(path)]) == 0
    output = capsys.readouterr().out
    assert reason in output and "-o page.html" in output


def test_standard_input(predictions, capsys, monkeypatch):
    bytes_in = io.TextIOWrapper(io.BytesIO(predictions.read_bytes()))
    monkeypatch.setattr("sys.stdin", bytes_in)
    assert main(["draw", "-", "--limit", "1"]) == 0
    assert "Sentence 1 (20): 3 words" in capsys.readouterr().out


def test_against(predictions, tmp_path, capsys):
    gold = tmp_path / "gold.jsonl"
    text = predictions.read_text(encoding="utf-8")
    gold.write_text(text.replace('"head": 2', '"head": 3'), encoding="utf-8")
    output = tmp_path / "page.html"
    arguments = ["draw", str(predictions), "--against", str(gold)]
    assert main([*arguments, "-o", str(output)]) == 0
    page = output.read_text(encoding="utf-8")
    assert "<h1>predictions.jsonl against gold.jsonl</h1>" in page
    assert "0 of 3 heads changed; UF 50.0, LF 50.0" in page
    assert "missing: only in gold.jsonl" in page
    # No head has changed, and no word is underlined.
    assert "underlined" not in page
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "+ARG1" in printed and "-ARG1" in printed
    assert "   - missing: only in gold.jsonl" in printed


def test_changed_heads_are_explained(tmp_path):
    gold, system, output = (tmp_path / name for name in ("gold.jsonl", "a.jsonl", "page.html"))
    gold.write_text('{"words": ["Dogs", "bark"], "heads": [2, 0]}\n', encoding="utf-8")
    system.write_text('{"words": ["Dogs", "bark"], "heads": [0, 1]}\n', encoding="utf-8")
    assert main(["draw", str(system), "--against", str(gold), "-o", str(output)]) == 0
    page = output.read_text(encoding="utf-8")
    assert "2 of 2 heads changed" in page and "Words with another head are underlined." in page


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["-o", "picture.png"], "picture.png: the name says neither page nor figure"),
        (["-o", "figure.svg"], "figure.svg: a figure has one picture, and there are 2 sentences"),
        (["--sentences", "3"], "no sentence has the id or the position '3'"),
        (
            ["--against", str(FIXTURES_ROOT / "graphs.sdp")],
            "word 1 of sentence 1 ('20', there 'invented-1') is",
        ),
        (["--against", "nowhere.sdp"], "nowhere.sdp: there is no such file"),
    ],
)
def test_errors(predictions, capsys, arguments, message):
    assert main(["draw", str(predictions), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("spigot draw: error: ") and message in error
    assert not Path("figure.svg").exists()


def test_a_stream_is_read_once(capsys):
    assert main(["draw", "-", "--against", "-"]) == 2
    assert "only one of the two files" in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", ""])
def test_limit_must_be_positive(predictions, capsys, limit):
    with pytest.raises(SystemExit):
        main(["draw", str(predictions), f"--limit={limit}"])
    assert f"--limit: must be a number from 1 up, not {limit!r}" in capsys.readouterr().err
