import gzip
import json
import os
import subprocess
import sys

import pytest

from bilexical.formats.conll import read_conll
from bilexical.formats.enhanced import with_enhanced_graph
from bilexical.formats.sdp import read_sdp
from tests import FIXTURES_ROOT
from tests.bilexical.command_line.console import environment, one_error, run_python, spigot

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
    assert "has the label 'a|b', but | separates arcs" in one_error(capsys, "convert")
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_an_unknown_ending_asks_for_the_format(capsys, tmp_path):
    for name in (tmp_path / "a.txt", "-"):
        assert spigot("convert", GRAPHS, name) == 2
        message = one_error(capsys, "convert")
        assert message.endswith("sdp, sdp_augmented, sdp_2014, conllu, conllx, conll09, jsonl.")
    assert spigot("convert", GRAPHS, "-", "--to", "amr") == 2
    assert "invalid choice: 'amr'" in capsys.readouterr().err


def test_the_ending_of_json_is_known(tmp_path):
    assert spigot("convert", GRAPHS, tmp_path / "a.json") == 0
    assert spigot("convert", tmp_path / "a.json", tmp_path / "b.sdp") == 0
    assert (tmp_path / "b.sdp").read_bytes() == GRAPHS.read_bytes()


HEADER = "#SDP 2015\n"
# Argument columns for three predicates make ten columns, and there are numbers where CoNLL-X has
# its heads.
NUMERIC_FRAMES = (
    "#1\n1\tDogs\tdog\tNNS\t-\t+\t2\t_\tARG1\t_\n2\tbark\tbark\tVBP\t+\t+\t0\t_\t_\t_\n"
    "3\tloudly\tloudly\tRB\t-\t+\t2\t_\tARG2\t_\n\n"
)


@pytest.mark.parametrize("header", [HEADER, ""])
def test_numbers_in_frame_do_not_make_trees(capsys, tmp_path, header):
    (tmp_path / "a").write_text(header + NUMERIC_FRAMES)
    assert spigot("convert", tmp_path / "a", tmp_path / "a.sdpx") == 0
    assert "(sdp)" in capsys.readouterr().err
    assert spigot("convert", tmp_path / "a.sdpx", tmp_path / "b.sdp") == 0
    assert (tmp_path / "b.sdp").read_text() == HEADER + NUMERIC_FRAMES


def test_digits_of_other_scripts_are_frames(tmp_path):
    text = AUGMENTED.read_text(encoding="utf-8").replace("v_1", "\u0967").replace("n_1", "\u0967")
    (tmp_path / "a.sdpx").write_text(text, encoding="utf-8")
    assert spigot("convert", tmp_path / "a.sdpx", tmp_path / "b.sdp") == 0
    assert spigot("convert", tmp_path / "b.sdp", tmp_path / "c.jsonl") == 0


def test_tags_that_look_like_flags_do_not_make_graphs(tmp_path):
    rows = [f"{n}\t{word}\t{word}\t+\t-\t-\n" for n, word in enumerate("abcdefg", 1)]
    (tmp_path / "a.sdp").write_text("#1\n" + "".join(rows) + "\n")
    assert spigot("convert", tmp_path / "a.sdp", tmp_path / "b.conll09") == 0
    assert spigot("convert", tmp_path / "b.conll09", tmp_path / "c.sdp", "--to", "sdp_2014") == 0
    assert (tmp_path / "c.sdp").read_text() == "#1\n" + "".join(rows) + "\n"


def test_from_and_to_always_win(capsys, tmp_path):
    """The same file as a graph and as a tree."""
    (tmp_path / "a.sdp").write_text(HEADER + NUMERIC_FRAMES)
    command = ["convert", tmp_path / "a.sdp", "-", "--to", "jsonl"]
    assert spigot(*command) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == ["2", "0", "2"]
    assert spigot(*command, "--from", "conllx") == 0
    assert json.loads(capsys.readouterr().out)["heads"] == [2, 0, 2]
    assert spigot(*command, "--from", "sdp_augmented") == 2
    assert "this sentence is in the layout sdp." in one_error(capsys, "convert")
    assert spigot("convert", tmp_path / "a.sdp", tmp_path / "b.conllu", "--to", "jsonl") == 0
    assert (tmp_path / "b.conllu").read_text().startswith("{")


def test_top_nodes_without_arcs_are_not_lost(capsys, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "1", "words": ["is"], "tops": [1]}')
    assert spigot("convert", tmp_path / "a.jsonl", "-", "--to", "conllu") == 0
    captured = capsys.readouterr()
    assert captured.out == "# sent_id = 1\n1\tis" + "\t_" * 6 + "\t0:root\t_\n\n"
    assert "Left out" not in captured.err


def test_an_id_with_a_tab(tmp_path):
    text = "# sent_id = a\tb\n1\tx" + "\t_" * 4 + "\t0\troot\t_\t_\n\n"
    (tmp_path / "a.conllu").write_text(text)
    for name in ("b.jsonl", "c.sdpx", "d.conllu"):
        before = sorted(tmp_path.iterdir())[-1]
        assert spigot("convert", before, tmp_path / name) == 0
    assert (tmp_path / "d.conllu").read_text() == text


def test_an_id_that_was_added_to_a_sentence_before_is_told(capsys, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"words": ["a"]}\n{"id": "1", "words": ["b"]}\n')
    assert spigot("convert", tmp_path / "a.jsonl", tmp_path / "b.conllu") == 0
    assert capsys.readouterr().err.endswith(
        "Ids that had been added to a sentence before, and so are there twice: 1. Give all "
        "sentences an id, or none.\n"
    )
    (tmp_path / "a.jsonl").write_text('{"id": "2", "words": ["a"]}\n{"words": ["b"]}\n')
    assert spigot("convert", tmp_path / "a.jsonl", tmp_path / "b.conllu") == 0
    assert capsys.readouterr().err.endswith("Added, as conllu asks for them: ids: 1.\n")


def test_half_a_character_under_a_further_key_names_the_line(capsys, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"words": ["a"]}\n{"words": ["b"], "note": "\\ud800"}\n')
    assert spigot("convert", tmp_path / "a.jsonl", tmp_path / "b.jsonl") == 2
    assert one_error(capsys, "convert").startswith(f"{tmp_path / 'a.jsonl'}, line 2: 'note' is ")


def test_an_id_that_would_be_a_header_is_refused(capsys, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": "SDP 2015", "words": ["is"]}')
    assert spigot("convert", tmp_path / "a.jsonl", tmp_path / "b.sdp") == 2
    assert "has the id 'SDP 2015', which in sdp is the header" in one_error(capsys, "convert")
    assert spigot("convert", tmp_path / "a.jsonl", tmp_path / "b.conllu") == 0


def test_white_space_is_replaced_where_conll_x_forbids_it(capsys, tmp_path):
    row = "1\t10 000\t10\u00a0000\tNUM\tCD\t_\t0\troot\t_\t_\n\n"
    (tmp_path / "a.conllu").write_text("# sent_id = 1\n" + row, encoding="utf-8")
    assert spigot("convert", tmp_path / "a.conllu", tmp_path / "b.conllx") == 0
    assert (tmp_path / "b.conllx").read_text() == "1\t10_000\t10_000" + row[
        len("1\t10 000\t10 000") :
    ]
    assert (
        "With _ for white space, which conllx forbids: values of form: 1, values of lemma: 1."
        in (capsys.readouterr().err)
    )


def test_files_with_byte_order_marks_put_together(capsys, tmp_path):
    text = "# sent_id = {}\n# text = Yes\n1\tYes" + "\t_" * 4 + "\t0\troot\t_\t_\n\n"
    both = "\ufeff" + text.format(1) + "\ufeff" + text.format(2)
    (tmp_path / "a.conllu").write_text(both, encoding="utf-8")
    assert spigot("convert", tmp_path / "a.conllu", "-", "--to", "conllu") == 0
    assert capsys.readouterr().out == text.format(1) + text.format(2)


def test_faulty_arcs_of_enhanced_graphs_are_counted(capsys, tmp_path):
    rows = ["1\tCats\t_\t_\t_\t_\t2\tnsubj\t1:ref|2:nsubj|2:nsubj\t_"]
    rows += ["2\tsleep\t_\t_\t_\t_\t0\troot\t0:root\t_"]
    (tmp_path / "a.conllu").write_text("\n".join(rows) + "\n")
    assert spigot("convert", tmp_path / "a.conllu", tmp_path / "b.jsonl") == 0
    assert "no place for them: arcs that are there twice: 1." in capsys.readouterr().err
    assert json.loads((tmp_path / "b.jsonl").read_text())["arcs"] == [
        {"head": 1, "modifier": 1, "label": "ref"},
        {"head": 2, "modifier": 1, "label": "nsubj"},
    ]
    assert spigot("convert", tmp_path / "b.jsonl", "-", "--to", "conllu") == 0
    captured = capsys.readouterr()
    assert "\t2:nsubj\t" in captured.out
    assert "no place for them: arcs from a word to itself: 1." in captured.err


def test_further_keys_of_json(capsys, tmp_path):
    line = '{"words": ["a"], "score": 0.5, "source": {"x": 1}}\n'
    (tmp_path / "a.jsonl").write_text(line)
    assert spigot("convert", tmp_path / "a.jsonl", "-", "--to", "jsonl") == 0
    assert capsys.readouterr().out == line
    assert spigot("convert", tmp_path / "a.jsonl", "-", "--to", "conllx") == 0
    assert "no place for them: further keys: 2." in capsys.readouterr().err


def test_conllu_plus(capsys, caplog, tmp_path):
    (tmp_path / "a.conllup").write_text(
        "# global.columns = ID FORM UPOS HEAD DEPREL PARSEME:MWE\n# sent_id = 1\n"
        "1-2\tIt's\t_\t_\t_\t*\n1\tIt\tPRON\t2\tnsubj\t1:x\n2\t's\tAUX\t0\troot\t_\n\n"
        "1\tYes\tINTJ\t0\troot\t1:y\n"
    )
    assert spigot("convert", tmp_path / "a.conllup", tmp_path / "b.conllu") == 0
    assert (tmp_path / "b.conllu").read_text() == (
        "# sent_id = 1\n1-2\tIt's" + "\t_" * 8 + "\n"
        "1\tIt\t_\tPRON\t_\t_\t2\tnsubj\t_\t_\n2\t's\t_\tAUX\t_\t_\t0\troot\t_\t_\n\n"
        "1\tYes\t_\tINTJ\t_\t_\t0\troot\t_\t_\n\n"
    )
    (message,) = caplog.messages
    assert message.endswith("a.conllup: 2 values of the column PARSEME:MWE were left out.")
    capsys.readouterr()
    for columns, problem in (
        ("ID UPOS", "the columns are ID UPOS (global.columns). Name each column once, ID"),
        ("ID FORM", "line 2: the number of columns is 3 and should be 2: ID FORM"),
        ("ID FORM FORM", "the columns are ID FORM FORM (global.columns). Name each column once"),
    ):
        (tmp_path / "a").write_text(f"# global.columns = {columns}\n1\tIt\tPRON\n")
        assert spigot("convert", tmp_path / "a", "-", "--to", "jsonl") == 2
        assert problem in one_error(capsys, "convert")
    # With the columns of CoNLL-U, it is CoNLL-U.
    text = "# global.columns = ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC\n"
    text += "1\tYes\t_\tINTJ\t_\t_\t0\troot\t_\t_\n\n"
    (tmp_path / "a").write_text(text)
    assert spigot("convert", tmp_path / "a", tmp_path / "b.conllu") == 0
    assert (tmp_path / "b.conllu").read_text() == text


def test_standard_output_by_its_name_in_the_system():
    result = run_python("-m", "bilexical", "convert", GRAPHS, "/dev/stdout", "--to", "sdp")
    assert (result.returncode, result.stdout) == (0, GRAPHS.read_text(encoding="utf-8"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_no_space_left_names_the_file(capsys):
    assert spigot("convert", GRAPHS, "/dev/full", "--to", "sdp") == 2
    assert one_error(capsys, "convert") == (
        "/dev/full: No space left on device. Make room there, or name a file elsewhere."
    )
    command = [sys.executable, "-m", "bilexical", "convert", str(GRAPHS), "-", "--to", "sdp"]
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=environment(), check=False
        )
    assert result.returncode == 2
    assert result.stderr.decode() == (
        "spigot convert: error: standard output: No space left on device. Make room there, or "
        "name a file elsewhere.\n"
    )


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.sdp.gz", b"\xff\xfe", "the name ends in .gz, but the file is not compressed by gzip"),
        ("a.sdp.xz", b"\x00\xff", "the name ends in .xz, but the file is not compressed by gzip"),
        ("a.sdp", b"BZh9\xff\xff", "the file is compressed by bzip2"),
        ("a.sdp.gz", b"PK\x03\x04\xff\xff", "the file is compressed by zip"),
    ],
)
def test_a_file_that_is_no_text_for_its_compression(capsys, tmp_path, name, content, problem):
    (tmp_path / name).write_bytes(content)
    assert spigot("convert", tmp_path / name, "-", "--to", "sdp") == 2
    message = one_error(capsys, "convert")
    assert problem in message and "iconv" not in message
    # Text is read, whatever the name says.
    (tmp_path / name).write_bytes(GRAPHS.read_bytes())
    assert spigot("convert", tmp_path / name, "-", "--to", "sdp") == 0
