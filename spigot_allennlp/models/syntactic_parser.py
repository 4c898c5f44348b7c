from typing import Any, Dict, List, Optional

import torch
from allennlp.common import Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import is_distributed
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models import Model
from allennlp.nn import InitializerApplicator
from overrides import overrides
from torch import Tensor

from spigot_allennlp.labels import DEPRELS_NAMESPACE, has_deprels
from spigot_allennlp.losses import StructuredLoss
from spigot_allennlp.metrics import (
    AttachmentScores,
    GoldOutside,
    for_progress_bar,
    punctuation_mask,
)
from spigot_allennlp.models.intermediate_parser import (
    IntermediateParser,
    PartScores,
    with_loss,
)
from spigot_allennlp.modules import ArcScorer, DeprelScorer, SentenceEncoder, VocabularyAxis
from spigot_allennlp.nn.parts import arcs_to_heads, heads_to_arcs, is_word
from spigot_allennlp.structures import LabeledGraphs, Structure


@Model.register("syntactic_parser")
class SyntacticParser(IntermediateParser):
    """
    A first-order dependency parser: a score for each arc, a tree, and a label for each arc of the
    tree.

    An arc from ROOT gets a label that such an arc has in the training data, often `root` alone, and
    so does an arc from a word. These labels are learned in training and part of the archive; losses
    are over all labels. Registered as a `Model` with name "syntactic_parser".

    # Parameters

    vocab : `Vocabulary`
    sentence_encoder : `SentenceEncoder`
    arc_scorer : `ArcScorer`
    structure : `Structure`
        A structure of trees, whose parts are arcs.
    loss : `StructuredLoss`
        What the arc scores are trained with.
    deprel_hidden_dim : `int`, optional (default = `100`)
        Of the layer that the label of an arc is predicted from.
    initializer : `InitializerApplicator`, optional
    """

    default_predictor = "structured_parser"
    gold_fields = ("heads", "deprels")

    def __init__(
        self,
        vocab: Vocabulary,
        sentence_encoder: SentenceEncoder,
        arc_scorer: Lazy[ArcScorer],
        structure: Structure,
        loss: StructuredLoss,
        deprel_hidden_dim: int = 100,
        initializer: InitializerApplicator = InitializerApplicator(),
    ) -> None:
        super().__init__(vocab)
        if isinstance(structure, LabeledGraphs):
            raise ConfigurationError(
                "The structure of a syntactic_parser must be one of trees, such as "
                "projective_trees. labeled_graphs is that of a semantic_graph_parser."
            )
        self._structure = structure
        dim = sentence_encoder.get_output_dim()
        self._sentence_encoder = sentence_encoder
        self._arc_scorer = arc_scorer.construct(input_dim=dim, num_outputs=1)
        self._loss = loss
        num_deprels = vocab.get_vocab_size(DEPRELS_NAMESPACE)
        self.deprel_scorer = DeprelScorer(dim, num_deprels, deprel_hidden_dim)
        self._has_deprels = has_deprels(vocab)
        self._metric = AttachmentScores()
        self._gold_outside = GoldOutside(structure)
        initializer(self)

    @property
    @overrides
    def structure(self) -> Structure:
        return self._structure

    @overrides
    def score_parts(
        self,
        tokens: TextFieldTensors,
        parts: Optional[Tensor] = None,
        part_labels: Optional[Tensor] = None,
    ) -> PartScores:
        encoded, mask = self._sentence_encoder(tokens)
        return PartScores(self._arc_scorer(encoded).squeeze(-1).float(), mask, encoded)

    @overrides
    def part_labels(
        self, part_scores: PartScores, parts: Tensor, kind: str, is_decided: bool = False
    ) -> Tensor:
        if not self._has_deprels:
            return super().part_labels(part_scores, parts, kind, is_decided)
        with torch.no_grad():
            if is_decided:
                heads = arcs_to_heads(parts)
                # Shape: (batch_size, num_nodes, 1, num_deprels)
                scores = self.deprel_scorer.legal_scores(part_scores.encoded, heads).unsqueeze(2)
            else:
                scores = self.deprel_scorer.all_legal_scores(part_scores.encoded)
        if is_decided:
            # Of the one head that a word has.
            parts = parts.sum(dim=2, keepdim=True)
        if kind == "hard":
            labels = parts.new_zeros(parts.shape[:2] + scores.shape[-1:])
            return labels.scatter_add(2, scores.argmax(dim=-1), parts)
        return torch.einsum("bmh,bmhl->bml", parts, scores.softmax(dim=-1).to(parts.dtype))

    @overrides(check_signature=False)
    def forward(
        self,
        tokens: TextFieldTensors,
        metadata: Optional[List[Dict[str, Any]]] = None,
        heads: Optional[Tensor] = None,
        deprels: Optional[Tensor] = None,
    ) -> Dict[str, Any]:
        """
        # Parameters

        tokens : `TextFieldTensors`
            ROOT first.
        metadata : `List[Dict[str, Any]]`, optional
        heads : `LongTensor`, optional
            `(batch_size, num_nodes)`: the gold head of each word.
        deprels : `LongTensor`, optional
            `(batch_size, num_nodes)`: the gold label of the arc to it, in the namespace `deprels`.

        # Returns

        `Dict[str, Any]`
            `heads` and `deprels`, `LongTensor (batch_size, num_nodes)`; with gold heads also
            `sentence_losses` `(batch_size,)` and `loss`, their mean.
        """
        gold = {} if heads is None else {"heads": heads, "deprels": deprels}
        output = self.interpret(self.score_parts(tokens), metadata=metadata, **gold)
        if "sentence_losses" in output:
            output["loss"] = output["sentence_losses"].mean()
        return output

    @overrides(check_signature=False)
    def interpret(
        self,
        part_scores: PartScores,
        parts: Optional[Tensor] = None,
        metadata: Optional[List[Dict[str, Any]]] = None,
        heads: Optional[Tensor] = None,
        deprels: Optional[Tensor] = None,
    ) -> Dict[str, Any]:
        scores, mask, encoded = part_scores
        # Not of a parser that stays as it is.
        if heads is not None and deprels is not None and self.training and scores.requires_grad:
            self.deprel_scorer.note(heads, deprels, mask)
        if parts is None:
            parts = self.structure.argmax(scores, mask)
        predicted_heads = arcs_to_heads(parts.detach())
        output: Dict[str, Any] = {"heads": predicted_heads, "mask": mask}
        if self._has_deprels:
            with torch.no_grad():
                scores_of_labels = self.deprel_scorer.legal_scores(encoded, predicted_heads)
                output["deprels"] = scores_of_labels.argmax(dim=-1)
        else:
            deprels = None
        if heads is None:
            return output
        self._metric(
            predicted_heads,
            heads,
            mask,
            predicted_deprels=None if deprels is None else output["deprels"],
            gold_deprels=deprels,
            punctuation=self._punctuation(metadata, mask),
        )
        output["sentence_losses"] = self._sentence_losses(scores, mask, encoded, heads, deprels)
        return output

    @overrides(check_signature=False)
    def gold_parts(
        self, part_scores: PartScores, heads: Tensor, deprels: Optional[Tensor] = None
    ) -> Tensor:
        return heads_to_arcs(heads, part_scores.mask).to(part_scores.scores.dtype)

    def _sentence_losses(
        self,
        scores: Tensor,
        mask: Tensor,
        encoded: Tensor,
        heads: Tensor,
        deprels: Optional[Tensor],
    ) -> Tensor:
        gold = heads_to_arcs(heads, mask).to(scores.dtype)
        losses = self._loss(self.structure, scores, mask, gold)
        # Against a tree that the structure cannot hold, a loss would be meaningless and could be
        # negative.
        inside = self.structure.contains(gold, mask)
        self._gold_outside(inside, gold, mask, self.training)
        losses = losses.masked_fill(~inside, 0.0)
        if deprels is None:
            return losses
        log_probabilities = self.deprel_scorer(encoded, heads).log_softmax(dim=-1)
        return losses - (
            log_probabilities.gather(-1, deprels.unsqueeze(-1)).squeeze(-1) * is_word(mask)
        ).sum(dim=1)

    @staticmethod
    def _punctuation(metadata: Optional[List[Dict[str, Any]]], mask: Tensor) -> Optional[Tensor]:
        if metadata is None:
            return None
        sentences = [sentence_metadata["sentence"] for sentence_metadata in metadata]
        return punctuation_mask(sentences, mask.size(1), mask.device)

    @overrides(check_signature=False)
    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """
        `heads` and `deprels` of the words of each sentence, without ROOT; a head of 0 is ROOT. With
        gold also `loss`.
        """
        lengths = output_dict["mask"].sum(dim=1).tolist()
        labels = self.vocab.get_index_to_token_vocabulary(DEPRELS_NAMESPACE)
        readable = {"heads": [row[1:n] for row, n in zip(output_dict["heads"].tolist(), lengths)]}
        if "deprels" in output_dict:
            rows = output_dict["deprels"].tolist()
            readable["deprels"] = [[labels[x] for x in row[1:n]] for row, n in zip(rows, lengths)]
        return with_loss(readable, output_dict)

    @overrides
    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        """
        The attachment scores, and `gold_outside`: the share of gold trees that the structure cannot
        hold and that therefore train the labels alone (crossing arcs, several roots). At the end of
        an epoch of training it is logged, a large share each time. See also `for_progress_bar`.
        """
        if reset and is_distributed():
            # Not in `forward`, which a process skips while it reads other data.
            seen = self.deprel_scorer.seen.data
            torch.distributed.all_reduce(seen, torch.distributed.ReduceOp.MAX)
        metrics = self._metric.get_metric(reset)
        if metrics:
            metrics["gold_outside"] = self._gold_outside.get_metric(reset, self.training)
        return for_progress_bar(metrics, reset)

    @overrides
    def label_parameters(self) -> Dict[Tensor, List[VocabularyAxis]]:
        deprels = VocabularyAxis(DEPRELS_NAMESPACE, first_index=0)
        scorer = self.deprel_scorer
        return {parameter: [deprels] for parameter in [*scorer.output.parameters(), scorer.seen]}
