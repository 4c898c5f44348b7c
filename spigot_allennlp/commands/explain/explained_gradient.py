from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Instance
from allennlp.nn.util import move_to_device
from overrides import overrides
from torch import Tensor

from spigot_allennlp.estimators import LossScale, Spigot, StructuredGradientEstimator
from spigot_allennlp.models import StructuredPipeline
from spigot_allennlp.nn.projections import clip_norm
from spigot_allennlp.structures import Structure


class ExplainedGradient(NamedTuple):
    """
    The way from the end task's gradient to that of the scores, for the arcs to one word. Every list
    has one entry per candidate head.
    """

    heads: List[int]
    """0 is ROOT."""
    scores: List[float]
    decision: List[float]
    """z, the argmax."""
    gradient: List[float]
    """g, of the sentence's own loss with respect to z; what straight-through hands on."""
    stepped: List[float]
    """z - clip(step_size * g)."""
    projected: List[float]
    """The projection of that."""
    surrogate: List[float]
    """z - projected: what SPIGOT hands on."""
    step_size: float
    factor: float
    """By which the clipping of the whole sentence's step shortens it; 1 for none."""
    loss: float
    """Of the sentence in the end task."""


class _Recorder(StructuredGradientEstimator):
    """The argmax as a leaf, so that the gradient with respect to it can be read off."""

    def __init__(self) -> None:
        self.scores: Tensor
        self.mask: Tensor
        self.parts: Tensor
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
        self.scores, self.mask, self.loss_scale = scores.detach(), mask, loss_scale
        self.parts = structure.argmax(scores, mask).requires_grad_()
        return self.parts


def explain_gradient(
    model: StructuredPipeline, instance: Instance, word: int, spigot: Optional[Spigot] = None
) -> ExplainedGradient:
    """
    What the end task's gradient with respect to the structure of a sentence is, and what becomes of
    it. The model is used as in evaluation, without dropout, and left as it was.

    # Parameters

    model : `StructuredPipeline`
    instance : `Instance`
        With what the end task is trained on. It is indexed if it is not yet.
    word : `int`
        From 1. Its candidate heads are ROOT and all other words; for labelled graphs, its
        unlabelled arcs from them.
    spigot : `Spigot`, optional
        With which step size and norm; by default the model's own estimator if it is one, and
        `Spigot()` otherwise.

    # Raises

    `ConfigurationError`
        For a word that the sentence does not have, and for a sentence without an end task.
    """
    if spigot is None:
        spigot = model.estimator if isinstance(model.estimator, Spigot) else Spigot()
    tensors = _tensors(model, instance)
    recorder = _Recorder()
    with _evaluated_with(model, recorder), torch.enable_grad():
        output = model(**tensors)
        if "loss" not in output:
            raise ConfigurationError(
                "The sentence has nothing that the end task could be wrong about: give a file with "
                "the gold annotation of the downstream model."
            )
        output["loss"].backward()
    structure = model.intermediate.structure
    parts, mask = recorder.parts.detach(), recorder.mask
    num_words = int(mask.sum()) - 1
    if not 1 <= word <= num_words:
        raise ConfigurationError(
            f"The words of the sentence are numbered from 1 to {num_words}; there is no {word}."
        )
    gradient = torch.zeros_like(parts)
    # A downstream model need not read it.
    if recorder.parts.grad is not None:
        gradient = recorder.parts.grad / recorder.loss_scale.weights_of(parts)
    gradient = structure.restrict(gradient, mask)
    step = clip_norm(spigot.step_size * gradient, spigot.max_norm)
    stepped = parts - step
    projected = structure.project(stepped, mask)
    heads = [head for head in range(num_words + 1) if head != word]

    def row(values: Tensor) -> List[float]:
        of_word = values[0, word, heads]
        return (of_word[:, 0] if of_word.dim() == 2 else of_word).tolist()

    norms = [torch.linalg.vector_norm(x).item() for x in (step, spigot.step_size * gradient)]
    return ExplainedGradient(
        heads=heads,
        scores=row(recorder.scores),
        decision=row(parts),
        gradient=row(gradient),
        stepped=row(stepped),
        projected=row(projected),
        surrogate=row(parts - projected),
        step_size=spigot.step_size,
        factor=norms[0] / norms[1] if norms[1] > 0 else 1.0,
        loss=output["loss"].item(),
    )


def _tensors(model: StructuredPipeline, instance: Instance) -> Dict[str, Any]:
    batch = Batch([instance])
    batch.index_instances(model.vocab)
    tensors = move_to_device(batch.as_tensor_dict(), model._get_prediction_device())
    # The intermediate parser's own loss has no part in this.
    own = model.intermediate.gold_fields
    return {name: value for name, value in tensors.items() if name not in own}


@contextmanager
def _evaluated_with(model: StructuredPipeline, estimator: _Recorder) -> Iterator[None]:
    was_training, own_estimator = model.training, model.estimator
    gradients = [(parameter, parameter.grad) for parameter in model.parameters()]
    model.eval()
    model.estimator = estimator
    try:
        yield
    finally:
        model.train(was_training)
        model.estimator = own_estimator
        for parameter, gradient in gradients:
            parameter.grad = gradient
        model.get_metrics(reset=True)
