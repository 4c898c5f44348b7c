from contextlib import nullcontext
from typing import Any, Dict, List, Optional, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models import Model
from allennlp.nn import InitializerApplicator
from overrides import overrides
from torch import Tensor

from spigot_allennlp.estimators import LossScale, StructuredGradientEstimator
from spigot_allennlp.metrics import MeanPerSentence
from spigot_allennlp.models.intermediate_parser import IntermediateParser, PartScores
from spigot_allennlp.nn.prediction_mode import prediction_mode


@Model.register("structured_pipeline")
class StructuredPipeline(Model):
    """
    An intermediate parser, the structure it predicts, and a downstream model that reads the
    structure and whose loss trains the parser through it (Peng et al. 2018).

    Registered as a `Model` with name "structured_pipeline".

    # Parameters

    vocab : `Vocabulary`
    intermediate : `IntermediateParser`
    estimator : `StructuredGradientEstimator`
        How the gradient comes back through the structure.
    downstream : `Model`
        Any model whose `forward` takes `tokens` and `parts`, the structure, beside its own targets,
        and returns `sentence_losses` `(batch_size,)` when it has targets. It may be a
        `structured_pipeline` itself, whose intermediate parser then reads the structure.
    intermediate_loss_weight : `float`, optional (default = `1.0`)
        Of the intermediate parser's own loss, where its gold structure is present.
    separate_prediction_pass : `bool`, optional (default = `False`)
        Whether in training the structure for the downstream model comes from a second run of the
        intermediate parser without any dropout, as in the authors' program, or from the one that
        its own loss is computed from.
    initializer : `InitializerApplicator`, optional
    """

    default_predictor = "structured_parser"

    def __init__(
        self,
        vocab: Vocabulary,
        intermediate: Model,
        estimator: StructuredGradientEstimator,
        downstream: Model,
        intermediate_loss_weight: float = 1.0,
        separate_prediction_pass: bool = False,
        initializer: InitializerApplicator = InitializerApplicator(),
    ) -> None:
        super().__init__(vocab)
        # AllenNLP's registry is the base class's, so that any model may turn up here.
        if not isinstance(intermediate, IntermediateParser):
            raise ConfigurationError(
                "The intermediate model of a structured_pipeline must be an IntermediateParser, "
                f"such as syntactic_parser, but is a {type(intermediate).__name__}."
            )
        self._intermediate = intermediate
        self.estimator = estimator
        self._downstream = downstream
        self._intermediate_loss_weight = intermediate_loss_weight
        self._separate_prediction_pass = separate_prediction_pass
        self._gradient_norm = MeanPerSentence()
        self._zero_gradients = MeanPerSentence()
        initializer(self)

    @property
    def intermediate(self) -> IntermediateParser:
        """The parser whose structure the downstream model reads."""
        return self._intermediate

    @property
    def part_labels_to_read(self) -> Optional[str]:
        """Of the intermediate parser."""
        return self._intermediate.part_labels_to_read

    @property
    def gold_fields(self) -> Tuple[str, ...]:
        """The instance fields that only losses and metrics need, as far as the models name them."""
        downstream: Tuple[str, ...] = getattr(self._downstream, "gold_fields", ())
        return self._intermediate.gold_fields + downstream

    @overrides(check_signature=False)
    def forward(
        self,
        tokens: TextFieldTensors,
        parts: Optional[Tensor] = None,
        part_labels: Optional[Tensor] = None,
        metadata: Optional[List[Dict[str, Any]]] = None,
        task: Optional[List[str]] = None,
        **gold: Tensor,
    ) -> Dict[str, Any]:
        """
        # Parameters

        tokens : `TextFieldTensors`
            ROOT first.
        parts : `FloatTensor`, optional
            `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`: an
            earlier structure that the intermediate parser reads, in a pipeline of pipelines.
        part_labels : `FloatTensor`, optional
            The labels of that structure: see `IntermediateParser.part_labels`.
        metadata : `List[Dict[str, Any]]`, optional
        task : `List[str]`, optional
            The corpus of each sentence, as AllenNLP's multitask reader says. Not used: the gold
            fields tell what a batch trains.
        gold : `torch.Tensor`
            Gold fields. Those that the intermediate parser names in `gold_fields` are its own, the
            others go to the downstream model.

        # Returns

        `Dict[str, Any]`
            What the two models return, without the losses of each; where anything gold is present
            `sentence_losses` `(batch_size,)`, the weighted sum of both, and `loss`, their mean.
        """
        own = {name: gold.pop(name) for name in self._intermediate.gold_fields if name in gold}
        inputs: Dict[str, Any] = {"tokens": tokens, "parts": parts}
        if part_labels is not None:
            inputs["part_labels"] = part_labels
        if self.training and own and not gold:
            return self._treebank_batch(inputs, metadata, own)
        return self._end_task_batch(inputs, metadata, own, gold)

    def _treebank_batch(
        self,
        inputs: Dict[str, Any],
        metadata: Optional[List[Dict[str, Any]]],
        own: Dict[str, Tensor],
    ) -> Dict[str, Any]:
        """What trains the intermediate parser alone."""
        part_scores = self._intermediate.score_parts(**inputs)
        output = self._intermediate.interpret(part_scores, metadata=metadata, **own)
        return _result([output], self._own_losses(output))

    def _end_task_batch(
        self,
        inputs: Dict[str, Any],
        metadata: Optional[List[Dict[str, Any]]],
        own: Dict[str, Tensor],
        gold: Dict[str, Tensor],
    ) -> Dict[str, Any]:
        """The whole way through both models, with whatever is gold of each."""
        separate = self.training and self._separate_prediction_pass
        with prediction_mode(self._intermediate) if separate else nullcontext():
            part_scores = self._intermediate.score_parts(**inputs)
        loss_scale = LossScale()
        structure = self._estimate(part_scores, loss_scale)
        structure_inputs = {"tokens": inputs["tokens"], "parts": structure}
        kind = getattr(self._downstream, "part_labels_to_read", None)
        if kind is not None:
            labels = self._intermediate.part_labels(part_scores, structure, kind)
            structure_inputs["part_labels"] = labels
        downstream = self._downstream(**structure_inputs, metadata=metadata, **gold)
        losses = [loss_scale.watch(self._sentence_losses(downstream, gold))] if gold else []

        known = structure.detach() if self.estimator.is_hard else None
        # A parser that its own loss does not train runs once.
        if separate and own and self._intermediate_loss_weight > 0:
            part_scores, known = self._intermediate.score_parts(**inputs), None
        output = self._intermediate.interpret(part_scores, parts=known, metadata=metadata, **own)
        return _result([downstream, output], losses + self._own_losses(output))

    def _own_losses(self, output: Dict[str, Any]) -> List[Tensor]:
        """Of the intermediate parser, weighted, if it has gold and its weight counts."""
        if "sentence_losses" not in output or not self._intermediate_loss_weight > 0:
            return []
        return [self._intermediate_loss_weight * output["sentence_losses"]]

    def _sentence_losses(self, output: Dict[str, Any], gold: Dict[str, Tensor]) -> Tensor:
        if "sentence_losses" not in output:
            raise ConfigurationError(
                f"{type(self._downstream).__name__} got {sorted(gold)} and returned no "
                "`sentence_losses`: a downstream model must return the loss of each sentence, "
                "(batch_size,)."
            )
        return output["sentence_losses"]

    def _estimate(self, part_scores: PartScores, loss_scale: LossScale) -> Tensor:
        scores, mask, _ = part_scores
        if scores.requires_grad:
            # A tensor of its own, so that its gradient is the estimator's alone.
            scores = scores.view_as(scores)
            scores.register_hook(lambda gradient: self._observe(gradient, loss_scale))
        return self.estimator(scores, mask, self._intermediate.structure, loss_scale)

    def _observe(self, gradient: Tensor, loss_scale: LossScale) -> None:
        weights = loss_scale.weights_of(gradient).flatten()
        norms = torch.linalg.vector_norm(gradient.flatten(1), dim=1) / weights
        # Mixed precision overflows now and then, and a weight of 0 says nothing about the gradient.
        counted = torch.isfinite(norms)
        self._gradient_norm(norms, counted)
        self._zero_gradients(norms == 0, counted)

    @overrides(check_signature=False)
    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """What the two models say, side by side."""
        return {
            **self._intermediate.make_output_human_readable(output_dict),
            **self._downstream.make_output_human_readable(output_dict),
        }

    @overrides
    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        """
        The metrics of both models, and at the end of an epoch of training `gradient_norm`, the mean
        over sentences of the norm of the gradient that the end task sends to the intermediate
        scores, and `zero_gradients`, the share of sentences where it is zero; neither when it sends
        none. Those of a downstream pipeline have the prefix `downstream_`.
        """
        metrics = self._intermediate.get_metrics(reset)
        downstream = {
            f"downstream_{name}" if name in ("gradient_norm", "zero_gradients") else name: value
            for name, value in self._downstream.get_metrics(reset).items()
        }
        ambiguous = sorted(metrics.keys() & downstream.keys())
        if ambiguous:
            raise ConfigurationError(f"Both models of the pipeline report {ambiguous}.")
        metrics.update(downstream)
        if reset and self.training and self._gradient_norm.has_values():
            metrics["gradient_norm"] = self._gradient_norm.get_metric(reset)
            metrics["zero_gradients"] = self._zero_gradients.get_metric(reset)
        return metrics


def _result(outputs: List[Dict[str, Any]], losses: List[Tensor]) -> Dict[str, Any]:
    """All outputs in one, with the sum of the losses in place of the loss of each."""
    result = {name: value for output in outputs for name, value in output.items()}
    for name in ("loss", "sentence_losses"):
        result.pop(name, None)
    if losses:
        result["sentence_losses"] = sum(losses)
        result["loss"] = result["sentence_losses"].mean()
    return result
