import gzip
import json
import os

import pytest

from bilexical.formats.conll import read_conll
from bilexical.formats.enhanced import with_enhanced_graph
from bilexical.formats.sdp import read_sdp
from tests import FIXTURES_ROOT
from tests.bilexical.command_line.console import one_error, spigot

GRAPHS = FIXTURES_ROOT / "graphs.sdp"
AUGMENTED = FIXTURES_ROOT / "graphs.sdpx"
TREES = FIXTURES_ROOT / "trees.conllu"
ROLES = FIXTURES_ROOT / "roles.conll09"


def test_the_layouts_of_graphs(capsys, tmp_path):
    """The fixtures are the same graphs in the three layouts."""
    assert spigot("convert", AUGMENTED, tmp_path / "a.sdp") == 0
    assert (tmp_path / "a.sdp").read_bytes() == GRAPHS.read_bytes()
    assert capsys.readouterr().err == (
        f"6 sentences from {AUGMENTED} (sdp_augmented) to {tmp_path / 'a.sdp'} (sdp).\n"
        "Left out, as sdp has no place for them: trees: 6.\n"
    )
    assert spigot("convert", GRAPHS, tmp_path / "b.sdp", "--to", "sdp_2014") == 0
    assert (tmp_path / "b.sdp").read_bytes() == (FIXTURES_ROOT / "graphs_2014.sdp").read_bytes()
    assert (
        "sdp_2014 has no place for them: senses: 12, senses of words that are no predicates: 5."
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("path", [GRAPHS, AUGMENTED, TREES, ROLES], ids=lambda path: path.name)
def test_one_format_stays_as_it_is(capsys, tmp_path, path):
    target = tmp_path / path.name
    assert spigot("convert", path, target) == 0
    assert target.read_bytes() == path.read_bytes()
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_graphs_as_enhanced_dependencies(tmp_path):
    assert spigot("convert", AUGMENTED, tmp_path / "a.conllu") == 0
    for sentence, original in zip(read_conll(tmp_path / "a.conllu"), read_sdp(AUGMENTED)):
        graph, _ = with_enhanced_graph(sentence, "file")
        assert sorted(graph.arcs) == sorted(original.arcs)
        assert [word.is_top for word in graph.words] == [word.is_top for word in original.words]
        assert [word.head for word in graph.words] == [word.head for word in original.words]
        assert graph.id == original.id


def test_enhanced_dependencies_as_json(capsys):
    assert spigot("convert", TREES, "-", "--to", "jsonl") == 0
    first, *_ = map(json.loads, capsys.readouterr().out.splitlines())
    assert list(first) == [
        *("id", "words", "lemmas", "pos", "upos", "feats", "deprels", "heads", "arcs", "tops")
    ]
    assert first["tops"] == [6] and first["heads"][:3] == [2, 6, 5]
    assert {"head": 2, "modifier": 5, "label": "acl:relcl"} in first["arcs"]


def test_roles_as_json_and_back(capsys, tmp_path):
    assert spigot("convert", ROLES, tmp_path / "a.jsonl") == 0
    err = capsys.readouterr().err
    assert "jsonl has no place for them: values of PLEMMA, PPOS, PFEAT, PHEAD and PDEPREL" in err
    first, *_ = map(json.loads, (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines())
    assert first["frames"] == [None, "cook.02", None, None, "hire.01", "leave.01", None]
    assert {"head": 2, "modifier": 2, "label": "A0"} in first["arcs"]
    assert spigot("convert", tmp_path / "a.jsonl", tmp_path / "b.conll09") == 0
    # Back again, but for what programs had predicted.
    expected = [line.split("\t") for line in ROLES.read_text(encoding="utf-8").split("\n")]
    for row in expected:
        for column in (3, 5, 7, 9, 11):
            if row[1:]:
                row[column] = "_"
    text = "\n".join("\t".join(row) for row in expected)
    assert (tmp_path / "b.conll09").read_text(encoding="utf-8") == text


def test_standard_output_and_compression(capsys, tmp_path):
    assert spigot("convert", GRAPHS, tmp_path / "a.sdpx.gz") == 0
    assert spigot("convert", tmp_path / "a.sdpx.gz", "-", "--to", "sdp") == 0
    captured = capsys.readouterr()
    assert captured.out == GRAPHS.read_text(encoding="utf-8")
    assert captured.err.endswith(" (sdp_augmented) to - (sdp).\n")
    with gzip.open(tmp_path / "a.sdpx.gz", "rt", encoding="utf-8") as file:
        assert file.readline() == "#invented-1\n"


def test_a_file_in_place_of_itself(tmp_path):
    path = tmp_path / "a.sdp"
    path.write_bytes(AUGMENTED.read_bytes())
    assert spigot("convert", path, path) == 0
    assert path.read_bytes() == GRAPHS.read_bytes()


def test_after_an_error_the_output_is_as_it_was(capsys, tmp_path):
    text = AUGMENTED.read_text(encoding="utf-8").replace("\n1\tRain\t", "\n1\t\t")
    (tmp_path / "bad.sdpx").write_text(text, encoding="utf-8")
    (tmp_path / "old.sdp").write_text("old", encoding="utf-8")
    for name in ("old.sdp", "new.sdp"):
        assert spigot("convert", tmp_path / "bad.sdpx", tmp_path / name) == 2
        message = one_error(capsys, "convert")
        assert message.startswith(f"{tmp_path / 'bad.sdpx'}, line 30: column 2 of 12 is empty.")
        assert message.endswith(f"(4 sentences were read; {tmp_path / name} was not written.)")
    assert (tmp_path / "old.sdp").read_text(encoding="utf-8") == "old"
    assert sorted(os.listdir(tmp_path)) == ["bad.sdpx", "old.sdp"]
    assert spigot("convert", tmp_path / "bad.sdpx", "-", "--to", "sdp") == 2
    captured = capsys.readouterr()
    assert captured.out.count("\n\n") == 4
    assert captured.err.endswith("(4 sentences were read; what comes before is written.)\n")


def test_a_label_that_cannot_be_written_is_an_error(capsys, tmp_path):
    arcs = [{"head": 1, "modifier": 2, "label": "a|b"}]
    line = json.dumps({"words": ["x", "y"], "arcs": arcs})
    (tmp_path / "a.jsonl").write_text(line, encoding="utf-8")
    assert spigot("convert", tmp_path / "a.jsonl", tmp_path / "a.conllu") == 2
    assert "has the label 'a|b', which conllu cannot write" in one_error(capsys, "convert")
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_an_unknown_ending_asks_for_the_format(capsys, tmp_path):
    for name in (tmp_path / "a.txt", "-"):
        assert spigot("convert", GRAPHS, name) == 2
        message = one_error(capsys, "convert")
        assert message.endswith("sdp, sdp_augmented, sdp_2014, conllu, conllx, conll09, jsonl.")
    assert spigot("convert", GRAPHS, "-", "--to", "amr") == 2
    assert "invalid choice: 'amr'" in capsys.readouterr().err
