"""Reports of searches that are made up."""

import json
import math
from pathlib import Path

import _jsonnet
import pytest

from spigot_allennlp.commands.tune.files import write_tuning
from spigot_allennlp.commands.tune.report import importances_of, page_of, tables
from spigot_allennlp.commands.tune.study import FAILURE, Tuning

optuna = pytest.importorskip("optuna")

SPACE = {"model.x": {"low": 0, "high": 1}, "model.y": {"low": 0, "high": 1}}
CONFIG = {"model": {"x": 0, "y": 0}, "trainer": {"validation_metric": "+LF"}}


def search(folder, score, name="", num_trials=20):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    tuning = Tuning(folder, name, CONFIG, SPACE, num_trials, seed=1, prunes=True)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1))
    for number in range(num_trials):
        trial = study.ask()
        x, y = (trial.suggest_float(key, 0, 1) for key in SPACE)
        trial.report(score(x, y), 0)
        if number == 3:
            trial.set_user_attr(FAILURE, "RuntimeError: x < y | (see run.log)")
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        elif number == 4:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        elif number != 5:
            study.tell(trial, score(x, y))
    return tuning, study


@pytest.fixture
def one():
    return search(Path("folder"), lambda x, y: x)


def test_the_table_of_trials(one):
    _, study = one
    table = tables([one])[0]
    assert table.header == ["trial", "LF", "model.x", "model.y", "epochs", "seconds", "state"]
    assert [row[0] for row in table.rows] == [f"trial-{number:03}" for number in range(20)]
    best = max((trial.value or 0, trial.number) for trial in study.trials)[1]
    assert [row[0] for row in table.rows if row[-1] == "finished, the best"] == [f"trial-{best:03}"]
    assert [row[-1] for row in table.rows[3:6]] == [
        "failed: RuntimeError: x < y | (see run.log)",
        "pruned",
        "not finished",
    ]
    assert table.rows[0][1:3] == [f"{study.trials[0].params['model.x']:.{n}}" for n in ("4f", "4g")]


def test_what_the_score_depends_on_is_important(one):
    importances = importances_of(one[1])
    assert importances["model.x"] > 0.9 and importances["model.y"] < 0.1
    assert sum(importances.values()) == pytest.approx(1)


def test_nothing_is_important_where_all_scores_are_equal(tmp_path):
    same = search(tmp_path, lambda x, y: 0.5)
    assert importances_of(same[1]) == {}
    assert [table.title for table in tables([same])] == ["Trials"]
    assert "Importance" not in page_of("Trials", [same], [])


def test_an_infinite_score_is_nothing_to_explain(tmp_path):
    """Of a search that an older version made."""
    study = search(tmp_path, lambda x, y: math.inf if x > 0.5 else 1.0)[1]
    assert len({trial.value for trial in study.trials}) > 1 and importances_of(study) == {}


def test_the_page(one):
    text = page_of("Trials of <x>", [one], ["a worker & its folder"])
    assert "Trials of &lt;x&gt;" in text and "a worker &amp; its folder" in text
    assert text.count("<svg") == 2 and "LF on the validation data" in text
    assert "RuntimeError: x &lt; y | (see run.log)" in text
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_search_without_a_finished_trial(tmp_path, capsys):
    begun = search(tmp_path, lambda x, y: x, num_trials=0)
    assert "No trial was trained to its end." in page_of("Trials", [begun], [])
    assert write_tuning("Trials", [begun], ["nobody works"]) is False
    assert "nobody works" in capsys.readouterr().out
    assert not list(tmp_path.glob("best*"))


def test_files(tmp_path, capsys):
    searches = [
        search(tmp_path, score, name)
        for name, score in (("modular", lambda x, y: x), ("a b/c", lambda x, y: y))
    ]
    assert write_tuning("Trials", searches, []) is True
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best-a_b_c-539138d5.jsonnet",
        "best-modular.jsonnet",
        "tune.html",
        "tune.md",
    ]
    text = (tmp_path / "tune.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.startswith(text)
    for heading in ("Best trials", "Trials: modular", "Importance: a b/c"):
        assert f"## {heading}" in text
    for (_, study), name in zip(searches, ("modular", "a_b_c-539138d5")):
        best = json.loads(_jsonnet.evaluate_file(str(tmp_path / f"best-{name}.jsonnet")))
        x, y = (study.best_trial.params[key] for key in SPACE)
        assert best == {**CONFIG, "model": {"x": x, "y": y}}
        line = next(line for line in text.splitlines() if f"| {name[:1]}" in line)
        assert f"{study.best_value:.4f}" in line
