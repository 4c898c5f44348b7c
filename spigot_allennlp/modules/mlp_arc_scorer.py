from typing import List

import torch
from overrides import overrides
from torch import Tensor
from torch.nn import Linear, Parameter

from spigot_allennlp.modules.arc_scorer import ArcScorer
from spigot_allennlp.nn.bfloat16 import lower_precision
from spigot_allennlp.nn.tanh import tanh, tanh_of_sums


@ArcScorer.register("mlp")
class MlpArcScorer(ArcScorer):
    """
    `W3 tanh(W2 tanh(W_m m + W_h h + b1) + b2) + b3` (Peng et al. 2018, the authors' program).

    Every pair of nodes has a hidden vector of its own: `batch_size * num_nodes^2 * hidden_dim`
    numbers. Registered as an `ArcScorer` with name "mlp".

    # Parameters

    input_dim : `int`
    num_outputs : `int`
    hidden_dim : `int`, optional (default = `100`)
    """

    def __init__(self, input_dim: int, num_outputs: int, hidden_dim: int = 100) -> None:
        super().__init__()
        self._modifier = Linear(input_dim, hidden_dim)
        self._head = Linear(input_dim, hidden_dim, bias=False)
        self._hidden = Linear(hidden_dim, hidden_dim)
        self._output = Linear(hidden_dim, num_outputs)
        for layer in (self._modifier, self._head, self._hidden):
            torch.nn.init.orthogonal_(layer.weight)

    @lower_precision
    @overrides
    def forward(self, encoded: Tensor) -> Tensor:
        # Shape: (batch_size, num_nodes, num_nodes, hidden_dim)
        pairs = tanh_of_sums(self._modifier(encoded), self._head(encoded))
        return self._output(tanh(self._hidden(pairs)))

    @overrides
    def output_parameters(self) -> List[Parameter]:
        return list(self._output.parameters())
