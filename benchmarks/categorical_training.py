"""
An encoder, a latent category and a decoder, trained through each of the estimators, for many seeds
at once.

The encoder is linear, from the features to a score for each category; the decoder is bilinear, from
the features and the category to the class. Parameters of all models stand side by side, each with
its own loss, so that the models do not touch one another. Tensors of scores are indexed
`[sentence, model, category]`.
"""

import inspect
import math
from functools import partial
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

import torch
from categorical_data import Data, Part, Setting
from categorical_structure import Categories
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot, softplus

from spigot_allennlp.estimators import LossScale, StructuredGradientEstimator

CONTROLS = ("linear", "gold", "enumeration")
"""
No category; the gold cluster as category; the exact gradient of the expected loss, the sum over
all categories of their probability times their loss.
"""

# Of supervision of an encoder, where there is any.
SUPERVISED_STEPS, SUPERVISED_RATE = 200, 0.01

Scores = Dict[str, float]


class Models(NamedTuple):
    """The parameters of `num_models` models."""

    encoder: Tensor
    """`(num_features, num_models, num_categories)`."""
    encoder_bias: Tensor
    """`(num_models, num_categories)`."""
    decoder: Tensor
    """
    `(num_features, num_models, num_categories)`: the weights of the second class less those of the
    first. Two classes have no more to say, and the gradients of the two are opposite, so that the
    difference moves twice as fast as each: see `optimizer`.
    """
    decoder_bias: Tensor
    """`(num_models,)`."""

    def category_scores(self, features: Tensor) -> Tensor:
        """`(num_sentences, num_models, num_categories)`."""
        return _linear(features, self.encoder) + self.encoder_bias

    def class_scores(self, features: Tensor) -> Tensor:
        """The logit of the second class with each category, in the same shape."""
        return _linear(features, self.decoder) + self.decoder_bias.unsqueeze(1)

    def optimizer(self, learning_rate: float) -> torch.optim.Adam:
        """Adam, which treats every number apart: what one model does changes no other."""
        groups = [
            {"params": [self.encoder, self.encoder_bias], "lr": learning_rate},
            {"params": [self.decoder, self.decoder_bias], "lr": 2 * learning_rate},
        ]
        return torch.optim.Adam(groups)


def initial_models(setting: Setting, data: Data, seeds: Sequence[int], categories: int) -> Models:
    """
    Weights drawn as those of `torch.nn.Linear`, for each model from its own seed; the encoders
    trained on `setting.labeled` sentences with their clusters, if there are any.
    """
    bound = 1 / math.sqrt(setting.features)
    shapes = ((setting.features, categories), (categories,), (setting.features, categories), ())
    drawn, labeled = [], []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        # Of the decoder for both classes.
        uniform = [torch.rand(shape, generator=generator) for shape in (*shapes, *shapes[2:])]
        encoder, bias, *decoders = (bound * (2 * values - 1) for values in uniform)
        drawn.append((encoder, bias, decoders[2] - decoders[0], decoders[3] - decoders[1]))
        labeled.append(torch.randperm(setting.sentences, generator=generator)[: setting.labeled])
    encoders, biases, decoders, decoder_biases = map(list, zip(*drawn))
    encoder, bias = torch.stack(encoders, dim=1), torch.stack(biases)
    if setting.labeled and categories > 1:
        encoder, bias = supervised(encoder, bias, data.train, torch.stack(labeled))
    decoder, decoder_bias = torch.stack(decoders, dim=1), torch.stack(decoder_biases)
    for values in (encoder, bias, decoder, decoder_bias):
        values.requires_grad_()
    return Models(encoder, bias, decoder, decoder_bias)


def supervised(encoder: Tensor, bias: Tensor, part: Part, chosen: Tensor) -> Sequence[Tensor]:
    """The encoders, each trained on the clusters of its chosen sentences, `[model, sentence]`."""
    weights = [encoder.clone().requires_grad_(), bias.clone().requires_grad_()]
    optimizer = torch.optim.Adam(weights, SUPERVISED_RATE)
    features, clusters = part.features[chosen], part.clusters[chosen]
    for _ in range(SUPERVISED_STEPS):
        optimizer.zero_grad()
        scores = torch.einsum("msf,fmc->msc", features, weights[0]) + weights[1].unsqueeze(1)
        losses = cross_entropy(scores.flatten(0, 1), clusters.flatten(), reduction="none")
        losses.reshape(clusters.shape).mean(dim=1).sum().backward()
        optimizer.step()
    return [values.detach() for values in weights]


def make_estimator(
    name: str, step_size: Optional[float], num_steps: int
) -> StructuredGradientEstimator:
    """
    A new estimator with its own defaults but for the step size. Steps are not clipped, and what is
    annealed is so over the first half of the training.
    """
    estimator = StructuredGradientEstimator.by_name(name)
    known = inspect.signature(estimator).parameters
    options: Dict[str, Any] = {} if step_size is None else {"step_size": step_size}
    if "max_norm" in known:
        options["max_norm"] = None
    if "num_steps" in known:
        options["num_steps"] = max(1, num_steps // 2)
    return estimator(**options)


def train(
    setting: Setting,
    data: Data,
    system: str,
    learning_rate: float,
    step_size: Optional[float],
    num_steps: int,
    seeds: Sequence[int],
) -> List[Scores]:
    """
    Trains a model for each seed and scores it.

    # Parameters

    system : `str`
        One of `CONTROLS`, or the registered name of an estimator.
    num_steps : `int`
        Of Adam on the whole training set, without a schedule.

    # Returns

    `List[Dict[str, float]]`
        See `score`, of the last step.
    """
    categories = 1 if system == "linear" else setting.categories
    models = initial_models(setting, data, seeds, categories)
    optimizer = models.optimizer(learning_rate)
    # Noise that the models share.
    torch.manual_seed(seeds[0])
    estimator = None
    if system not in CONTROLS:
        estimator = make_estimator(system, step_size, num_steps).train()
    losses = LOSSES.get(system, _losses_through)
    for _ in range(num_steps):
        optimizer.zero_grad()
        # Each model has the mean of its own sentences' losses.
        losses(models, data.train, estimator).mean(dim=0).sum().backward()
        optimizer.step()
    found: List[Scores] = [{} for _ in seeds]
    with torch.no_grad():
        for name, part in (("dev", data.dev), ("test", data.test)):
            for scores, more in zip(found, score(models, part, system, estimator)):
                scores.update({f"{name}_{metric}": value for metric, value in more.items()})
    return found


def score(
    models: Models, part: Part, system: str, estimator: Optional[StructuredGradientEstimator]
) -> List[Scores]:
    """
    Of each model the share of right classes with the best category, `accuracy`, and the
    `v_measure` of the best categories, which linear models have not; and with what the estimator
    gives the decoder after training, where that is a mixture of categories, `relaxed_accuracy`.
    """
    category_scores = models.category_scores(part.features)
    class_scores = models.class_scores(part.features)

    def accuracies(weights: Tensor) -> List[float]:
        right = ((weights * class_scores).sum(dim=-1) > 0) == part.classes.unsqueeze(1)
        return right.double().mean(dim=0).tolist()

    best = category_scores.argmax(dim=-1)
    if system == "gold":
        best = part.clusters.unsqueeze(1).expand_as(best)
    weights = one_hot(best, category_scores.size(-1))
    found: List[Scores] = [{"accuracy": accuracy} for accuracy in accuracies(weights)]
    if system != "linear":
        for scores, column in zip(found, best.t()):
            scores["v_measure"] = v_measure(part.clusters, column)
    if estimator is not None:
        shown = decide(estimator.eval(), category_scores, LossScale())
        if not torch.equal(shown, weights.to(shown.dtype)):
            for scores, accuracy in zip(found, accuracies(shown)):
                scores["relaxed_accuracy"] = accuracy
    return found


def decide(estimator: StructuredGradientEstimator, scores: Tensor, loss_scale: LossScale) -> Tensor:
    """What the estimator makes of scores `[sentence, model, category]`, in their shape."""
    mask = torch.ones(scores.shape[:2], dtype=torch.bool).reshape(-1, 1)
    flat = scores.reshape(-1, 1, 1, scores.size(-1))
    return estimator(flat, mask, Categories(), loss_scale).reshape(scores.shape)


def v_measure(gold: Tensor, predicted: Tensor) -> float:
    """
    The harmonic mean of the shares of the gold clusters' entropy that the predicted ones explain
    and of the predicted clusters' entropy that the gold ones explain (Rosenberg and Hirschberg
    2007), 1 where there is no entropy to explain.
    """
    number = int(predicted.max()) + 1
    joint = (gold * number + predicted).bincount(minlength=(int(gold.max()) + 1) * number)
    table = joint.reshape(-1, number).double() / len(gold)
    of_gold, of_predicted = _entropy(table.sum(dim=1)), _entropy(table.sum(dim=0))
    shared = of_gold + of_predicted - _entropy(table.flatten())
    shares = [shared / own if own > 0 else 1.0 for own in (of_gold, of_predicted)]
    return 2 * shares[0] * shares[1] / sum(shares) if sum(shares) > 0 else 0.0


def _entropy(shares: Tensor) -> float:
    return float(-torch.xlogy(shares, shares).sum())


def _linear(features: Tensor, weights: Tensor) -> Tensor:
    # One product for all models.
    flat = features @ weights.flatten(1)
    return flat.reshape(len(features), *weights.shape[1:])


def _class_losses(logits: Tensor, classes: Tensor) -> Tensor:
    """The cross entropy of logits `[sentence, ...]`."""
    signs = (1 - 2 * classes.to(logits.dtype)).reshape((-1,) + (1,) * (logits.dim() - 1))
    return softplus(signs * logits)


def _losses_linear(models: Models, part: Part, _: Any) -> Tensor:
    return _class_losses(models.class_scores(part.features)[..., 0], part.classes)


def _losses_gold(models: Models, part: Part, _: Any) -> Tensor:
    class_scores = models.class_scores(part.features)
    rows = torch.arange(len(part.clusters))
    return _class_losses(class_scores[rows, :, part.clusters], part.classes)


def _losses_expected(models: Models, part: Part, _: Any) -> Tensor:
    losses = _class_losses(models.class_scores(part.features), part.classes)
    return (models.category_scores(part.features).softmax(dim=-1) * losses).sum(dim=-1)


def _losses_through(models: Models, part: Part, estimator: Any) -> Tensor:
    category_scores = models.category_scores(part.features)
    class_scores = models.class_scores(part.features)
    # REINFORCE compares a loss with the other losses of its batch: those of the same model.
    apart = hasattr(estimator, "baseline")
    batches = range(category_scores.size(1)) if apart else [slice(None)]
    losses = []
    for models_of_batch in batches:
        chosen = slice(models_of_batch, models_of_batch + 1) if apart else models_of_batch
        losses_of = partial(_losses_of_weights, class_scores[:, chosen], part.classes)
        loss_scale = LossScale(lambda parts, of=losses_of: of(parts).detach().reshape(-1))
        own = losses_of(decide(estimator, category_scores[:, chosen], loss_scale))
        losses.append(loss_scale.watch(own.reshape(-1)).reshape(own.shape))
    return torch.cat(losses, dim=1)


def _losses_of_weights(class_scores: Tensor, classes: Tensor, weights: Tensor) -> Tensor:
    """Of the categories' weights, for the class scores of each, both `[sentence, model, ...]`."""
    logits = (weights.reshape(class_scores.shape) * class_scores).sum(dim=-1)
    return _class_losses(logits, classes)


LOSSES: Dict[str, Callable[[Models, Part, Any], Tensor]] = {
    "linear": _losses_linear,
    "gold": _losses_gold,
    "enumeration": _losses_expected,
}
"""From models and sentences to losses `[sentence, model]`."""
