import logging
from typing import Dict, List, Optional

import torch
from allennlp.common import FromParams
from allennlp.common.checks import ConfigurationError
from overrides import overrides
from torch import Tensor
from torch.nn import Linear, Module, ModuleList, Parameter

from spigot_allennlp.modules.vocabulary_axis import VocabularyAxis
from spigot_allennlp.nn.bfloat16 import lower_precision
from spigot_allennlp.nn.parts import attend_heads

logger = logging.getLogger(__name__)

_NUM_RELATIONS = 5


class SyntaxReader(Module, FromParams):
    """
    What a parser of graphs sees of a syntactic tree `z`, `z_mh` being 1 where h is the head of m:
    with all options off the head's vector, `[h_m; sum_h z_mh h_h]` (Peng et al. 2018, section 4.1).

    Every output is a polynomial in `z`, defined for an expected tree too, and its gradient with
    respect to `z` is exact, also at arcs that are off.

    # Parameters

    input_dim : `int`
        Of the encoded nodes.
    num_deprels : `int`
        Of the labels of the tree. With 0 none are read, which is a warning.
    num_outputs : `int`
        Of the scores of a pair of nodes.
    convolutions : `int`, optional (default = `0`)
        Layers of `x_m <- relu(W x_m + sum_h z_mh U x_h + sum_c z_cm V x_c)`, from the encoded nodes
        on (Kipf and Welling 2017; Marcheggiani and Titov 2017, without gates); the last one is
        appended.
    hidden_dim : `int`, optional (default = `100`)
        Of a layer of convolution.
    pairs : `bool`, optional (default = `False`)
        Whether a pair of nodes gets scores of its own, a weight for each output, if it is an arc of
        the tree, an arc the other way round, a node and its grandparent, the other way round, or
        two nodes with the same head.
    deprels : `str`, optional (default = `None`)
        Whether the label of a node's arc is read, as a vector that is appended and, with `pairs`,
        in the weights of the arcs: the best label (`hard`) or all by their probability
        (`expected`).
    deprel_dim : `int`, optional (default = `50`)
        Of a label's vector.
    """

    def __init__(
        self,
        input_dim: int,
        num_deprels: int,
        num_outputs: int,
        convolutions: int = 0,
        hidden_dim: int = 100,
        pairs: bool = False,
        deprels: Optional[str] = None,
        deprel_dim: int = 50,
    ) -> None:
        super().__init__()
        if convolutions < 0:
            raise ConfigurationError(f"convolutions must not be negative but got {convolutions}.")
        self._output_dim = 2 * input_dim
        if deprels not in (None, "hard", "expected"):
            raise ConfigurationError(f"deprels must be hard, expected or null but got {deprels!r}.")
        if deprels is not None and num_deprels == 0:
            logger.warning("No tree of the training data has labels: reads_syntax.deprels is null.")
            deprels = None
        self.deprels = deprels
        self._deprels: Optional[Linear] = None
        dim = input_dim
        if deprels is not None:
            self._deprels = Linear(num_deprels, deprel_dim, bias=False)
            self._output_dim += deprel_dim
            dim += deprel_dim
        self._layers = ModuleList()
        for _ in range(convolutions):
            self._layers.append(_Convolution(dim, hidden_dim))
            dim = hidden_dim
        if convolutions > 0:
            self._output_dim += hidden_dim
        self._relations: Optional[Parameter] = None
        self._labeled_relations: Optional[Linear] = None
        if pairs:
            self._relations = Parameter(torch.zeros(_NUM_RELATIONS, num_outputs))
            if deprels is not None:
                self._labeled_relations = Linear(num_deprels, 2 * num_outputs, bias=False)
                torch.nn.init.zeros_(self._labeled_relations.weight)

    def label_parameters(
        self, outputs: VocabularyAxis, deprels: VocabularyAxis
    ) -> Dict[Tensor, List[VocabularyAxis]]:
        """
        The parameters that have axes for labels: of the `num_outputs` and of the `num_deprels`,
        where `outputs` and `deprels` say which entry is whose.
        """
        axes: Dict[Tensor, List[VocabularyAxis]] = {}
        if self._deprels is not None:
            axes[self._deprels.weight] = [deprels._replace(dim=1)]
        if self._relations is not None:
            axes[self._relations] = [outputs._replace(dim=1)]
        if self._labeled_relations is not None:
            both = [outputs._replace(repeats=2), deprels._replace(dim=1)]
            axes[self._labeled_relations.weight] = both
        return axes

    def get_output_dim(self) -> int:
        """Of the vectors that `forward` returns."""
        return self._output_dim

    @lower_precision
    @overrides(check_signature=False)
    def forward(self, encoded: Tensor, arcs: Tensor, deprels: Optional[Tensor] = None) -> Tensor:
        """
        # Parameters

        encoded : `FloatTensor`
            `(batch_size, num_nodes, input_dim)`.
        arcs : `FloatTensor`
            `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`: the tree.
        deprels : `FloatTensor`, optional
            `(batch_size, num_nodes, num_deprels)`: the label of the arc to each node as numbers
            that add up to 1; 0 for ROOT.

        # Returns

        `FloatTensor`
            `(batch_size, num_nodes, get_output_dim())`.
        """
        arcs = arcs.to(encoded.dtype)
        features = [encoded, attend_heads(arcs, encoded)]
        nodes = encoded
        if self._deprels is not None:
            assert deprels is not None
            vectors = self._deprels(deprels.to(encoded.dtype))
            features.append(vectors)
            nodes = torch.cat([nodes, vectors], dim=-1)
        for layer in self._layers:
            nodes = layer(nodes, arcs)
        if len(self._layers) > 0:
            features.append(nodes)
        return torch.cat(features, dim=-1)

    @lower_precision
    def pair_scores(self, arcs: Tensor, deprels: Optional[Tensor] = None) -> Optional[Tensor]:
        """
        What is added to the scores of pairs of nodes, `(batch_size, num_nodes, num_nodes,
        num_outputs)`, indexed `[batch, modifier, head]`; None without `pairs`.
        """
        if self._relations is None:
            return None
        arcs = arcs.to(self._relations.dtype)
        children = arcs.transpose(1, 2)
        grandparents = torch.bmm(arcs, arcs)
        siblings = torch.bmm(arcs, children)
        # Shape: (batch_size, num_nodes, num_nodes, num_relations)
        relations = torch.stack(
            [arcs, children, grandparents, grandparents.transpose(1, 2), siblings], dim=-1
        )
        scores = relations @ self._relations
        if self._labeled_relations is not None:
            assert deprels is not None
            up, down = self._labeled_relations(deprels.to(arcs.dtype)).chunk(2, dim=-1)
            scores = torch.addcmul(scores, arcs.unsqueeze(-1), up.unsqueeze(2))
            scores = torch.addcmul(scores, children.unsqueeze(-1), down.unsqueeze(1))
        return scores


class _Convolution(Module):
    def __init__(self, input_dim: int, output_dim: int) -> None:
        super().__init__()
        self._self = Linear(input_dim, output_dim)
        self._head = Linear(input_dim, output_dim, bias=False)
        self._child = Linear(input_dim, output_dim, bias=False)

    @overrides(check_signature=False)
    def forward(self, nodes: Tensor, arcs: Tensor) -> Tensor:
        from_heads = torch.bmm(arcs, self._head(nodes))
        from_children = torch.bmm(arcs.transpose(1, 2), self._child(nodes))
        return torch.relu(self._self(nodes) + from_heads + from_children)
