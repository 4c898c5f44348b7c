"""Gradients of groups are clipped by norms of their own."""

import json

import pytest
import torch
from allennlp.commands.train import TrainModel
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from torch.nn.utils import clip_grad_norm_

import spigot_allennlp  # noqa: F401  registers what the configs name
from tests import FIXTURES_ROOT

PARSER = r"^_intermediate\."
SCORER = r"^_intermediate\._arc_scorer"


def trainer_with(folder, callbacks, **trainer):
    """Of the pipeline of the fixtures; only its first batch is of interest."""
    own = {
        "trainer.callbacks": callbacks,
        "trainer.learning_rate_scheduler": None,
        **{f"trainer.{key}": value for key, value in trainer.items()},
        "model.intermediate.sentence_encoder.word_dropout": None,
        "model.downstream.sentence_encoder.word_dropout": None,
    }
    params = Params.from_file(FIXTURES_ROOT / "sdp_pipeline.jsonnet", json.dumps(own))
    for seed in ("random_seed", "numpy_seed", "pytorch_seed"):
        params.pop(seed)
    torch.manual_seed(1)
    train = TrainModel.from_params(
        params=params, serialization_dir=str(folder), local_rank=0, batch_weight_key=""
    )
    return train.trainer


def gradients_at_the_step(trainer):
    """By name, of the first step; nothing is changed by it."""
    seen = {}
    step = trainer.optimizer.step

    def spy(*arguments, **options):
        if not seen:
            named = trainer.model.named_parameters()
            seen.update({name: p.grad.clone() for name, p in named if p.grad is not None})
        return step(*arguments, **options)

    spy._with_counter = True
    trainer.optimizer.step = spy
    trainer.train()
    assert trainer.optimizer.step is spy, "what was replaced is put back"
    return seen


def clipped(gradients, groups):
    """The same by torch's function, on copies. Groups are predicates on names, with norms."""
    expected = {}
    for belongs, norm in groups:
        parameters = {}
        for name, gradient in gradients.items():
            if name not in expected and belongs(name):
                parameters[name] = torch.nn.Parameter(torch.zeros_like(gradient))
                parameters[name].grad = gradient.clone()
        if norm is not None:
            total = clip_grad_norm_(list(parameters.values()), norm)
            assert total > norm, "something is clipped"
        expected.update((name, p.grad) for name, p in parameters.items())
    return expected


def is_of_parser(name):
    return name.startswith("_intermediate.")


def is_of_scorer(name):
    return name.startswith("_intermediate._arc_scorer")


@pytest.mark.parametrize("accumulated", [1, 2])
@pytest.mark.parametrize(
    ("norms", "grad_norm", "groups"),
    [
        ([([PARSER], 0.1)], 0.5, [(is_of_parser, 0.1), (lambda _: True, 0.5)]),
        ([([PARSER], 0.1)], False, [(is_of_parser, 0.1), (lambda _: True, None)]),
        (
            [([SCORER], 0.01), (["^no_name", PARSER], 0.2)],
            True,
            [(is_of_scorer, 0.01), (is_of_parser, 0.2), (lambda _: True, None)],
        ),
    ],
)
def test_each_group_by_its_norm(norms, grad_norm, groups, accumulated, tmp_path):
    options = {"num_gradient_accumulation_steps": accumulated, "num_epochs": 1}
    trainer = trainer_with(tmp_path / "plain", [], grad_norm=False, **options)
    gradients = gradients_at_the_step(trainer)
    callback = {"type": "group_clipping", "groups": norms}
    trainer = trainer_with(tmp_path / "clipped", [callback], grad_norm=grad_norm, **options)
    found = gradients_at_the_step(trainer)
    assert trainer._grad_norm == grad_norm
    expected = clipped(gradients, groups)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], msg=name)


def test_the_scheduler_does_not_mind(tmp_path, recwarn):
    """It warns where somebody else than torch has replaced the step."""
    callback = {"type": "group_clipping", "groups": [([PARSER], 0.1)]}
    trainer = trainer_with(
        tmp_path,
        [callback],
        learning_rate_scheduler={"type": "exponential", "gamma": 0.9},
        num_epochs=2,
    )
    trainer.train()
    assert not [w for w in recwarn if "step" in str(w.message)]


def test_errors(tmp_path):
    with pytest.raises(
        ConfigurationError, match=r"norm of the group \['x'\] must be positive .* 0"
    ):
        trainer_with(tmp_path / "a", [{"type": "group_clipping", "groups": [(["x"], 0.0)]}])
    callback = {"type": "group_clipping", "groups": [([PARSER], 1.0), (["^_upstream"], 1.0)]}
    trainer = trainer_with(tmp_path / "b", [callback])
    with pytest.raises(ConfigurationError, match=r"no trained parameter for \['\^_upstream'\]"):
        trainer.train()
    # Of a parser that stays as it is.
    callback = {"type": "group_clipping", "groups": [([PARSER], 1.0)]}
    trainer = trainer_with(tmp_path / "c", [callback], no_grad=[PARSER])
    with pytest.raises(ConfigurationError, match="no trained parameter"):
        trainer.train()
