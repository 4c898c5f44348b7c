import torch
from allennlp.common import FromParams
from allennlp.common.checks import ConfigurationError
from overrides import overrides
from torch import Tensor
from torch.nn import Dropout, Linear, Module

from spigot_allennlp.nn.bfloat16 import lower_precision


class RecursiveTreeEncoder(Module, FromParams):
    """
    A vector for a sentence from its dependency tree, bottom up: a recursive network (Socher et al.
    2014, https://aclanthology.org/Q14-1017/), run on all nodes at once in rounds of messages from
    words to their heads.

    `h_m <- f(x_m, sum_c z_cm g(h_c))` for each node m with dependents c, where `z_cm` is 1 for an
    arc, `f` and `g` are the same in all rounds and `h_m` is at first `f(x_m, 0)`. A node above
    subtrees of height r, 0 for a word without dependents, is final after r rounds. The sentence is
    `sum_m z_m0 h_m`, that of the words under ROOT.

    The output is differentiable with respect to `z`, defined for expected arcs too, and its
    gradient is exact, also at arcs that are off.

    # Parameters

    input_dim : `int`
        Of the encoded nodes.
    hidden_dim : `int`, optional (default = `100`)
        Of the vectors of nodes, and of the hidden layers of `f` and `g`.
    rounds : `int`, optional (default = `5`)
        The height of the trees that are read to the leaves, or more.
    dropout : `float`, optional (default = `0.0`)
        On the hidden layer of `f`, the same in all rounds.
    """

    def __init__(
        self, input_dim: int, hidden_dim: int = 100, rounds: int = 5, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if rounds < 0:
            raise ConfigurationError(f"rounds must not be negative but got {rounds}.")
        self._rounds = rounds
        self._own = Linear(input_dim, hidden_dim)
        self._message = Linear(hidden_dim, hidden_dim)
        self._children = Linear(hidden_dim, hidden_dim, bias=False)
        self._output = Linear(hidden_dim, hidden_dim)
        self._dropout = Dropout(dropout)
        self._output_dim = hidden_dim

    def get_output_dim(self) -> int:
        """Of the vectors that `forward` returns."""
        return self._output_dim

    @lower_precision
    @overrides(check_signature=False)
    def forward(self, encoded: Tensor, arcs: Tensor) -> Tensor:
        """
        # Parameters

        encoded : `FloatTensor`
            `(batch_size, num_nodes, input_dim)`.
        arcs : `FloatTensor`
            `(batch_size, num_nodes, num_nodes)`, indexed `[batch, modifier, head]`: the tree, 0 for
            padding.

        # Returns

        `FloatTensor`
            `(batch_size, hidden_dim)`.

        Raises `ConfigurationError` for parts with labels.
        """
        if arcs.dim() != 3:
            raise ConfigurationError(
                f"A tree is (batch_size, num_nodes, num_nodes), but what is read has the shape "
                f"{tuple(arcs.shape)}. Put a parser of trees before this model, or let it read a "
                "graph."
            )
        arcs = arcs.to(encoded.dtype)
        children = arcs.transpose(1, 2)
        own = self._own(encoded)
        keep = self._dropout(torch.ones_like(own[:, :1]))
        nodes = self._node(own, keep)
        for _ in range(self._rounds):
            messages = torch.relu(self._message(nodes))
            nodes = self._node(own + self._children(torch.bmm(children, messages)), keep)
        return torch.bmm(children[:, :1], nodes).squeeze(1)

    def _node(self, hidden: Tensor, keep: Tensor) -> Tensor:
        return torch.tanh(self._output(torch.relu(hidden) * keep))
