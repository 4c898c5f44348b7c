from typing import Dict, List, Optional, cast

import torch
from allennlp.common.checks import ConfigurationError
from overrides import overrides
from torch import Tensor

from spigot_allennlp.modules.vocabulary_axis import VocabularyAxis
from spigot_allennlp.nn.bfloat16 import lower_precision
from spigot_allennlp.nn.parts import legal_arcs


class GraphFeatures(torch.nn.Module):
    """
    A vector for each node from its own encoding and the mean over its heads:
    `relu(b + W_self h_m + 1 / max(1, sum_h z_mh) sum_h (z_mh W_head h_h + sum_l z_mhl W_role e_l))`
    (Peng et al. 2018, section 4.2, and the authors' program).

    The number of heads is taken as a constant, so that no gradient goes through it.

    # Parameters

    input_dim : `int`
        Of the encoded nodes.
    output_dim : `int`
    num_labels : `int`, optional (default = `0`)
        Of the arcs; 0 for structures whose arcs have none, such as trees.
    role_dim : `int`, optional (default = `100`)
        Of the vector of a label.
    """

    def __init__(
        self, input_dim: int, output_dim: int, num_labels: int = 0, role_dim: int = 100
    ) -> None:
        super().__init__()
        self._self = torch.nn.Linear(input_dim, output_dim)
        self._head = torch.nn.Linear(input_dim, output_dim, bias=False)
        self._roles: Optional[torch.nn.Sequential] = None
        if num_labels > 0:
            # The product of W_role and the embeddings e, of low rank where role_dim is small.
            self._roles = torch.nn.Sequential(
                torch.nn.Linear(num_labels, role_dim, bias=False),
                torch.nn.Linear(role_dim, output_dim, bias=False),
            )

    def label_parameters(self, roles: VocabularyAxis) -> Dict[Tensor, List[VocabularyAxis]]:
        """Those that have an axis for the labels, where `roles` says which entry is whose."""
        if self._roles is None:
            return {}
        of_labels = cast(torch.nn.Linear, self._roles[0])
        return {of_labels.weight: [roles._replace(dim=1)]}

    @lower_precision
    @overrides(check_signature=False)
    def forward(self, encoded: Tensor, mask: Tensor, parts: Tensor) -> Tensor:
        """
        # Parameters

        encoded : `FloatTensor`
            `(batch_size, num_nodes, input_dim)`.
        mask : `BoolTensor`
            `(batch_size, num_nodes)`.
        parts : `FloatTensor`
            `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`, or with a last
            axis of `1 + num_labels` (see `LabeledGraphs`).

        # Returns

        `FloatTensor`
            `(batch_size, num_nodes, output_dim)`.

        Raises `ConfigurationError` for parts without labels where there are to be some.
        """
        if self._roles is not None and parts.dim() != 4:
            raise ConfigurationError(
                "A graph with labels is (batch_size, num_nodes, num_nodes, 1 + num_labels), but "
                f"what is read has the shape {tuple(parts.shape)}, which is that of trees. Put a "
                "parser of graphs before this model, or let it read a tree (in a "
                "`sentence_classifier`, `reads_graph: false` and `reads_tree: {}`)."
            )
        parts = parts.to(encoded.dtype)
        arcs = parts[..., 0] if parts.dim() == 4 else parts
        # The diagonal holds the predicates.
        arcs = arcs * legal_arcs(mask)
        from_heads = torch.bmm(arcs, self._head(encoded))
        if self._roles is not None:
            from_heads = from_heads + self._roles(parts[..., 1:].sum(dim=2))
        num_heads = arcs.detach().sum(dim=2, keepdim=True).clamp(min=1.0)
        return torch.relu(self._self(encoded) + from_heads / num_heads)
