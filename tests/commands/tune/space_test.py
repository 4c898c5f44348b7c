import json

import pytest
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.commands.tune.space import (
    alternatives,
    check_space,
    configured,
    is_tunable,
    read_space,
    sample,
)

FixedTrial = pytest.importorskip("optuna").trial.FixedTrial

CONFIG = {
    "model": {"type": "structured_pipeline", "estimator": {"type": "spigot"}, "dims": [1, 2]},
    "trainer": {"optimizer": {"type": "adam", "lr": 0.1}},
}
STEP = {"low": 0.1, "high": 10, "log": True}
SPACE = {
    "model.estimator": {
        "choices": ["modular", {"type": "spigot", "step_size": STEP}, {"type": "perturbed"}]
    },
    "model.dims.1 model.dims.0": {"low": 2, "high": 9, "integer": True},
    "trainer.optimizer.lr": {"choices": [0.1, 0.2]},
}


def space_with(value, key="trainer.optimizer.lr"):
    return {key: value}


class TestSample:
    def test_what_an_alternative_has(self):
        params = {
            "model.estimator": "spigot",
            "model.estimator.spigot.step_size": 0.5,
            "model.dims.1 model.dims.0": 7,
            "trainer.optimizer.lr": "0.2",
        }
        trial = FixedTrial(params)
        values = sample(trial, SPACE)
        assert values == {
            "model.estimator": {"type": "spigot", "step_size": 0.5},
            "model.dims.1 model.dims.0": 7,
            "trainer.optimizer.lr": 0.2,
        }
        step, dims = (trial.distributions[name] for name in list(params)[1:3])
        assert (step.low, step.high, step.log) == (0.1, 10, True)
        assert (dims.low, dims.high, dims.log, type(dims).__name__) == (
            *(2, 9, False),
            "IntDistribution",
        )

    def test_another_has_nothing_of_it(self):
        params = {"model.estimator": "modular", "model.dims.1 model.dims.0": 2}
        trial = FixedTrial({**params, "trainer.optimizer.lr": "0.1"})
        assert sample(trial, SPACE)["model.estimator"] == "modular"
        assert "model.estimator.spigot.step_size" not in trial.params

    def test_two_of_one_type_have_names_of_their_own(self):
        small, large = ({"type": "spigot", "step_size": size} for size in (0.1, 1.0))
        space = space_with({"choices": [small, large]}, "model.estimator")
        trial = FixedTrial({"model.estimator": json.dumps(large)})
        assert sample(trial, space) == {"model.estimator": large}

    def test_ranges_in_lists(self):
        space = space_with([0.9, {"low": 0.9, "high": 1}])
        trial = FixedTrial({"trainer.optimizer.lr.1": 0.95})
        assert sample(trial, space) == {"trainer.optimizer.lr": [0.9, 0.95]}


def test_values_take_their_places():
    values = {"model.dims.1 model.dims.0": 7, "trainer.optimizer.lr": 0.2, "trainer.patience": 3}
    before = json.dumps(CONFIG)
    assert configured(CONFIG, values) == {
        "model": {**CONFIG["model"], "dims": [7, 7]},
        "trainer": {"optimizer": {"type": "adam", "lr": 0.2}, "patience": 3},
    }
    assert json.dumps(CONFIG) == before


def test_each_alternative_is_a_space():
    spaces = alternatives(SPACE, "model.estimator")
    assert list(spaces) == ["modular", "spigot", "perturbed"]
    assert spaces["spigot"] == {**SPACE, "model.estimator": {"type": "spigot", "step_size": STEP}}
    trial = FixedTrial({"model.estimator.step_size": 2.0})
    estimator = {"model.estimator": spaces["spigot"]["model.estimator"]}
    assert sample(trial, estimator) == {"model.estimator": {"type": "spigot", "step_size": 2.0}}
    assert is_tunable(estimator) and not is_tunable({"model.estimator": "modular"})
    with pytest.raises(ConfigurationError, match=r"no choices for model\.dims"):
        alternatives(SPACE, "model.dims")


class TestErrors:
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({"choices": []}, "at least one value"),
            ({"choices": 3}, "at least one value"),
            ({"choices": [1], "low": 2}, "stands alone"),
            ({"choices": [1, 2, 1]}, "has the choice 1 twice"),
            ({"low": 2, "high": 1}, '"low" must be less than "high"'),
            ({"low": 2, "high": 2}, '"low" must be less than "high"'),
            ({"low": 0, "high": 1, "log": True}, '"low" must be more than 0'),
            ({"low": 1}, 'the numbers "low" and "high"'),
            ({"low": "1", "high": 2}, 'the numbers "low" and "high"'),
            ({"low": 1, "high": True}, 'the numbers "low" and "high"'),
            ({"low": 0.5, "high": 2, "integer": True}, "both ends must be whole"),
            ({"low": 1, "high": 2, "log": "yes"}, "true or false"),
            ({"low": 1, "high": 2, "stepp": 3}, "a range has no stepp"),
            (0.1, "has nothing to tune"),
            ({"type": "adam"}, "has nothing to tune"),
            ({"choices": [{"a": [{"low": 3, "high": 2}]}, 1]}, r"lr\.\{.*\}\.a\.0 is"),
        ],
    )
    def test_what_has_no_meaning(self, value, message):
        with pytest.raises(ConfigurationError, match=message):
            check_space(space_with(value), CONFIG)

    @pytest.mark.parametrize(
        ("key", "named"),
        [
            ("trianer.optimizer.lr", "trianer.optimizer.lr"),
            ("trainer.optimizer.lr trainer.scheduler.lr", "trainer.scheduler"),
            ("model.estimator.type.name", "model.estimator.type"),
            ("model.dims.7", "model.dims.7"),
        ],
    )
    def test_a_place_that_is_not_there(self, key, named):
        with pytest.raises(ConfigurationError, match=rf"no place for a key.*{named}"):
            check_space(space_with({"low": 1, "high": 2}, key), CONFIG)

    def test_a_place_of_two_keys(self):
        space = {**space_with(STEP, "model.x"), **space_with(STEP, "model.y model.x")}
        with pytest.raises(ConfigurationError, match=r"^model\.x is in 2 keys\. Tune it in one"):
            check_space(space, CONFIG)

    def test_a_key_within_another(self):
        space = {**SPACE, "model.estimator.step_size": STEP}
        with pytest.raises(ConfigurationError, match=r"model\.estimator\.step_size"):
            check_space(space, CONFIG)

    @pytest.mark.parametrize(
        ("estimator", "message"),
        [("spiget", "'spiget' is not an estimator"), ({"type": "spigot", "steps": STEP}, "steps")],
    )
    def test_an_estimator_that_cannot_be_made(self, estimator, message):
        space = space_with({"choices": ["modular", estimator]}, "model.estimator")
        with pytest.raises(ConfigurationError, match=message):
            check_space(space, CONFIG)

    def test_a_list_of_estimators(self):
        space = space_with(["modular", {"type": "spigot", "step_size": STEP}], "model.estimator")
        with pytest.raises(ConfigurationError, match=r'^model\.estimator is \["modular.*choices'):
            check_space(space, CONFIG)

    @pytest.mark.parametrize("key", ["", " "])
    def test_an_empty_key(self, key):
        with pytest.raises(ConfigurationError, match=f'a key of the space is "{key}". Write'):
            check_space(space_with(STEP, key), CONFIG)

    @pytest.mark.parametrize("text", ["{}", "[]", "[1]"])
    def test_nothing_to_tune(self, tmp_path, text):
        path = tmp_path / "space.json"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"space\.json: there is no key to tune"):
            read_space(str(path), CONFIG)


def test_a_file_of_jsonnet(tmp_path):
    path = tmp_path / "space.jsonnet"
    path.write_text("local lr = 'trainer.optimizer.lr'; {[lr]: {low: 1, high: 2}}", "utf-8")
    assert read_space(str(path), CONFIG) == space_with({"low": 1, "high": 2})
