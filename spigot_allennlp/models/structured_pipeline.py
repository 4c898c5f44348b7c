from contextlib import nullcontext
from typing import Any, Dict, List, Optional, Tuple, Union

from allennlp.common import Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models import Model
from allennlp.nn import InitializerApplicator
from overrides import overrides
from torch import Tensor

from spigot_allennlp.estimators import LossScale, StructuredGradientEstimator
from spigot_allennlp.holding.batch_hold import BatchHold
from spigot_allennlp.holding.candidates import Candidates
from spigot_allennlp.holding.diagnostics import NAMES, Diagnostics
from spigot_allennlp.holding.schedules import LinearWeight, WarmUp
from spigot_allennlp.holding.start_parser import StartParser
from spigot_allennlp.holding.training_clock import TrainingClock
from spigot_allennlp.models.intermediate_parser import IntermediateParser, PartScores, joint_output
from spigot_allennlp.models.on_the_side import on_the_side
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
        Any model whose `forward` takes `tokens`, `parts`, the structure, and `metadata`, beside its
        own targets, and returns `sentence_losses` `(batch_size,)` when it has targets. It may be a
        `structured_pipeline` itself, whose intermediate parser then reads the structure.
    intermediate_loss_weight : `Union[float, LinearWeight]`, optional (default = `1.0`)
        Of the intermediate parser's own loss, where its gold structure is present.
    separate_prediction_pass : `bool`, optional (default = `False`)
        Whether in training the structure for the downstream model comes from a second run of the
        intermediate parser without any dropout, as in the authors' program, or from the one that
        its own loss is computed from.
    candidates : `Candidates`, optional (default = `None`)
        What alone the parser may predict, by the start parser. Gold is a candidate for the parser's
        own loss, and for nothing else.
    anchor : `float`, optional (default = `0.0`)
        The weight of the divergence `KL(start parser || parser)`, in training, on the sentences of
        the end task.
    warm_up : `WarmUp`, optional (default = `None`)
        How the gradient that the end task sends to the parser sets in.
    start_parser : `StartParser`, optional (default = `None`)
        The parser as it was at the start. `candidates` and `anchor` make it if it is not given.
    costly_diagnostics : `bool`, optional (default = `False`)
        Whether the metrics `entropy` and `cosine` are computed.
    initializer : `InitializerApplicator`, optional
    """

    default_predictor = "structured_parser"

    def __init__(
        self,
        vocab: Vocabulary,
        intermediate: Model,
        estimator: StructuredGradientEstimator,
        downstream: Model,
        intermediate_loss_weight: Union[float, LinearWeight] = 1.0,
        separate_prediction_pass: bool = False,
        candidates: Optional[Candidates] = None,
        anchor: float = 0.0,
        warm_up: Optional[WarmUp] = None,
        start_parser: Optional[Lazy[StartParser]] = None,
        costly_diagnostics: bool = False,
        initializer: InitializerApplicator = InitializerApplicator(),
    ) -> None:
        super().__init__(vocab)
        # AllenNLP's registry is the base class's, so that any model may turn up here.
        if not isinstance(intermediate, IntermediateParser):
            raise ConfigurationError(
                "The intermediate model of a structured_pipeline must be an IntermediateParser, "
                f"such as syntactic_parser, but is a {type(intermediate).__name__}."
            )
        if intermediate.reads_metadata:
            raise ConfigurationError(
                "The intermediate model of a structured_pipeline predicts from its scores alone, "
                "and not with `predicates: given`."
            )
        self._intermediate = intermediate
        self.estimator = estimator
        self._downstream = downstream
        self._intermediate_loss_weight = intermediate_loss_weight
        self._separate_prediction_pass = separate_prediction_pass
        self._candidates = candidates
        for name, weight in (
            ("intermediate_loss_weight", intermediate_loss_weight),
            ("anchor", anchor),
        ):
            if not isinstance(weight, LinearWeight) and not weight >= 0:
                raise ConfigurationError(f"{name} must not be negative but is {weight}.")
        self._anchor = anchor
        self._warm_up = warm_up
        has_clock = warm_up is not None or isinstance(intermediate_loss_weight, LinearWeight)
        self._clock = TrainingClock() if has_clock else None
        self._diagnostics = Diagnostics(costly_diagnostics)
        initializer(self)
        # A copy of what the initializers have made.
        self._start_parser: Optional[StartParser] = None
        if start_parser is not None or candidates is not None or anchor > 0:
            start_parser = start_parser or Lazy(StartParser)
            self._start_parser = start_parser.construct(parser=intermediate)

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
            others go to the downstream model, if it names none, or those that it names.

        # Returns

        `Dict[str, Any]`
            What the two models return, without the losses of each; where anything gold is present
            `sentence_losses` `(batch_size,)`, the weighted sum of both, and `loss`, their mean.
        """
        own = {name: gold.pop(name) for name in self._intermediate.gold_fields if name in gold}
        known = {n: gold[n] for n in getattr(self._downstream, "gold_fields", gold) if n in gold}
        if own or known:
            # The rest is an annotation that this pipeline has no use for.
            gold = known
        inputs: Dict[str, Any] = {"tokens": tokens, "parts": parts}
        if part_labels is not None:
            inputs["part_labels"] = part_labels
        if self.training and own and not gold:
            output = self._treebank_batch(inputs, metadata, own)
        else:
            output = self._end_task_batch(inputs, metadata, own, gold)
        if self.training and self._clock is not None:
            self._clock.end_step()
        return output

    def _treebank_batch(
        self,
        inputs: Dict[str, Any],
        metadata: Optional[List[Dict[str, Any]]],
        own: Dict[str, Tensor],
    ) -> Dict[str, Any]:
        """What trains the intermediate parser alone."""
        part_scores = self._intermediate.score_parts(**inputs)
        hold = self._hold(inputs, needs_start=self._candidates is not None)
        output = hold.interpret(part_scores, None, metadata, own)
        # Also with a weight of 0, since a trainer needs a loss.
        return joint_output([output], [self._loss_weight * output["sentence_losses"]])

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
        # A plain prediction is compared with nothing.
        needs_start = bool(gold or own) or self._candidates is not None
        hold = self._hold(inputs, needs_start)
        restricted = hold.restrict(part_scores)

        def run(end_task: Model, structure: Tensor) -> Dict[str, Any]:
            read = self._structure_inputs(end_task, part_scores, structure)
            return end_task(tokens=inputs["tokens"], **read, metadata=metadata, **gold)

        def losses_with(structure: Tensor) -> Tensor:
            with on_the_side(self._downstream) as end_task:
                return self._sentence_losses(run(end_task, structure), gold, structure)

        loss_scale = LossScale(losses_with if gold else None)
        structure = self._estimate(restricted, loss_scale)
        downstream = run(self._downstream, structure)
        losses = []
        if gold:
            losses.append(loss_scale.watch(self._sentence_losses(downstream, gold, structure)))
        if gold and self.training and self._anchor > 0:
            divergence = hold.divergence(restricted)
            losses += [] if divergence is None else [self._anchor * divergence]

        known = structure.detach() if self.estimator.is_hard else None
        if gold or own:
            hold.observe(restricted, known)
        # A parser that its own loss does not train runs once.
        if separate and own and self._loss_weight > 0:
            part_scores, known = self._intermediate.score_parts(**inputs), None
        output = hold.interpret(part_scores, known, metadata, own)
        return joint_output([downstream, output], losses + self._own_losses(output))

    def _structure_inputs(
        self, end_task: Model, part_scores: PartScores, structure: Tensor
    ) -> Dict[str, Tensor]:
        """What the end task reads of the structure."""
        kind = getattr(end_task, "part_labels_to_read", None)
        if kind is None:
            return {"parts": structure}
        is_decided = self.estimator.is_hard and not structure.requires_grad
        part_labels = self._intermediate.part_labels(part_scores, structure, kind, is_decided)
        return {"parts": structure, "part_labels": part_labels}

    def _hold(self, inputs: Dict[str, Any], needs_start: bool) -> BatchHold:
        self._diagnostics.begin_batch()
        start_parser = self._start_parser if needs_start else None
        return BatchHold(
            self._intermediate, start_parser, self._candidates, self._diagnostics, inputs
        )

    @property
    def _loss_weight(self) -> float:
        """Of the intermediate parser's own loss, now."""
        weight = self._intermediate_loss_weight
        if isinstance(weight, LinearWeight):
            assert self._clock is not None
            return weight.at(self._clock)
        return weight

    def _own_losses(self, output: Dict[str, Any]) -> List[Tensor]:
        """Of the intermediate parser, weighted, if it has gold and its weight counts."""
        weight = self._loss_weight
        if "sentence_losses" not in output or not weight > 0:
            return []
        return [weight * output["sentence_losses"]]

    def _sentence_losses(
        self, output: Dict[str, Any], gold: Dict[str, Tensor], structure: Tensor
    ) -> Tensor:
        losses = output.get("sentence_losses")
        if losses is None or losses.shape != structure.shape[:1]:
            found = "no" if losses is None else f"a tensor of shape {tuple(losses.shape)} as"
            raise ConfigurationError(
                f"{type(self._downstream).__name__} got {sorted(gold)} and returned {found} "
                "`sentence_losses`: a downstream model must return the loss of each sentence, "
                f"(batch_size,), here ({len(structure)},)."
            )
        return losses

    def _estimate(self, part_scores: PartScores, loss_scale: LossScale) -> Tensor:
        scores, mask, _ = part_scores
        if self.training and self._warm_up is not None and self._clock is not None:
            scores = self._warm_up.let_through(scores, self._clock)
        if scores.requires_grad:
            scores = self._diagnostics.watch(scores, loss_scale)
        return self.estimator(scores, mask, self._intermediate.structure, loss_scale)

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
        The metrics of both models, and at the end of an epoch what `Diagnostics` says: of training
        `gradient_norm`, the mean over sentences of the norm of the gradient that the end task sends
        to the intermediate scores, and `zero_gradients`, the share of sentences where it is zero;
        neither when it sends none. Those of a downstream pipeline have the prefix `downstream_`.
        """
        metrics = self._intermediate.get_metrics(reset)
        downstream = {
            f"downstream_{name}" if name.split("downstream_")[-1] in NAMES else name: value
            for name, value in self._downstream.get_metrics(reset).items()
        }
        ambiguous = sorted(metrics.keys() & downstream.keys())
        if ambiguous:
            raise ConfigurationError(f"Both models of the pipeline report {ambiguous}.")
        metrics.update(downstream)
        if reset:
            metrics.update(self._diagnostics.get_metrics(self.training))
            if self.training and self._clock is not None:
                self._clock.end_epoch()
        return metrics
