from typing import Any, Dict, List, Optional

import torch
from allennlp.common import Lazy
from allennlp.common.util import is_distributed
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models import Model
from allennlp.nn import InitializerApplicator
from overrides import overrides
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import one_hot

from spigot_allennlp.labels import DEPRELS_NAMESPACE, UNKNOWN_LABEL, has_deprels
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
    VocabularyAxis,
    with_loss,
)
from spigot_allennlp.modules import ArcScorer, SentenceEncoder
from spigot_allennlp.nn.parts import arcs_to_heads, heads_to_arcs, is_word
from spigot_allennlp.structures import Structure


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
        self._structure = structure
        dim = sentence_encoder.get_output_dim()
        self._sentence_encoder = sentence_encoder
        self._arc_scorer = arc_scorer.construct(input_dim=dim, num_outputs=1)
        self._loss = loss
        num_deprels = vocab.get_vocab_size(DEPRELS_NAMESPACE)
        self._deprel_modifier = torch.nn.Linear(dim, deprel_hidden_dim)
        self._deprel_head = torch.nn.Linear(dim, deprel_hidden_dim, bias=False)
        self._deprel_output = torch.nn.Linear(deprel_hidden_dim, num_deprels)
        self._has_deprels = has_deprels(vocab)
        # Whether the training data have each label on arcs from ROOT, and on arcs from words.
        # Gradients do not train it, but an initializer finds parameters alone.
        self.seen_deprels = Parameter(torch.zeros(num_deprels, 2), requires_grad=False)
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
                scores = self._legal_deprel_scores(part_scores.encoded, arcs_to_heads(parts))
            else:
                scores = self._all_deprel_scores(part_scores.encoded)
            if kind == "hard":
                labels = one_hot(scores.argmax(dim=-1), scores.size(-1)).to(parts.dtype)
            else:
                labels = scores.softmax(dim=-1).to(parts.dtype)
        if is_decided:
            return labels * parts.sum(dim=2, keepdim=True)
        return torch.einsum("bmh,bmhl->bml", parts, labels)

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
            self._note_deprels(heads, deprels, mask)
        if parts is None:
            parts = self.structure.argmax(scores, mask)
        predicted_heads = arcs_to_heads(parts.detach())
        output: Dict[str, Any] = {"heads": predicted_heads, "mask": mask}
        if self._has_deprels:
            with torch.no_grad():
                output["deprels"] = self._best_deprels(encoded, predicted_heads)
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
        log_probabilities = self._deprel_scores(encoded, heads).float().log_softmax(dim=-1)
        return losses - (
            log_probabilities.gather(-1, deprels.unsqueeze(-1)).squeeze(-1) * is_word(mask)
        ).sum(dim=1)

    def _deprel_scores(self, encoded: Tensor, heads: Tensor) -> Tensor:
        """
        A score for each label of the arc from each word's head: `(batch_size, num_nodes,
        num_deprels)`.
        """
        head_vectors = self._deprel_head(encoded)
        chosen = head_vectors.gather(1, heads.unsqueeze(-1).expand(-1, -1, head_vectors.size(-1)))
        return self._deprel_output(torch.tanh(self._deprel_modifier(encoded) + chosen))

    def _best_deprels(self, encoded: Tensor, heads: Tensor) -> Tensor:
        return self._legal_deprel_scores(encoded, heads).argmax(dim=-1)

    def _legal_deprel_scores(self, encoded: Tensor, heads: Tensor) -> Tensor:
        """`_deprel_scores`; -inf for a label that an arc from such a head never has."""
        scores = self._deprel_scores(encoded, heads).float()
        return scores.masked_fill(self._illegal_deprels(heads), float("-inf"))

    def _all_deprel_scores(self, encoded: Tensor) -> Tensor:
        """
        A score for each label of each arc, `(batch_size, num_nodes, num_nodes, num_deprels)`,
        indexed `[batch, modifier, head]`; -inf for a label that such an arc never has.
        """
        modifiers, heads = self._deprel_modifier(encoded), self._deprel_head(encoded)
        scores = self._deprel_output(torch.tanh(modifiers.unsqueeze(2) + heads.unsqueeze(1)))
        nodes = torch.arange(encoded.size(1), device=encoded.device)
        return scores.float().masked_fill(self._illegal_deprels(nodes), float("-inf"))

    def _illegal_deprels(self, heads: Tensor) -> Tensor:
        """The labels that the arc from each of `heads` cannot have, `(*heads, num_deprels)`."""
        seen = self.seen_deprels.bool()
        # Shape: (num_deprels, 2); before anything is learned all labels are legal.
        illegal = ~seen & seen.any(dim=0)
        illegal[: UNKNOWN_LABEL + 1] = True
        return illegal.t()[_kinds_of_arcs(heads)]

    def _note_deprels(self, heads: Tensor, deprels: Tensor, mask: Tensor) -> None:
        counts = torch.zeros_like(self.seen_deprels).flatten()
        indices = 2 * deprels + _kinds_of_arcs(heads)
        counts.index_add_(0, indices.flatten(), is_word(mask).to(counts.dtype).flatten())
        seen = (counts > 0).view_as(self.seen_deprels)
        self.seen_deprels.masked_fill_(seen, 1.0)

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
            torch.distributed.all_reduce(self.seen_deprels.data, torch.distributed.ReduceOp.MAX)
        metrics = self._metric.get_metric(reset)
        if metrics:
            metrics["gold_outside"] = self._gold_outside.get_metric(reset, self.training)
        return for_progress_bar(metrics, reset)

    @overrides
    def label_parameters(self) -> Dict[Parameter, VocabularyAxis]:
        deprels = VocabularyAxis(DEPRELS_NAMESPACE, first_index=0)
        return dict.fromkeys([*self._deprel_output.parameters(), self.seen_deprels], deprels)


def _kinds_of_arcs(heads: Tensor) -> Tensor:
    """0 for an arc from ROOT and 1 for one from a word, in the shape of `heads`."""
    return (heads != 0).long()
