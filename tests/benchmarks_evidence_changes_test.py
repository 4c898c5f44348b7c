"""What the end task changed in the trees of the parser, and the tables of it."""

import importlib
import sys
from pathlib import Path

import pytest

from bilexical.comparison.analysis import analyze
from bilexical.comparison.layers import Gold
from bilexical.formats.sentence import Arc, Sentence, Word
from tests import PROJECT_ROOT


@pytest.fixture
def benchmark(monkeypatch):
    """Imports a module of `benchmarks/`, which is no package."""
    monkeypatch.chdir(PROJECT_ROOT)
    monkeypatch.syspath_prepend(str(PROJECT_ROOT / "benchmarks"))
    return importlib.import_module


def gold(heads, tags, head, modifier):
    """A sentence with a tree, and a graph of one arc."""
    words = [Word(f"w{n}", pos=tag, head=h) for n, (h, tag) in enumerate(zip(heads, tags), 1)]
    return Gold(Sentence("", words, [Arc(modifier, head, "A")]))


def output(heads, head, modifier):
    arcs = [{"head": head, "modifier": modifier, "label": "A"}]
    words = [f"w{n}" for n in range(1, len(heads) + 1)]
    return {"words": words, "heads": heads, "arcs": arcs, "tops": []}


GOLD = [gold([2, 0, 2], "ABB", 1, 2), gold([0, 1], "AB", 2, 1)]
# Of the first sentence a head becomes right and the arc as well; the second one stays.
MODULAR = [output([3, 0, 2], 1, 3), output([0, 1], 2, 1)]
LEARNED = [output([2, 0, 2], 1, 2), output([0, 1], 2, 1)]
# Of another seed a head becomes wrong, and the arc is right before and after.
STAYS = [output([2, 0, 2], 1, 2), output([0, 1], 2, 1)]
SPOILED = [output([2, 0, 1], 1, 2), output([0, 1], 2, 1)]


@pytest.fixture
def comparison():
    predictions = {
        "modular": {"1": MODULAR, "2": STAYS},
        "spigot": {"1": LEARNED, "2": SPOILED},
    }
    return analyze(GOLD, predictions, "modular", resamples=10, training_forms={"w1", "w2"})


def test_scores_are_means_over_seeds(benchmark, comparison):
    scores = benchmark("evidence_changes").scores_of(comparison, "spigot")
    assert {name: scores[name] for name in ("decisions", "changed")} == {
        "decisions": 5,
        "changed": 1,
    }
    assert scores["became_right"] == scores["became_wrong"] == 0.5
    assert scores["same"]["sentences"] == scores["different"]["sentences"] == 1
    different = scores["different"]
    assert different["baseline"]["UAS"] == different["system"]["UAS"] == pytest.approx(5 / 6)
    assert different["baseline"]["LF"] == 0.5 and different["system"]["LF"] == 1.0
    # Sums over both seeds.
    assert sorted(scores["by_tag"]) == [["A", 4, 1, 1, 0], ["B", 6, 1, 0, 1]]
    assert scores["by_length"]["LF"] == [[1, 10, 2, 0.75, 1.0]]
    # The third word alone.
    assert scores["unseen"]["UAS"] == [1, 1.0, 0.5]


def test_tables(benchmark, comparison):
    scores = benchmark("evidence_changes").scores_of(comparison, "spigot")
    line = {"system": "spigot", "seed": [1, 2], "scores": scores}
    found = list(benchmark("when_it_pays_changes").change_tables([line], "LF", "UAS"))
    overall, over_sentences, tags, lf, uas = (table.split("\n") for table in found)
    assert overall[2] == (
        "| `spigot` | 2 | 20.0 % | 0 | 0 | 100.0 → 100.0 (1 sentences) | 50.0 → 100.0 (1 sentences)"
        " | 83.3 → 83.3 |"
    )
    assert over_sentences[0].count("|") == over_sentences[1].count("|") == 6
    # LF 0.75 and 1.0; of five heads one more right, one more wrong.
    difference, p = over_sentences[2].split(" | ")[1:3]
    assert difference.startswith("+25.0 (") and 0 < float(p) <= 1
    assert over_sentences[2].split(" | ")[3].startswith("+0.0 (")
    # For one seed; as many changes, so by name.
    assert tags[0] == "| part of speech | heads | `spigot` |"
    assert tags[2:] == ["| A | 2 | +0 / −0 |", "| B | 3 | +0 / −0 |"]
    assert lf[2] == "| 1 to 10 | 2 | 75.0 | 100.0 |"
    assert uas[-1] == "| words unseen in training | (1) | 100.0 | 50.0 |"


def test_rare_parts_of_speech_share_a_row(benchmark):
    tables = benchmark("when_it_pays_changes")
    kinds = [[chr(ord("A") + n), 10, n, n, 0] for n in range(tables.NUM_ROWS + 3)]
    line = {"system": "spigot", "seed": [1], "scores": {"by_tag": kinds}}
    rows = list(tables.by_kind([line], "tag", "heads"))[2:]
    assert rows[0] == "| O | 10 | +14 / −0 |" and len(rows) == tables.NUM_ROWS + 1
    assert rows[-1] == "| other (3) | 30 | +3 / −0 |"


def test_a_comparison_is_a_line(benchmark, comparison, tmp_path, monkeypatch):
    changes = benchmark("evidence_changes")
    monkeypatch.setattr(changes, "RESULTS", tmp_path)
    asked = []

    def compared(runs, test_data):
        asked.append([(run.system, run.seed) for run in runs])
        return comparison

    monkeypatch.setattr(changes, "compared", compared)
    monkeypatch.setattr(changes, "digest_of_files", lambda paths: "data")
    options = "listops --sentences 50 --trees 20 --seeds 1 2 --estimators spigot"
    monkeypatch.setattr(sys, "argv", ["evidence_changes.py", *options.split()])
    changes.main()
    # What has its line is not compared again.
    changes.main()
    assert asked == [[("modular", 1), ("modular", 2), ("spigot", 1), ("spigot", 2)]]
    (line,) = changes.read_lines(tmp_path / "listops_changes.jsonl")
    assert line["system"] == "spigot" and line["seed"] == [1, 2]
    assert line["task"] == "listops_changes" and line["scores"]["changed"] == 1


def test_without_gold_graphs_nothing_is_right_or_wrong(benchmark, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["evidence_changes.py", "sst", "--estimators", "spigot"])
    with pytest.raises(SystemExit):
        benchmark("evidence_changes").main()
    assert "sst has no gold graphs" in capsys.readouterr().err


def test_an_archive_that_is_not_there(benchmark, tmp_path, monkeypatch):
    changes = benchmark("evidence_changes")
    monkeypatch.setattr(changes.Run, "folder", property(lambda run: tmp_path / run.system))
    setting = changes.setting_of("listops", 50, 20, same=True)
    with pytest.raises(SystemExit, match="train it by"):
        changes.compared([changes.Run(setting, "modular", "paced", 1)], tmp_path)


@pytest.mark.parametrize(
    "seeds, expected",
    [
        ([1], ["modular", "spigot"]),
        ([1, 2], ["modular-seed-1", "modular-seed-2", "spigot-seed-1", "spigot-seed-2"]),
    ],
)
def test_models_are_called_by_their_systems(benchmark, tmp_path, monkeypatch, seeds, expected):
    changes = benchmark("evidence_changes")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(changes.Run, "folder", property(lambda run: tmp_path / f"{run.seed}"))
    for seed in seeds:
        (tmp_path / str(seed)).mkdir()
        (tmp_path / str(seed) / "model.tar.gz").touch()
    asked = []

    def run(command, **options):
        asked.extend(command)
        report = Path(command[command.index("-s") + 1])
        report.mkdir()
        (report / "comparison.json").write_text("{}", encoding="utf-8")

    monkeypatch.setattr(changes.subprocess, "run", run)
    setting = changes.setting_of("listops", 50, 20, same=True)
    runs = [changes.Run(setting, name, "paced", s) for name in ("modular", "spigot") for s in seeds]
    changes.compared(runs, tmp_path / "test.conllu")
    archives = [Path(each) for each in asked if each.endswith("model.tar.gz")]
    assert [archive.parent.name for archive in archives] == expected
