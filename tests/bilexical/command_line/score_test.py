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
        (GRAPHS, "3\tarrived", "3\tarrives", "word 3 of sentence 2 ('invented-2') is 'arrives'"),
        (
            GRAPHS,
            "#invented-3\n1\tThanks\tthanks\tUH\t+\t-\t_\n\n",
            "",
            "word 1 of sentence 3 ('invented-4', there 'invented-3') is 'Oh', but 'Thanks' in",
        ),
        (TREES, "\tThanks\t", "\tThank\t", "word 1 of sentence 3 ('invented-3') is 'Thank', but"),
        (
            TREES,
            "\tThanks\tthanks\tINTJ\tUH\t_\t0\troot\t0:root\t_\n",
            "\tThanks\tthanks\tINTJ\tUH\t_\t0\troot\t0:root\t_\n2\t!\t!\tX\t.\t_\t1\tx\t1:x\t_\n",
            "word 2 of sentence 3 ('invented-3') is '!', but missing in",
        ),
    ],
)
def test_sentences_that_do_not_match_are_refused(capsys, tmp_path, original, old, new, problem):
    path = changed(tmp_path, original, old, new)
    assert spigot("score", original, path) == 2
    message = one_error(capsys, "score")
    assert message.startswith(f"{path}, line ") and f": {problem}" in message
    assert f" in {original}, line " in message


@pytest.mark.parametrize("original", [GRAPHS, TREES])
def test_sentences_are_matched_by_their_words(capsys, tmp_path, caplog, original):
    path = changed(tmp_path, original, "invented-2", "other")
    assert spigot("score", original, path) == 0
    report = capsys.readouterr().out.replace(str(path), str(original))
    assert f"{path}: 1 sentences have another id than in {original}" in caplog.text
    assert spigot("score", original, original) == 0
    assert capsys.readouterr().out == report


@pytest.mark.parametrize("original", [GRAPHS, TREES])
def test_files_of_different_length_are_refused(capsys, tmp_path, original):
    blocks = original.read_text(encoding="utf-8").split("\n\n")
    path = tmp_path / original.name
    path.write_text("\n\n".join(blocks[:2]) + "\n\n", encoding="utf-8")
    assert spigot("score", original, path) == 2
    message = one_error(capsys, "score")
    assert message.startswith(
        f"{path}: the file ends before sentence 3 ('invented-3') of {original}, line "
    )
    assert spigot("score", path, original) == 2
    message = one_error(capsys, "score")
    assert message.startswith(f"{path}: the file ends before sentence 3 ('invented-3') of")


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
    assert spigot("score", GRAPHS, GRAPHS, "--ud") == 2
    assert one_error(capsys, "score") == "--ud is for trees, not graphs."
    assert spigot("score", GRAPHS, GRAPHS, "--representation", "eds") == 2
    assert "'EDS' (choose from" in capsys.readouterr().err


def test_an_error_in_a_file_names_its_line(capsys, tmp_path):
    assert spigot("score", GRAPHS, changed(tmp_path, GRAPHS, "4\tshe", "four\tshe")) == 2
    assert "changed.sdp, line 6: column 1 (id) is 'four'" in one_error(capsys, "score")


def test_senses_of_the_input_are_not_scored(capsys, tmp_path):
    """As `allennlp predict` leaves them in a file that is read by the dataset reader."""
    path = changed(tmp_path, GRAPHS, "\tloc", "\ttemp")
    for options in ([], ["--format", "json"]):
        assert spigot("score", GRAPHS, path, *options) == 0
        text = capsys.readouterr().out
        assert "of the system output are the gold standard's" in text and "FF" not in text
        assert spigot("score", GRAPHS, path, "--score-copied", *options) == 0
        assert "FF" in capsys.readouterr().out


SUBTYPED = [("nsubj", "nsubj:pass"), ("obl", "obl:tmod"), ("acl:relcl", "acl")]


def test_relations_without_subtypes(capsys, tmp_path):
    text = TREES.read_text(encoding="utf-8")
    for relation, other in SUBTYPED:
        assert f"\t{relation}\t" in text
        text = text.replace(f"\t{relation}\t", f"\t{other}\t")
    path = tmp_path / "system.conllu"
    path.write_text(text, encoding="utf-8")
    assert spigot("score", TREES, path) == 0
    assert "LAS: 1.000000" not in capsys.readouterr().out
    assert spigot("score", TREES, path, "--ud") == 0
    report = capsys.readouterr().out
    assert "LAS: 1.000000" not in report
    for name in ("UAS", "LAS", "ELAS", "EULAS", "CLAS"):
        assert f"\n{name:11}|    100.00 |    100.00 |    100.00\n" in report
    assert spigot("score", TREES, path, "--ud", "--format", "json") == 0
    output = json.loads(capsys.readouterr().out)
    assert output["LAS"] < 1 and output["ud"]["LAS"]["f1"] == output["ud"]["CLAS"]["f1"] == 1.0
    assert spigot("score", "--help") == 0
    assert "of Universal Dependencies, without them, is printed by --ud" in " ".join(
        capsys.readouterr().out.split()
    )


def test_only_conllu_has_enhanced_graphs(capsys):
    """Column 9 of CoNLL-X is PHEAD."""
    conllx = FIXTURES_ROOT / "trees.conllx"
    assert spigot("score", conllx, conllx, "--ud") == 0
    report = capsys.readouterr().out
    assert "\nCLAS       |    100.00 |" in report and "\nELAS  " not in report
    assert "ELAS and EULAS are not scored: only two files of CoNLL-U have" in report


def test_a_word_that_is_its_own_argument_in_conllu(capsys, tmp_path):
    path = tmp_path / "own.conllu"
    path.write_text("1\tGo\t_\t_\t_\t_\t0\troot\t0:root|1:dep\t_\n\n", encoding="utf-8")
    assert spigot("score", path, path, "--ud") == 0
    report = capsys.readouterr().out
    assert "\nELAS       |    100.00 |" in report and "left out: gold 1, system 1." in report


@pytest.mark.parametrize("original", [GRAPHS, TREES])
def test_partial_output(capsys, tmp_path, original):
    blocks = original.read_text(encoding="utf-8").split("\n\n")[:-1]
    paths = [tmp_path / name for name in ("gold", "system", "rest")]
    chosen = (blocks, [blocks[4], *blocks[1:4]], blocks[1:5])
    for path, part in zip(paths, chosen):
        path.write_text("\n\n".join(part) + "\n\n", encoding="utf-8")
    assert spigot("score", paths[0], paths[1]) == 2
    capsys.readouterr()
    assert spigot("score", paths[0], paths[1], "--partial") == 0
    report = capsys.readouterr().out
    missing = len(blocks) - 4
    assert "\nPartial: 4 sentences are scored.\n" in report
    assert f"\nPartial: {missing} sentences are missing from the system output: 1 (inv" in report
    assert spigot("score", paths[2], paths[2]) == 0
    whole = capsys.readouterr().out
    assert report.split("\n## ")[1:] == whole.split("\n## ")[1:]
    assert spigot("score", paths[0], paths[1], "--partial", "--format", "json") == 0
    output = json.loads(capsys.readouterr().out)
    assert output["partial"]["scored"] == 4 and len(output["partial"]["missing"]) == 1


def test_sentences_without_trees_are_left_out_of_a_partial_score(capsys, tmp_path):
    row = "1\tGo\t_\t_\t_\t_\t{}\t_\t_\n\n"
    paths = [tmp_path / "gold.conllu", tmp_path / "system.conllu"]
    for path, heads in zip(paths, (["0\troot"] * 2, ["0\troot", "_\t_"])):
        path.write_text("".join(map(row.format, heads)), encoding="utf-8")
    assert spigot("score", *paths) == 2
    assert "--partial leaves the others out." in one_error(capsys, "score")
    assert spigot("score", *paths, "--partial", "--ud") == 0
    report = capsys.readouterr().out
    assert "Partial: 1 sentences have no tree in the system output: 2." in report
    assert "\nUAS: 1.000000" in report


def test_trees_of_the_input_are_not_scored(capsys, tmp_path):
    """As a graph parser may leave them beside its own DEPS."""
    path = changed(tmp_path, TREES, "\t2:det\t", "\t2:dep\t")
    assert spigot("score", TREES, path, "--ud") == 0
    report = capsys.readouterr().out
    assert "Trees are not scored: all trees of the system output are the gold" in report
    assert "UAS" not in report and "LAS: " not in report and "\nELAS       |" in report
    assert spigot("score", TREES, path, "--ud", "--format", "json") == 0
    output = json.loads(capsys.readouterr().out)
    assert set(output["ud"]) == {"ELAS", "EULAS", "own_arguments"} and "UAS" not in output
    assert output["not_scored"].startswith("all trees")
    assert spigot("score", TREES, path, "--score-copied") == 0
    assert "\nUAS: 1.000000" in capsys.readouterr().out
