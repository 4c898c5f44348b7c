from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors
from allennlp.models import Model
from torch import Tensor

from spigot_allennlp.modules import VocabularyAxis
from spigot_allennlp.structures import Structure


class PartScores(NamedTuple):
    """What an intermediate parser thinks of a batch of sentences."""

    scores: Tensor
    """
    `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`, in at least
    single precision.
    """
    mask: Tensor
    """`(batch_size, num_nodes)`: ROOT and the words, which come first, and not the padding."""
    encoded: Tensor
    """`(batch_size, num_nodes, dim)`: what the scores were computed from."""


def with_loss(readable: Dict[str, Any], output_dict: Dict[str, Any]) -> Dict[str, Any]:
    """`readable` and, where there is one, the loss of `output_dict`, as AllenNLP expects it."""
    return {**readable, "loss": output_dict["loss"]} if "loss" in output_dict else readable


def joint_output(outputs: List[Dict[str, Any]], losses: List[Tensor]) -> Dict[str, Any]:
    """All outputs in one, with the sum of the losses in place of the loss of each."""
    result = {name: value for output in outputs for name, value in output.items()}
    for name in ("loss", "sentence_losses"):
        result.pop(name, None)
    if losses:
        result["sentence_losses"] = sum(losses)
        result["loss"] = result["sentence_losses"].mean()
    return result


class IntermediateParser(Model):
    """
    A parser that can stand before another model in a pipeline. It trains, evaluates and predicts on
    its own as well.
    """

    gold_fields: Tuple[str, ...] = ()
    """The names of the instance fields that hold the parser's own gold structure."""

    @property
    def structure(self) -> Structure:
        """What the parser predicts."""
        raise NotImplementedError

    @property
    def inference_structure(self) -> Structure:
        """
        What the scores are a distribution over, whose marginals and partition function are
        tractable: `structure` by default.
        """
        return self.structure

    @property
    def part_labels_to_read(self) -> Optional[str]:
        """`hard` or `expected` where the parser reads labels of an earlier tree, else None."""
        return None

    @property
    def reads_metadata(self) -> bool:
        """
        Whether what is predicted depends on the sentences in `metadata`, and not on the scores
        alone: such a parser cannot stand before another model.
        """
        return False

    def score_parts(
        self,
        tokens: TextFieldTensors,
        parts: Optional[Tensor] = None,
        part_labels: Optional[Tensor] = None,
    ) -> PartScores:
        """
        # Parameters

        tokens : `TextFieldTensors`
            ROOT first.
        parts : `FloatTensor`, optional
            `(batch_size, num_nodes, num_nodes, *part)`, indexed `[batch, modifier, head]`: an
            earlier structure that the parser reads.
        part_labels : `FloatTensor`, optional
            Its labels: see `part_labels`.
        """
        raise NotImplementedError

    def part_labels(
        self, part_scores: PartScores, parts: Tensor, kind: str, is_decided: bool = False
    ) -> Tensor:
        """
        The labels of the arcs of a tree.

        # Parameters

        part_scores : `PartScores`
        parts : `FloatTensor`
            `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`: the arcs z.
        kind : `str`
            `hard` for the best label of each arc, `expected` for the probability of each label.
        is_decided : `bool`, optional (default = `False`)
            Whether the arcs are 0 and 1 and get no gradient: then the labels of all others need not
            be known.

        # Returns

        `FloatTensor`
            `(batch_size, num_nodes, num_labels)`: for node m `sum_h z_mh p(label | m, h)`, whose
            gradient reaches z alone.

        # Raises

        `ConfigurationError`
            When the structure has no labels beside its parts.
        """
        raise ConfigurationError(
            f"The model after a {type(self).__name__} has `reads_syntax.deprels`, but it has "
            "learned no labels: train it on trees with labels, or set `reads_syntax.deprels: null`."
        )

    def interpret(
        self,
        part_scores: PartScores,
        parts: Optional[Tensor] = None,
        metadata: Optional[List[Dict[str, Any]]] = None,
        **gold: Tensor,
    ) -> Dict[str, Any]:
        """
        Predictions from scores and, where `gold_fields` are given, metrics and losses.

        # Parameters

        part_scores : `PartScores`
        parts : `FloatTensor`, optional
            Of the shape of the scores, indexed `[batch, modifier, head]`: their argmax where it is
            known already.
        metadata : `List[Dict[str, Any]]`, optional
        gold : `Tensor`
            Those of `gold_fields` that the instances have.

        # Returns

        `Dict[str, Any]`
            `sentence_losses` `(batch_size,)` only with gold; the rest is the parser's own.
        """
        raise NotImplementedError

    def gold_parts(self, part_scores: PartScores, **gold: Tensor) -> Tensor:
        """
        The gold structure, 0 and 1 in the shape of the scores.

        # Parameters

        part_scores : `PartScores`
        gold : `Tensor`
            Those of `gold_fields` that the instances have.
        """
        raise NotImplementedError

    def label_parameters(self) -> Dict[Tensor, List[VocabularyAxis]]:
        """
        The parser's own parameters that have axes for labels. Any `Model` may have this method: see
        the initializer `trained_model`, which asks for it.
        """
        raise NotImplementedError
