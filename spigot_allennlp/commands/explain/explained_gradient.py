import copy
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Instance
from allennlp.data.fields import TextField
from allennlp.nn.util import move_to_device
from overrides import overrides
from torch import Tensor

from spigot_allennlp.estimators import Decision, LossScale, Spigot, StructuredGradientEstimator
from spigot_allennlp.models import StructuredPipeline
from spigot_allennlp.models.on_the_side import twin_of
from spigot_allennlp.structures import Structure


class Step(NamedTuple):
    """How SPIGOT comes to its gradient."""

    stepped: List[float]
    """z - clip(step_size * g), which is projected."""
    step_size: float
    factor: float
    """By which the clipping of the whole sentence's step shortens it; 1 for none."""


class ExplainedGradient(NamedTuple):
    """
    The way from the end task's gradient to that of the scores, for the arcs to one word. Every list
    has one entry per candidate head.
    """

    heads: List[int]
    """0 is ROOT."""
    scores: List[float]
    decision: List[float]
    """z, what the estimator gives to the end task: the argmax, or the marginals."""
    gradient: List[float]
    """g, of the sentence's own loss with respect to z; what straight-through hands on."""
    surrogate: List[float]
    """What the estimator hands on to the scores."""
    loss: float
    """Of the sentence in the end task."""
    step: Optional[Step]
    """None for estimators other than SPIGOT."""

    @property
    def target(self) -> List[float]:
        """z less the surrogate: where the scores are sent. For SPIGOT the projection."""
        return [z - v for z, v in zip(self.decision, self.surrogate)]


class _Recorder(StructuredGradientEstimator):
    """An estimator whose gradients can be read off afterwards."""

    def __init__(self, estimator: StructuredGradientEstimator) -> None:
        super().__init__()
        self.recorded = estimator
        self.is_hard = estimator.is_hard
        self.scores: Tensor
        self.parts: Tensor
        self.mask: Tensor
        self.loss_scale: LossScale

    @overrides
    def __call__(
        self,
        scores: Tensor,
        mask: Tensor,
        structure: Structure,
        loss_scale: Optional[LossScale] = None,
    ) -> Tensor:
        assert loss_scale is not None
        self.mask, self.loss_scale = mask, loss_scale
        self.scores = scores.detach().requires_grad_()
        parts = self.recorded(self.scores, mask, structure, loss_scale)
        # One that sends nothing back gives a tensor without a graph.
        self.parts = parts if parts.requires_grad else parts.requires_grad_()
        self.parts.retain_grad()
        return self.parts

    def gradients(self) -> Tuple[Tensor, Tensor]:
        """With respect to the parts and to the scores; a downstream model need not read either."""
        weights = self.loss_scale.weights_of(self.parts)
        gradient, surrogate = (
            torch.zeros_like(tensor) if tensor.grad is None else tensor.grad / weights
            for tensor in (self.parts, self.scores)
        )
        return gradient, surrogate


def check_word(instance: Instance, word: int) -> None:
    """Raises `ConfigurationError` for the number of a word that a sentence does not have."""
    # Without ROOT.
    num_words = cast(TextField, instance["tokens"]).sequence_length() - 1
    if not 1 <= word <= num_words:
        raise ConfigurationError(
            f"The words of the sentence are numbered from 1 to {num_words}; there is no {word}."
        )


def explain_gradient(
    model: StructuredPipeline,
    instance: Instance,
    word: int,
    estimator: Optional[StructuredGradientEstimator] = None,
) -> ExplainedGradient:
    """
    What the end task's gradient with respect to the structure of a sentence is, and what becomes of
    it. The model is used as in evaluation, without dropout, and left as it was.

    # Parameters

    model : `StructuredPipeline`
    instance : `Instance`
        With what the end task is trained on. It is indexed if it is not yet.
    word : `int`
        From 1. Its candidate heads are ROOT and all other words, or those that the `candidates` of
        the model leave; for labeled graphs, its unlabeled arcs from them.
    estimator : `StructuredGradientEstimator`, optional (default = the model's own)

    # Raises

    `ConfigurationError`
        For a word that the sentence does not have, and for a sentence without an end task.
    """
    check_word(instance, word)
    estimator = estimator or model.estimator
    tensors = _tensors(model, instance)
    recorder = _Recorder(copy.deepcopy(estimator))
    with _evaluated_with(model, recorder) as twin, torch.enable_grad():
        output = twin(**tensors)
        if "loss" not in output:
            raise ConfigurationError(
                "The sentence has nothing that the end task could be wrong about: give a file with "
                "the gold annotation of the downstream model."
            )
        output["loss"].backward()
    gradient, surrogate = recorder.gradients()
    scores, parts = recorder.scores.detach(), recorder.parts.detach()
    gradient = model.intermediate.structure.restrict(gradient, recorder.mask)
    gradient = gradient.masked_fill(scores == -torch.inf, 0.0)
    # Shape: (num_nodes,); of labeled graphs the arcs
    is_candidate = (scores[0, word] > -torch.inf).reshape(scores.size(1), -1)[:, 0]
    heads = [
        head for head in range(int(recorder.mask.sum())) if head != word and is_candidate[head]
    ]

    def row(values: Tensor) -> List[float]:
        of_word = values[0, word, heads]
        return (of_word[:, 0] if of_word.dim() == 2 else of_word).tolist()

    step = None
    if isinstance(estimator, Spigot):
        decision = Decision(
            recorder.scores.detach(), parts, recorder.mask, model.intermediate.structure
        )
        size = float(estimator.sizes(gradient, decision, parts))
        clipped = estimator.step(gradient, decision, parts)
        norm = torch.linalg.vector_norm(size * gradient).item()
        factor = torch.linalg.vector_norm(clipped).item() / norm if norm > 0 else 1.0
        step = Step(row(parts - clipped), size, factor)
    return ExplainedGradient(
        heads=heads,
        scores=row(scores),
        decision=row(parts),
        gradient=row(gradient),
        surrogate=row(surrogate),
        loss=output["loss"].item(),
        step=step,
    )


def _tensors(model: StructuredPipeline, instance: Instance) -> Dict[str, Any]:
    batch = Batch([instance])
    batch.index_instances(model.vocab)
    tensors = move_to_device(batch.as_tensor_dict(), model._get_prediction_device())
    # The intermediate parser's own loss has no part in this.
    own = model.intermediate.gold_fields
    return {name: value for name, value in tensors.items() if name not in own}


@contextmanager
def _evaluated_with(
    model: StructuredPipeline, estimator: _Recorder
) -> Iterator[StructuredPipeline]:
    """
    A copy of `model` in evaluation with another estimator. Gradients of the parameters, which they
    share, are as before when the context ends.
    """
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    twin = cast(StructuredPipeline, twin_of(model))
    # A module cannot be replaced by what is none.
    del twin.estimator
    twin.estimator = estimator
    try:
        yield cast(StructuredPipeline, twin.eval())
    finally:
        for parameter, gradient in gradients:
            parameter.grad = gradient
