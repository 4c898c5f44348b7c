import math
from typing import Any, Dict, List, Optional, Union

import torch
from allennlp.common import Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import is_distributed
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models import Model
from allennlp.nn import InitializerApplicator
from allennlp.nn.util import get_text_field_mask
from overrides import overrides
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import one_hot

from spigot_allennlp.labels import DEPRELS_NAMESPACE, ROLES_NAMESPACE, has_deprels, illegal_roles
from spigot_allennlp.losses import StructuredLoss
from spigot_allennlp.metrics import SemanticDependencyScores, for_progress_bar
from spigot_allennlp.models.given_predicates import given_predicates
from spigot_allennlp.models.intermediate_parser import (
    IntermediateParser,
    PartScores,
    with_loss,
)
from spigot_allennlp.modules import ArcScorer, SentenceEncoder, SyntaxReader, VocabularyAxis
from spigot_allennlp.nn.bfloat16 import ScorerLayers
from spigot_allennlp.nn.labeled_arcs import (
    graph_to_parts,
    most_per_predicate,
    parts_to_graph,
    with_given_predicates,
)
from spigot_allennlp.nn.parts import heads_to_arcs, num_words
from spigot_allennlp.structures import LabeledGraphs, Structure


@Model.register("semantic_graph_parser")
class SemanticGraphParser(IntermediateParser):
    """
    A first-order parser for labeled semantic graphs, with or without a syntactic tree to read
    (Peng et al. 2018, section 4.1).

    Scores for predicates, arcs and labeled arcs come from the parser's own encoding of the words
    and from what a `SyntaxReader` makes of the tree. The tree is `parts` in a pipeline and the gold
    `heads` when the parser is trained on its own. Registered as a `Model` with name
    "semantic_graph_parser".

    # Parameters

    vocab : `Vocabulary`
        Labels in the namespace `roles`. Part l of an arc is the label with index l; 0, the padding,
        is the arc itself.
    sentence_encoder : `SentenceEncoder`
    arc_scorer, label_scorer : `ArcScorer`
    loss : `StructuredLoss`
    structure : `LabeledGraphs`, optional (default = `LabeledGraphs()`)
    deterministic_labels : `bool`, optional (default = `True`)
        Whether a label that no predicate of the training data has twice occurs at most once per
        predicate in what is predicted. These labels are learned in training and part of the
        archive; ROOT counts as a predicate, with the top nodes as its arguments. Losses are over
        all graphs.
    reads_syntax : `Union[bool, SyntaxReader]`, optional (default = `False`)
        What is read of a tree: true for the head's encoding alone, as in the paper.
    predicate_hidden_dim : `int`, optional (default = `100`)
        Of the layer that predicates are scored from.
    predicates : `str`, optional (default = `"predicted"`)
        `given` where the corpus, or the JSON input, says which words are predicates, and arcs come
        from these alone: the usual task of semantic role labeling. Top nodes are predicted all the
        same.
    initializer : `InitializerApplicator`, optional
    """

    default_predictor = "structured_parser"
    gold_fields = ("graph",)

    def __init__(
        self,
        vocab: Vocabulary,
        sentence_encoder: SentenceEncoder,
        arc_scorer: Lazy[ArcScorer],
        label_scorer: Lazy[ArcScorer],
        loss: StructuredLoss,
        structure: Optional[Structure] = None,
        deterministic_labels: bool = True,
        reads_syntax: Union[bool, Lazy[SyntaxReader]] = False,
        predicate_hidden_dim: int = 100,
        predicates: str = "predicted",
        initializer: InitializerApplicator = InitializerApplicator(),
    ) -> None:
        super().__init__(vocab)
        self.illegal_labels: Tensor
        structure = structure or LabeledGraphs()
        if not isinstance(structure, LabeledGraphs):
            raise ConfigurationError(
                "The structure of a semantic_graph_parser must be labeled_graphs but is "
                f"{type(structure).__name__}."
            )
        if predicates not in ("predicted", "given"):
            raise ConfigurationError(
                f"predicates must be predicted or given but is {predicates!r}."
            )
        self._predicates_are_given = predicates == "given"
        self._all_graphs = structure
        self._deterministic_labels = deterministic_labels
        self._sentence_encoder = sentence_encoder
        dim = sentence_encoder.get_output_dim()
        num_labels = vocab.get_vocab_size(ROLES_NAMESPACE) - 1
        self._syntax_reader: Optional[SyntaxReader] = None
        if reads_syntax:
            reader = Lazy(SyntaxReader) if isinstance(reads_syntax, bool) else reads_syntax
            num_deprels = vocab.get_vocab_size(DEPRELS_NAMESPACE)
            self._syntax_reader = reader.construct(
                input_dim=dim,
                num_deprels=num_deprels if has_deprels(vocab) else 0,
                num_outputs=1 + num_labels,
            )
            dim = self._syntax_reader.get_output_dim()
        self._arc_scorer = arc_scorer.construct(input_dim=dim, num_outputs=1)
        self._label_scorer = label_scorer.construct(input_dim=dim, num_outputs=num_labels)
        self._predicate_scorer = ScorerLayers(
            torch.nn.Linear(dim, predicate_hidden_dim),
            torch.nn.Tanh(),
            torch.nn.Linear(predicate_hidden_dim, 1),
        )
        # In numbers: torch 1.12 cannot send booleans to other processes.
        illegal = illegal_roles(vocab).to(torch.uint8)
        self.register_buffer("illegal_labels", illegal, persistent=False)
        # How often one predicate of the training data has each label; 0 for one not seen. Gradients
        # do not train it, but an initializer finds parameters alone.
        self.most_per_predicate = Parameter(
            torch.zeros(self.illegal_labels.size(1)), requires_grad=False
        )
        self._loss = loss
        self._metric = SemanticDependencyScores()
        initializer(self)

    @property
    @overrides
    def structure(self) -> LabeledGraphs:
        """The graphs that may be predicted; the losses are over more."""
        deterministic = self.most_per_predicate == 1 if self._deterministic_labels else None
        return self._all_graphs.restricted(self.illegal_labels.bool(), deterministic)

    @property
    @overrides
    def part_labels_to_read(self) -> Optional[str]:
        return None if self._syntax_reader is None else self._syntax_reader.deprels

    @property
    @overrides
    def inference_structure(self) -> LabeledGraphs:
        """Without labels that occur at most once, with which there is no inference."""
        return self._all_graphs.restricted(self.illegal_labels.bool())

    @overrides
    def score_parts(
        self,
        tokens: TextFieldTensors,
        parts: Optional[Tensor] = None,
        part_labels: Optional[Tensor] = None,
    ) -> PartScores:
        encoded, mask = self._sentence_encoder(tokens)
        of_pairs: Optional[Tensor] = None
        if self._syntax_reader is not None:
            if parts is None:
                raise ConfigurationError(
                    "The semantic graph parser has `reads_syntax` but got no tree: put it "
                    "behind an intermediate parser in a `structured_pipeline`, give it "
                    "instances with gold heads, or set `reads_syntax: false`."
                )
            if self.part_labels_to_read is not None and part_labels is None:
                raise ConfigurationError(
                    "The semantic graph parser has `reads_syntax.deprels` but got a tree without "
                    "labels: give it trees with labels, or set `reads_syntax.deprels: null`."
                )
            of_pairs = self._syntax_reader.pair_scores(parts, part_labels)
            encoded = self._syntax_reader(encoded, parts, part_labels)
        arcs = self._arc_scorer(encoded).squeeze(-1).float()
        labels = self._label_scorer(encoded).float()
        predicates = self._predicate_scorer(encoded).squeeze(-1).float()
        # An untrained parser expects one head for each word, all labels together.
        num_heads = num_words(mask).clamp(min=1).to(arcs.dtype)
        arcs = arcs - math.log(labels.size(-1)) - num_heads.log().view(-1, 1, 1)
        diagonal = torch.eye(mask.size(1), dtype=torch.bool, device=mask.device)
        # Shape: (batch_size, num_nodes, num_nodes)
        first = torch.where(diagonal, predicates.unsqueeze(2), arcs)
        # The labels on the diagonal are no parts, so that it does not matter what they are.
        scores = torch.cat([first.unsqueeze(-1), labels], dim=-1)
        if of_pairs is not None:
            scores += of_pairs
        return PartScores(scores, mask, encoded)

    @overrides(check_signature=False)
    def forward(
        self,
        tokens: TextFieldTensors,
        parts: Optional[Tensor] = None,
        part_labels: Optional[Tensor] = None,
        metadata: Optional[List[Dict[str, Any]]] = None,
        graph: Optional[Tensor] = None,
        heads: Optional[Tensor] = None,
        deprels: Optional[Tensor] = None,
    ) -> Dict[str, Any]:
        """
        # Parameters

        tokens : `TextFieldTensors`
            ROOT first.
        parts : `FloatTensor`, optional
            `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`: the arcs of a
            syntactic tree, or their expectation.
        part_labels : `FloatTensor`, optional
            `(batch_size, num_nodes, num_deprels)`: see `IntermediateParser.part_labels`.
        metadata : `List[Dict[str, Any]]`, optional
        graph : `Tensor`, optional
            `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`: the gold
            label's index, 0 for no arc.
        heads : `LongTensor`, optional
            `(batch_size, num_nodes)`: the tree to read where there are no `parts`.
        deprels : `LongTensor`, optional
            `(batch_size, num_nodes)`: the labels of that tree.

        # Returns

        `Dict[str, Any]`
            `graph`, `LongTensor (batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier,
            head]`: the index of each arc's label, 0 for no arc; `mask`, that of the scores; where
            they are given, `predicates`, `BoolTensor (batch_size, num_nodes)`; with a gold graph
            also `sentence_losses` `(batch_size,)` and `loss`, their mean.
        """
        if self._syntax_reader is not None and parts is None and heads is not None:
            parts = heads_to_arcs(heads, get_text_field_mask(tokens))
            if deprels is not None:
                size = self.vocab.get_vocab_size(DEPRELS_NAMESPACE)
                part_labels = one_hot(deprels, size) * parts.sum(dim=2, keepdim=True)
        gold = {} if graph is None else {"graph": graph}
        part_scores = self.score_parts(tokens, parts, part_labels)
        output = self.interpret(part_scores, metadata=metadata, **gold)
        if "sentence_losses" in output:
            output["loss"] = output["sentence_losses"].mean()
        return output

    @overrides(check_signature=False)
    def interpret(
        self,
        part_scores: PartScores,
        parts: Optional[Tensor] = None,
        metadata: Optional[List[Dict[str, Any]]] = None,
        graph: Optional[Tensor] = None,
    ) -> Dict[str, Any]:
        scores, mask, _ = part_scores
        predicates: Optional[Tensor] = None
        if self._predicates_are_given:
            predicates = given_predicates(metadata, mask, has_gold=graph is not None)
            scores = with_given_predicates(scores, predicates)
        if graph is not None:
            # AllenNLP's AdjacencyField makes a tensor of floating-point numbers.
            graph = graph.long()
            # Not of a parser that stays as it is.
            if self.training and scores.requires_grad:
                most = most_per_predicate(graph, scores.size(-1)).to(scores.dtype)
                self.most_per_predicate.copy_(torch.maximum(self.most_per_predicate, most))
        if parts is None:
            predicted, _ = self.structure.best_graphs(scores, mask)
        else:
            predicted = parts_to_graph(parts)
        output: Dict[str, Any] = {"graph": predicted, "mask": mask}
        if predicates is not None:
            output["predicates"] = predicates
        if graph is not None:
            self._metric(predicted, graph, mask)
            if predicates is not None:
                # ROOT has arcs, too, those to the top nodes.
                predicates = predicates | (graph != 0).any(dim=1)
            gold = graph_to_parts(graph, scores.size(-1), predicates).to(scores.dtype)
            output["sentence_losses"] = self._loss(self._all_graphs, scores, mask, gold)
        return output

    @property
    @overrides
    def reads_metadata(self) -> bool:
        return self._predicates_are_given

    @overrides(check_signature=False)
    def gold_parts(self, part_scores: PartScores, graph: Tensor) -> Tensor:
        scores = part_scores.scores
        return graph_to_parts(graph.long(), scores.size(-1)).to(scores.dtype)

    @overrides(check_signature=False)
    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """
        `arcs`, the labeled arcs of each sentence as `{"head", "modifier", "label"}`, and `tops`,
        its top nodes; where they are given, also `predicates`, and with gold `loss`. Words are
        numbered from 1.
        """
        labels = self.vocab.get_index_to_token_vocabulary(ROLES_NAMESPACE)
        batch_size = output_dict["mask"].size(0)
        arcs: List[List[Dict[str, Any]]] = [[] for _ in range(batch_size)]
        tops: List[List[int]] = [[] for _ in range(batch_size)]
        graph = output_dict["graph"]
        indices = graph.nonzero()
        for (sentence, modifier, head), label in zip(
            indices.tolist(), graph[indices.unbind(1)].tolist()
        ):
            if head == 0:
                tops[sentence].append(modifier)
            else:
                arcs[sentence].append({"head": head, "modifier": modifier, "label": labels[label]})
        readable: Dict[str, Any] = {"arcs": arcs, "tops": tops}
        if "predicates" in output_dict:
            rows = output_dict["predicates"]
            readable["predicates"] = [row.nonzero().flatten().tolist() for row in rows]
        return with_loss(readable, output_dict)

    @overrides
    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        """See `SemanticDependencyScores`, and `for_progress_bar`."""
        if reset and is_distributed():
            # Not in `forward`, which a process skips while it reads a treebank.
            torch.distributed.all_reduce(
                self.most_per_predicate.data, torch.distributed.ReduceOp.MAX
            )
        return for_progress_bar(self._metric.get_metric(reset), reset)

    @overrides
    def label_parameters(self) -> Dict[Tensor, List[VocabularyAxis]]:
        # There is no score for the padding.
        scores = VocabularyAxis(ROLES_NAMESPACE, first_index=1)
        axes = {parameter: [scores] for parameter in self._label_scorer.output_parameters()}
        # In its place is what is said of the arc.
        parts = VocabularyAxis(ROLES_NAMESPACE, first_index=0)
        axes[self.most_per_predicate] = [parts]
        if self._syntax_reader is not None:
            deprels = VocabularyAxis(DEPRELS_NAMESPACE, first_index=0)
            axes.update(self._syntax_reader.label_parameters(parts, deprels))
        return axes
