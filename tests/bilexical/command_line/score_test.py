import gzip
import json
import lzma
import re

import pytest

from tests import FIXTURES_ROOT
from tests.bilexical.command_line.console import one_error, spigot

SCORER = FIXTURES_ROOT / "scorer"
GRAPHS = FIXTURES_ROOT / "graphs.sdp"
TREES = FIXTURES_ROOT / "trees.conllu"


@pytest.mark.parametrize(
    ("expected", "options"),
    [
        ("DM", ["--representation", "dm"]),
        ("PAS", ["--representation", "PAS"]),
        ("PSD", ["--representation", "Psd"]),
        ("DM_nopunct", ["--exclude-punctuation", "--representation", "DM"]),
    ],
)
def test_the_output_is_that_of_the_official_scorer(capsys, monkeypatch, expected, options):
    monkeypatch.chdir(SCORER)
    assert spigot("score", "gold.sdp", "system.sdp", *options) == 0
    expected_text = (SCORER / f"expected_{expected}.txt").read_text(encoding="utf-8")
    assert capsys.readouterr().out == expected_text


def test_without_a_representation_all_arguments_are_core(capsys, monkeypatch):
    monkeypatch.chdir(SCORER)
    assert spigot("score", "gold.sdp", "system.sdp") == 0
    text = (SCORER / "expected_DM.txt").read_text(encoding="utf-8")
    assert "Representation type: DM\n" + capsys.readouterr().out == text


def figures(text, block):
    """The scores of one block of the report."""
    lines = text.split("\n## ")[block]
    return {
        name: float(value) for name, value in re.findall(r"^([LUPF][PRFM]): (\S+)$", lines, re.M)
    }


@pytest.mark.parametrize("layout", ["graphs.sdp", "graphs.sdpx", "graphs_2014.sdp"])
@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress])
def test_every_layout_compressed_or_not(capsys, tmp_path, layout, compress):
    content = (FIXTURES_ROOT / layout).read_bytes()
    # One top node is missed, and one label is another.
    content = content.replace(b"\t+\t-", b"\t-\t-").replace(b"\tloc\t", b"\ttemp\t")
    (tmp_path / "system").write_bytes(compress(content))
    assert spigot("score", GRAPHS, tmp_path / "system") == 0
    text = capsys.readouterr().out
    assert figures(text, 1)["LF"] == pytest.approx(2 * 19 / (21 + 20), abs=1e-6)
    assert figures(text, 2)["LF"] == pytest.approx(14 / 15, abs=1e-6)
    assert figures(text, 2)["UF"] == 1.0


def test_graphs_as_json(capsys, monkeypatch):
    monkeypatch.chdir(SCORER)
    options = ("--representation", "pas", "--exclude-punctuation")
    assert spigot("score", "gold.sdp", "system.sdp", *options) == 0
    report = capsys.readouterr().out
    assert spigot("score", "gold.sdp", "system.sdp", *options, "--format", "json") == 0
    output = json.loads(capsys.readouterr().out)
    assert output["gold"] == "gold.sdp" and output["system"] == "system.sdp"
    assert output["representation"] == "PAS" and output["exclude_punctuation"] is True
    for block, key in ((1, "including_tops"), (2, "excluding_tops")):
        printed = figures(report, block)
        assert len(printed) == 14
        assert {name: output[key][name] for name in printed} == pytest.approx(printed, abs=1e-6)
    rows = dict(re.findall(r"^(\S+),(\d+),\d+,\S+,\S+$", report.split("\n## ")[1], re.MULTILINE))
    counted = {**output["including_tops"]["labels"], **output["including_tops"]["lengths"]}
    assert {name: str(matches["gold"]) for name, matches in counted.items()} == rows


def test_nothing_is_ever_not_a_number(capsys, tmp_path):
    (tmp_path / "empty.sdp").write_text("#1\n1\tOh\toh\tUH\t-\t-\t_\n\n", encoding="utf-8")
    assert spigot("score", tmp_path / "empty.sdp", tmp_path / "empty.sdp") == 0
    text = capsys.readouterr().out
    assert "NaN" not in text and "\nLF: 0.000000\n" in text and "\nLM: 1.000000\n" in text
    assert spigot("score", "--help") == 0
    assert "nothing to divide by" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["trees.conllu", "trees.conllx"])
def test_trees(capsys, tmp_path, name):
    content = (FIXTURES_ROOT / name).read_text(encoding="utf-8")
    # Of the first sentence the punctuation's head, of the second a label.
    content = content.replace("\t6\tpunct\t", "\t5\tpunct\t").replace("\tobl\t", "\tnmod\t")
    (tmp_path / "system").write_text(content, encoding="utf-8")
    assert spigot("score", FIXTURES_ROOT / name, tmp_path / "system") == 0
    report = capsys.readouterr().out
    assert spigot("score", FIXTURES_ROOT / name, tmp_path / "system", "--format", "json") == 0
    output = json.loads(capsys.readouterr().out)
    words, sentences = output["words"], output["sentences"]
    assert (words, sentences) == ((41, 8) if name == "trees.conllu" else (30, 6))
    assert output["UAS"] == (words - 1) / words and output["LAS"] == (words - 2) / words
    assert output["UAS_without_punctuation"] == 1.0
    assert output["UEM"] == (sentences - 1) / sentences
    assert output["LEM"] == (sentences - 2) / sentences
    assert output["relations"]["obl"]["recall"] == 0.0
    assert f"\nLAS: {output['LAS']:.6f}\n" in report
    assert "\nobl,1,0,0.000000,0.000000\n" in report


def test_trees_of_roles(capsys):
    roles = FIXTURES_ROOT / "roles.conll09"
    assert spigot("score", roles, roles) == 0
    assert "\nNumber of words: 21\n\nUAS: 1.000000\n" in capsys.readouterr().out


def changed(tmp_path, original, old, new):
    text = original.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / f"changed{original.suffix}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("original", "old", "new", "problem"),
    [
        (GRAPHS, "#invented-2", "#other", "sentence 2 is 'invented-2' in the gold standard (line "),
        (GRAPHS, "3\tarrived", "3\tarrives", "word 3 of sentence 2 ('invented-2') is 'arrived' in"),
        (GRAPHS, "#invented-3\n1\tThanks\tthanks\tUH\t+\t-\t_\n\n", "", "sentence 3 is"),
        (TREES, "invented-5", "invented-9", "sentence 5 is 'invented-5' in the gold standard"),
        (TREES, "\tThanks\t", "\tThank\t", "word 1 of sentence 3 ('invented-3') is 'Thanks' in"),
        (
            TREES,
            "\tThanks\tthanks\tINTJ\tUH\t_\t0\troot\t0:root\t_\n",
            "\tThanks\tthanks\tINTJ\tUH\t_\t0\troot\t0:root\t_\n2\t!\t!\tX\t.\t_\t1\tx\t1:x\t_\n",
            "sentence 3 ('invented-3') has 1 words in the gold standard (line 25) and 2 in the",
        ),
    ],
)
def test_sentences_that_do_not_match_are_refused(capsys, tmp_path, original, old, new, problem):
    assert spigot("score", original, changed(tmp_path, original, old, new)) == 2
    assert one_error(capsys, "score").startswith(problem)


@pytest.mark.parametrize("original", [GRAPHS, TREES])
def test_files_of_different_length_are_refused(capsys, tmp_path, original):
    blocks = original.read_text(encoding="utf-8").split("\n\n")
    path = tmp_path / original.name
    path.write_text("\n\n".join(blocks[:2]) + "\n\n", encoding="utf-8")
    assert spigot("score", original, path) == 2
    message = one_error(capsys, "score")
    assert message.startswith("the system output ends before sentence 3 ('invented-3') of the gold")
    assert spigot("score", path, original) == 2
    message = one_error(capsys, "score")
    assert message.startswith("the gold standard ends before sentence 3 ('invented-3')")


def test_what_cannot_be_compared_is_refused(capsys, tmp_path):
    assert spigot("score", GRAPHS, TREES) == 2
    message = one_error(capsys, "score")
    assert f"{GRAPHS} is sdp and {TREES} is conllu" in message and "spigot convert" in message
    (tmp_path / "a.jsonl").write_text('{"words": ["x"]}\n', encoding="utf-8")
    assert spigot("score", tmp_path / "a.jsonl", tmp_path / "a.jsonl") == 2
    assert "a.jsonl is jsonl" in one_error(capsys, "score")
    assert spigot("score", "-", "-") == 2
    assert one_error(capsys, "score") == "only one of the two files can be standard input."
    assert spigot("score", TREES, TREES, "--representation", "dm") == 2
    assert "are for graphs, not trees" in one_error(capsys, "score")
    assert spigot("score", GRAPHS, GRAPHS, "--representation", "eds") == 2
    assert "'EDS' (choose from" in capsys.readouterr().err


def test_an_error_in_a_file_names_its_line(capsys, tmp_path):
    assert spigot("score", GRAPHS, changed(tmp_path, GRAPHS, "4\tshe", "four\tshe")) == 2
    assert "changed.sdp, line 6: column 1 (id) is 'four'" in one_error(capsys, "score")
