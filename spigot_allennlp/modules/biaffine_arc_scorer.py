from typing import List

import torch
from overrides import overrides
from torch import Tensor
from torch.nn import Dropout, Linear, Parameter

from spigot_allennlp.modules.arc_scorer import ArcScorer
from spigot_allennlp.nn.bfloat16 import lower_precision
from spigot_allennlp.nn.concurrency import at_once, linears_at_once, num_at_once


@ArcScorer.register("biaffine")
class BiaffineArcScorer(ArcScorer):
    """
    `[m'; 1]^T U [h'; 1]` with `m' = relu(W_m m + b_m)` and `h' = relu(W_h h + b_h)` (Dozat and
    Manning 2017, equations 4 to 9).

    Registered as an `ArcScorer` with name "biaffine".

    # Parameters

    input_dim : `int`
    num_outputs : `int`
    hidden_dim : `int`, optional (default = `100`)
    dropout : `float`, optional (default = `0.0`)
        On `m'` and `h'`.
    """

    def __init__(
        self, input_dim: int, num_outputs: int, hidden_dim: int = 100, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self._modifier = Linear(input_dim, hidden_dim)
        self._head = Linear(input_dim, hidden_dim)
        torch.nn.init.orthogonal_(self._modifier.weight)
        torch.nn.init.orthogonal_(self._head.weight)
        self._dropout = Dropout(dropout)
        self._bilinear = Parameter(torch.empty(num_outputs, hidden_dim + 1, hidden_dim + 1))
        # Small scores to begin with: nearly all structures alike.
        torch.nn.init.normal_(self._bilinear, std=(hidden_dim + 1) ** -0.5)

    @lower_precision
    @overrides
    def forward(self, encoded: Tensor) -> Tensor:
        modifiers, heads = (
            _append_one(self._dropout(torch.relu(hidden)))
            for hidden in linears_at_once(encoded, [self._modifier, self._head])
        )
        # As many outputs for each thread.
        parts = self._bilinear.chunk(num_at_once(modifiers))
        found = at_once([_bilinear] * len(parts), [[part, modifiers, heads] for part in parts])
        scores = torch.cat(found, dim=2) if len(found) > 1 else found[0]
        return scores.transpose(2, 3)

    @overrides
    def output_parameters(self) -> List[Parameter]:
        return [self._bilinear]


def _append_one(vectors: Tensor) -> Tensor:
    return torch.cat([vectors, torch.ones_like(vectors[..., :1])], dim=-1)


def _bilinear(weights: Tensor, modifiers: Tensor, heads: Tensor) -> Tensor:
    """`(batch_size, num_modifiers, num_outputs, num_heads)`."""
    num_outputs, dim, _ = weights.shape
    batch_size, num_nodes, _ = modifiers.shape
    # One product for all outputs.
    # Shape: (batch_size, num_nodes * num_outputs, dim) times (batch_size, dim, num_nodes)
    weights = weights.permute(1, 0, 2).reshape(dim, num_outputs * dim)
    projected = (modifiers @ weights).view(batch_size, num_nodes * num_outputs, dim)
    scores = torch.bmm(projected, heads.transpose(1, 2))
    return scores.view(batch_size, num_nodes, num_outputs, num_nodes)
