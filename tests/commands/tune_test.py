"""`allennlp tune-estimators`, with trainings in other processes."""

import json

import _jsonnet
import pytest
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.commands.compare import training
from spigot_allennlp.commands.tune import study
from tests import FIXTURES_ROOT
from tests.commands.cli import allennlp, read_json
from tests.commands.forked import forked_trainings

pytest.importorskip("optuna")

CONFIG = FIXTURES_ROOT / "sdp_pipeline.jsonnet"
STEP = {"low": 0.1, "high": 10, "log": True}
SPACE = {
    "model.estimator": {"choices": ["modular", {"type": "spigot", "step_size": STEP}]},
    "trainer.optimizer.lr": {"low": 0.001, "high": 0.1, "log": True},
}
OVERRIDES = {"trainer.num_epochs": 1}


def tune(tmp_path, *options, space=SPACE, overrides=OVERRIDES, trials=2):
    (tmp_path / "space.json").write_text(json.dumps(space), encoding="utf-8")
    allennlp(
        *("tune-estimators", CONFIG, tmp_path / "space.json", "-s", tmp_path / "search"),
        *("--trials", trials, "-o", json.dumps(overrides), *options),
    )


def evaluated(path):
    return json.loads(_jsonnet.evaluate_file(str(path)))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a search for each estimator."""
    folder = tmp_path_factory.mktemp("tune")
    with forked_trainings():
        tune(folder, "--each", "model.estimator", "--jobs", "2")
    return folder


def test_each_estimator_is_tuned(made, capsys):
    folder = made / "search"
    for name, estimator in (("modular", "modular"), ("spigot", "spigot")):
        best = evaluated(folder / f"best-{name}.jsonnet")
        runs = sorted(path.name for path in folder.glob(f"trial-{name}-*") if path.is_dir())
        assert runs == [f"trial-{name}-000", f"trial-{name}-001"]
        configs = [read_json(folder / f"{run}.json") for run in runs]
        scores = [read_json(folder / run / "metrics.json")["best_validation_LF"] for run in runs]
        assert best in [c for c, score in zip(configs, scores) if score == max(scores)]
        for config in configs:
            assert 0.001 <= config["trainer"]["optimizer"]["lr"] <= 0.1
            found = config["model"]["estimator"]
            assert (found if isinstance(found, str) else found["type"]) == estimator
        # Nothing else is tuned.
        shipped = evaluated(CONFIG)
        best["model"]["estimator"] = shipped["model"]["estimator"]
        best["trainer"]["optimizer"]["lr"] = shipped["trainer"]["optimizer"]["lr"]
        shipped["trainer"]["num_epochs"] = 1
        assert best == shipped


def test_the_best_is_a_configuration_like_any_other(made, tmp_path):
    allennlp("train", made / "search" / "best-spigot.jsonnet", "-s", tmp_path / "run")
    trained = read_json(tmp_path / "run" / "metrics.json")
    scores = [
        read_json(path)["best_validation_LF"]
        for path in (made / "search").glob("trial-spigot-*/metrics.json")
    ]
    assert trained["best_validation_LF"] == pytest.approx(max(scores))


def test_what_is_made_is_not_made_again(made, monkeypatch, capsys):
    monkeypatch.setattr(training.subprocess, "Popen", None)
    before = (made / "search" / "tune.html").read_text(encoding="utf-8")
    tune(made, "--each", "model.estimator")
    output = capsys.readouterr()
    assert "trials: 0 to make, 4 made before" in output.err
    assert "## Best trials" in output.out and "Written: " in output.out
    assert (made / "search" / "tune.html").read_text(encoding="utf-8") == before


class TestErrors:
    """What is wrong with a command is said before anything is trained."""

    @pytest.fixture(autouse=True)
    def _nothing_is_made(self, monkeypatch):
        monkeypatch.setattr(training.subprocess, "Popen", None)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"space": {"model.estimater.x": STEP}}, r"space\.json: .*no place .*model\.estimater"),
            ({"space": {"model.estimator": {"choices": []}}}, "at least one value"),
            ({"space": {"trainer.optimizer.lr": {"low": 2, "high": 1}}}, "less than"),
            ({"overrides": {"validation_data_path": None}}, "no validation_data_path"),
            ({"trials": 0}, "--trials must be at least 1"),
        ],
    )
    def test_arguments(self, tmp_path, options, message):
        with pytest.raises(ConfigurationError, match=message):
            tune(tmp_path, **options)
        assert not (tmp_path / "search").exists()

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--each", "trainer.optimizer.lr"], "no choices for trainer.optimizer.lr"),
            (["--jobs", "0"], "--jobs must be at least 1"),
        ],
    )
    def test_options(self, tmp_path, options, message):
        with pytest.raises(ConfigurationError, match=message):
            tune(tmp_path, *options)

    def test_another_configuration(self, made):
        with pytest.raises(ConfigurationError, match=r"trainer\.num_epochs was 1 and is now 3"):
            tune(made, "--each", "model.estimator", overrides={"trainer.num_epochs": 3})

    def test_without_optuna(self, tmp_path, monkeypatch):
        monkeypatch.setattr(study, "optuna", None)
        with pytest.raises(ConfigurationError, match=r"pip install 'spigot-allennlp\[scale\]'"):
            tune(tmp_path)


def test_a_search_in_which_all_fails(tmp_path, capsys):
    space = {"trainer.optimizer.lrr": {"low": 0.1, "high": 1}}
    with forked_trainings(), pytest.raises(SystemExit, match="1"):
        tune(tmp_path, space=space, trials=9)
    output = capsys.readouterr()
    assert output.out.count("failed: ") == 3 and "lrr" in output.out
    assert "trial-002: FAILED" in output.err
