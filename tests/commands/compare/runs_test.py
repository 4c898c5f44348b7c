import json

import pytest
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.commands.compare.runs import check_folders, plan_runs

CONFIG = {
    "random_seed": 7,
    "model": {"type": "structured_pipeline", "estimator": {"type": "spigot"}, "dim": 3},
    "trainer": {"num_epochs": 2},
}
ESTIMATORS = {"modular": {"type": "modular"}, "half": {"type": "spigot", "step_size": 0.5}}


@pytest.fixture
def runs(tmp_path):
    return plan_runs(CONFIG, ESTIMATORS, [1, 2], tmp_path / "comparison")


def leave_config(run, config):
    run.folder.mkdir(parents=True)
    (run.folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


class TestPlan:
    def test_all_estimators_of_a_seed_come_before_the_next_seed(self, runs):
        assert [run.name for run in runs] == [
            "modular-seed-1",
            "half-seed-1",
            "modular-seed-2",
            "half-seed-2",
        ]

    def test_only_estimator_and_seeds_differ(self, runs):
        half = runs[3].config
        assert half["model"] == {**CONFIG["model"], "estimator": ESTIMATORS["half"]}
        assert half["random_seed"] == half["numpy_seed"] == half["pytorch_seed"] == 2
        assert half["trainer"] == CONFIG["trainer"]
        assert CONFIG["random_seed"] == 7 and CONFIG["model"]["estimator"] == {"type": "spigot"}

    def test_estimators_elsewhere(self, tmp_path):
        config = {"model": {"estimator": "spigot", "downstream": {"estimator": "spigot"}}}
        modular, inner = {"modular": {"type": "modular"}}, "model.downstream.estimator"
        (run,) = plan_runs(config, modular, [1], tmp_path, [inner])
        assert run.config["model"] == {
            "estimator": "spigot",
            "downstream": {"estimator": {"type": "modular"}},
        }
        (run,) = plan_runs(config, modular, [1], tmp_path, ["model.estimator", inner])
        assert run.config["model"]["estimator"] == {"type": "modular"}
        assert run.config["model"]["downstream"]["estimator"] == {"type": "modular"}

    def test_a_seed_that_is_given_twice(self, tmp_path):
        with pytest.raises(ConfigurationError, match=r"a seed is given twice: \[1, 2, 1\]"):
            plan_runs(CONFIG, ESTIMATORS, [1, 2, 1], tmp_path)

    def test_no_estimator_at_all(self, tmp_path):
        with pytest.raises(ConfigurationError, match=r"no model\.estimator.*structured_pipeline"):
            plan_runs({"model": {"type": "syntactic_parser"}}, ESTIMATORS, [1], tmp_path)

    def test_no_estimator_there(self, tmp_path):
        config = {"model": {"downstream": {"estimator": "spigot"}}}
        with pytest.raises(
            ConfigurationError, match=r"It has model\.downstream\.estimator: .*-key"
        ):
            plan_runs(config, ESTIMATORS, [1], tmp_path)


class TestFolders:
    def test_new_empty_and_equal_ones(self, runs):
        runs[0].folder.mkdir(parents=True)
        leave_config(runs[1], runs[1].config)
        check_folders(runs)

    def test_one_that_was_being_written_is_left_to_the_trainer(self, runs):
        leave_config(runs[1], runs[1].config)
        config_file = runs[1].folder / "config.json"
        config_file.write_text(config_file.read_text(encoding="utf-8")[:20], encoding="utf-8")
        check_folders(runs)

    def test_another_configuration_is_refused_with_its_keys(self, runs):
        other = json.loads(json.dumps(runs[1].config))
        other["trainer"]["num_epochs"] = 5
        del other["model"]["dim"]
        leave_config(runs[1], other)
        with pytest.raises(ConfigurationError) as error:
            check_folders(runs)
        message = str(error.value)
        assert "half-seed-1 was trained with another configuration" in message
        assert "trainer.num_epochs was 5 and is now 2" in message
        assert "model.dim was not there and is now 3" in message

    def test_an_object_with_its_defaults_is_a_difference(self, runs):
        other = json.loads(json.dumps(runs[1].config))
        other["model"]["candidates"] = {}
        leave_config(runs[1], other)
        with pytest.raises(ConfigurationError, match=r"candidates was \{\} and is now not there"):
            check_folders(runs)

    def test_other_things_are_left_alone(self, runs):
        runs[2].folder.mkdir(parents=True)
        (runs[2].folder / "thesis.tex").touch()
        with pytest.raises(ConfigurationError, match=r"modular-seed-2.*no config\.json"):
            check_folders(runs)
