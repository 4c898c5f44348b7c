from typing import Any, Dict, List, Optional

import torch
from allennlp.common import Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models import Model
from allennlp.nn import InitializerApplicator
from overrides import overrides
from torch import Tensor

from spigot_allennlp.labels import ROLES_NAMESPACE
from spigot_allennlp.metrics import ClassificationScores, for_progress_bar
from spigot_allennlp.models.intermediate_parser import with_loss
from spigot_allennlp.modules import (
    GraphFeatures,
    RecursiveTreeEncoder,
    SentenceEncoder,
    VocabularyAxis,
)
from spigot_allennlp.nn.labeled_arcs import graph_to_parts
from spigot_allennlp.nn.parts import heads_to_arcs


@Model.register("sentence_classifier")
class SentenceClassifier(Model):
    """
    Classifies sentences, with or without a semantic graph (Peng et al. 2018, section 4.2) or a
    dependency tree to read.

    With a graph, a sentence is the sum over its nodes of their `GraphFeatures`; with a tree, what
    `RecursiveTreeEncoder` makes of it; without either, the sum of the encodings of its nodes. A
    layer of rectified linear units and the output layer follow. Graph and tree are `parts` in a
    pipeline, and the gold `graph` and `heads` when the classifier is trained on its own. Registered
    as a `Model` with name "sentence_classifier".

    # Parameters

    vocab : `Vocabulary`
    sentence_encoder : `SentenceEncoder`
    reads_graph : `bool`, optional (default = `True`)
        Not with `reads_tree`.
    reads_tree : `RecursiveTreeEncoder`, optional (default = `None`)
        Its options, `{}` for the defaults.
    hidden_dim : `int`, optional (default = `100`)
        Of the features of a node, of a label's vector and of the hidden layer.
    dropout : `float`, optional (default = `0.0`)
        On the features of the nodes and on the hidden layer.
    initializer : `InitializerApplicator`, optional
    """

    default_predictor = "structured_parser"
    gold_fields = ("label",)

    def __init__(
        self,
        vocab: Vocabulary,
        sentence_encoder: SentenceEncoder,
        reads_graph: bool = True,
        reads_tree: Optional[Lazy[RecursiveTreeEncoder]] = None,
        hidden_dim: int = 100,
        dropout: float = 0.0,
        initializer: InitializerApplicator = InitializerApplicator(),
    ) -> None:
        super().__init__(vocab)
        self._sentence_encoder = sentence_encoder
        self._num_parts = vocab.get_vocab_size(ROLES_NAMESPACE)
        dim = sentence_encoder.get_output_dim()
        self._features: Optional[GraphFeatures] = None
        if reads_graph:
            self._features = GraphFeatures(dim, hidden_dim, self._num_parts - 1, hidden_dim)
            dim = hidden_dim
        self._tree_encoder: Optional[RecursiveTreeEncoder] = None
        if reads_tree is not None:
            if reads_graph:
                raise ConfigurationError(
                    "The sentence classifier reads a graph or a tree, but has both `reads_graph: "
                    "true` and `reads_tree`. Set `reads_graph: false` for a tree."
                )
            self._tree_encoder = reads_tree.construct(input_dim=dim)
            dim = self._tree_encoder.get_output_dim()
        self._dropout = torch.nn.Dropout(dropout)
        self._hidden = torch.nn.Linear(dim, hidden_dim)
        self._output = torch.nn.Linear(hidden_dim, vocab.get_vocab_size("labels"))
        self._metric = ClassificationScores(vocab)
        initializer(self)

    @overrides(check_signature=False)
    def forward(
        self,
        tokens: TextFieldTensors,
        parts: Optional[Tensor] = None,
        metadata: Optional[List[Dict[str, Any]]] = None,
        label: Optional[Tensor] = None,
        graph: Optional[Tensor] = None,
        heads: Optional[Tensor] = None,
        deprels: Optional[Tensor] = None,
    ) -> Dict[str, Any]:
        """
        # Parameters

        tokens : `TextFieldTensors`
            ROOT first.
        parts : `FloatTensor`, optional
            `(batch_size, num_nodes, num_nodes, 1 + num_labels)`, indexed `[batch, modifier, head]`:
            the parts of a graph, or their expectation (see `LabeledGraphs`). Of a tree the arcs,
            without the last axis.
        metadata : `List[Dict[str, Any]]`, optional
        label : `LongTensor`, optional
            `(batch_size,)`: the gold class, in the namespace `labels`.
        graph : `Tensor`, optional
            `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`: the graph to
            read where there are no `parts`, as label indices, 0 for no arc.
        heads : `LongTensor`, optional
            `(batch_size, num_nodes)`: the head of each word in the tree to read where there are no
            `parts`.
        deprels : `LongTensor`, optional
            `(batch_size, num_nodes)`: the labels of that tree, which are not read.

        # Returns

        `Dict[str, Any]`
            `probabilities` `(batch_size, num_classes)`; with gold also `sentence_losses`
            `(batch_size,)` and `loss`, their mean.
        """
        encoded, mask = self._sentence_encoder(tokens)
        if self._tree_encoder is not None:
            if parts is None and heads is not None:
                parts = heads_to_arcs(heads, mask)
            if parts is None:
                raise ConfigurationError(
                    "The sentence classifier has `reads_tree` but got no tree: put it behind a "
                    "syntactic parser in a `structured_pipeline`, give it instances with gold "
                    "trees, or leave `reads_tree` out."
                )
            vectors = self._tree_encoder(encoded, parts)
        else:
            vectors = self._sum_of_nodes(encoded, mask, parts, graph)
        logits = self._output(self._dropout(torch.relu(self._hidden(vectors)))).float()
        output: Dict[str, Any] = {"probabilities": logits.softmax(dim=-1)}
        if label is not None:
            self._metric(logits, label)
            losses = torch.nn.functional.cross_entropy(logits, label, reduction="none")
            output["sentence_losses"] = losses
            output["loss"] = losses.mean()
        return output

    def _sum_of_nodes(
        self, encoded: Tensor, mask: Tensor, parts: Optional[Tensor], graph: Optional[Tensor]
    ) -> Tensor:
        if self._features is not None:
            if parts is None and graph is not None:
                parts = graph_to_parts(graph.long(), self._num_parts)
            if parts is None:
                raise ConfigurationError(
                    "The sentence classifier has `reads_graph: true` but got no graph: put it "
                    "behind an intermediate parser in a `structured_pipeline`, give it instances "
                    "with gold graphs, or set `reads_graph: false`."
                )
            encoded = self._dropout(self._features(encoded, mask, parts))
        return (encoded * mask.unsqueeze(-1)).sum(dim=1)

    def label_parameters(self) -> Dict[Tensor, List[VocabularyAxis]]:
        """Those that have axes for classes or for the labels of a graph."""
        classes = VocabularyAxis("labels", first_index=0)
        axes: Dict[Tensor, List[VocabularyAxis]] = {
            parameter: [classes] for parameter in self._output.parameters()
        }
        if self._features is not None:
            # A graph has no part for the padding.
            axes.update(self._features.label_parameters(VocabularyAxis(ROLES_NAMESPACE, 1)))
        return axes

    @overrides(check_signature=False)
    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """`label`, `probabilities` by label and, with gold, `loss`."""
        names = self.vocab.get_index_to_token_vocabulary("labels")
        rows = [
            {names[index]: probability for index, probability in enumerate(row)}
            for row in output_dict["probabilities"].tolist()
        ]
        labels = [max(row, key=lambda name: row[name]) for row in rows]
        return with_loss({"label": labels, "probabilities": rows}, output_dict)

    @overrides
    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        """See `ClassificationScores`, and `for_progress_bar`."""
        return for_progress_bar(self._metric.get_metric(reset), reset)
