import pytest
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.commands.compare.estimator_choices import DEFAULT_ESTIMATORS, parse_estimators


def test_without_a_choice_few_are_compared():
    assert list(parse_estimators(DEFAULT_ESTIMATORS)) == [
        "modular",
        "spigot",
        "straight_through",
        "structured_attention",
    ]


def test_names_and_json():
    given = ["modular", '{"type": "spigot", "step_size": 0.5, "max_norm": null}', "spigot"]
    assert parse_estimators(given) == {
        "modular": {"type": "modular"},
        "spigot-step_size=0.5-max_norm=null": {
            "type": "spigot",
            "step_size": 0.5,
            "max_norm": None,
        },
        "spigot": {"type": "spigot"},
    }


@pytest.mark.parametrize("given", ["spiget", '{"type": "spiget"}', '{"step_size": 1}'])
def test_a_name_that_is_not_registered_is_told_the_choices(given):
    with pytest.raises(ConfigurationError, match=r"Choose among .*straight_through.*--include"):
        parse_estimators(["modular", given])


@pytest.mark.parametrize(
    "given, message",
    [
        ('{"type": "spigot", "size": 1}', "size"),
        ('{"type": "modular", "step_size": 1}', "step_size"),
        ('{"type": "spigot", "step_size": -1}', "step_size must be positive"),
        ('{"type": "spigot"', "is not JSON"),
    ],
)
def test_options_that_cannot_be(given, message):
    with pytest.raises(ConfigurationError, match=message):
        parse_estimators([given])


def test_twice_the_same():
    with pytest.raises(ConfigurationError, match="twice"):
        parse_estimators(["spigot", '{"type": "spigot"}'])
