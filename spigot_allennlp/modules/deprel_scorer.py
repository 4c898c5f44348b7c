import torch
from torch import Tensor
from torch.nn import Linear, Module, Parameter

from spigot_allennlp.labels import UNKNOWN_LABEL
from spigot_allennlp.nn.bfloat16 import lower_precision
from spigot_allennlp.nn.concurrency import linears_at_once
from spigot_allennlp.nn.parts import flat_positions, is_word, take_nodes


class DeprelScorer(Module):
    """
    A score for each label of the arc from h to m: `W tanh(U e_m + V e_h + b) + c`, for encoded
    nodes e.

    An arc from ROOT, and one from a word, have those labels alone that such an arc has in the
    training data: see `legal_scores`.

    # Parameters

    input_dim : `int`
        Of the encoded nodes.
    num_deprels : `int`
        Of the vocabulary, in which the first two are padding and the unknown label.
    hidden_dim : `int`
    """

    def __init__(self, input_dim: int, num_deprels: int, hidden_dim: int) -> None:
        super().__init__()
        self._modifier = Linear(input_dim, hidden_dim)
        self._head = Linear(input_dim, hidden_dim, bias=False)
        self.output = Linear(hidden_dim, num_deprels)
        # Whether the training data have each label on arcs from ROOT, and on arcs from words.
        # Gradients do not train it, but an initializer finds parameters alone.
        self.seen = Parameter(torch.zeros(num_deprels, 2), requires_grad=False)

    @lower_precision
    def forward(self, encoded: Tensor, heads: Tensor) -> Tensor:
        """
        The scores of the arc to each node.

        # Parameters

        encoded : `FloatTensor`
            `(batch_size, num_nodes, input_dim)`.
        heads : `LongTensor`
            `(batch_size, num_nodes)`.

        # Returns

        `FloatTensor`
            `(batch_size, num_nodes, num_deprels)`.
        """
        of_modifiers, of_heads = linears_at_once(encoded, [self._modifier, self._head])
        chosen = take_nodes(of_heads, flat_positions(heads))
        return self.output(torch.tanh(of_modifiers + chosen)).float()

    def legal_scores(self, encoded: Tensor, heads: Tensor) -> Tensor:
        """The same, with -inf for a label that an arc from such a head never has."""
        return self(encoded, heads).masked_fill(self._illegal(heads), -torch.inf)

    @lower_precision
    def all_legal_scores(self, encoded: Tensor) -> Tensor:
        """
        The same for every arc: `(batch_size, num_nodes, num_nodes, num_deprels)`, indexed `[batch,
        modifier, head]`.
        """
        modifiers, heads = linears_at_once(encoded, [self._modifier, self._head])
        hidden = (modifiers.unsqueeze(2) + heads.unsqueeze(1)).tanh_()
        scores = self.output(hidden).float()
        nodes = torch.arange(encoded.size(1), device=encoded.device)
        return scores.masked_fill(self._illegal(nodes), -torch.inf)

    def note(self, heads: Tensor, deprels: Tensor, mask: Tensor) -> None:
        """Learns the labels of gold trees, `(batch_size, num_nodes)` each."""
        counts = torch.zeros_like(self.seen).flatten()
        indices = 2 * deprels + _kinds_of_arcs(heads)
        counts.index_add_(0, indices.flatten(), is_word(mask).to(counts.dtype).flatten())
        self.seen.masked_fill_((counts > 0).view_as(self.seen), 1.0)

    def _illegal(self, heads: Tensor) -> Tensor:
        """The labels that the arc from each of `heads` cannot have, `(*heads, num_deprels)`."""
        seen = self.seen.bool()
        # Shape: (num_deprels, 2); as long as none is known of such arcs all labels are legal.
        illegal = ~seen & seen[UNKNOWN_LABEL + 1 :].any(dim=0)
        illegal[: UNKNOWN_LABEL + 1] = True
        return illegal.t()[_kinds_of_arcs(heads)]


def _kinds_of_arcs(heads: Tensor) -> Tensor:
    """0 for an arc from ROOT and 1 for one from a word, in the shape of `heads`."""
    return (heads != 0).long()
