"""An LSTM over one sentence, where torch's own spends most of its time on something else."""

from typing import Any, Optional

import torch
from torch import Tensor

from spigot_allennlp.nn.backend import kernels_for
from spigot_allennlp.nn.host import to_numpy


def lstm_over_sentence(
    vectors: Tensor,
    input_weights: Tensor,
    hidden_weights: Tensor,
    input_biases: Tensor,
    hidden_biases: Tensor,
) -> Optional[Tensor]:
    """
    The hidden states of one direction of an LSTM that starts from zeros, as `torch.nn.LSTM` gives
    them; differentiable once. Half precision is not computed with, under autocast neither.

    # Parameters

    vectors : `FloatTensor`
        `(num_nodes, input_size)`.
    input_weights, hidden_weights : `FloatTensor`
        `(4 * hidden_size, input_size)` and `(4 * hidden_size, hidden_size)`, in torch's order of
        gates.
    input_biases, hidden_biases : `FloatTensor`
        `(4 * hidden_size,)`.

    # Returns

    `FloatTensor`, optional
        `(num_nodes, hidden_size)`; `None` where there is no kernel for such tensors.
    """
    if vectors.dtype not in (torch.float32, torch.float64) or vectors.dtype != input_weights.dtype:
        return None
    if kernels_for("lstm", vectors) is None:
        return None
    biases = input_biases + hidden_biases
    return _Lstm.apply(vectors, input_weights, hidden_weights, biases)


class _Lstm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, vectors: Tensor, inputs: Tensor, weights: Tensor, biases: Tensor) -> Any:
        kernels = kernels_for("lstm", vectors)
        assert kernels is not None
        with torch.autocast("cpu", enabled=False):
            gates = torch.addmm(biases, vectors, inputs.t())
        hidden, cells = map(torch.from_numpy, kernels.read_words(*to_numpy(gates, weights)))
        ctx.save_for_backward(vectors, inputs, weights, gates, cells, hidden)
        return hidden

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        vectors, inputs, weights, gates, cells, hidden = ctx.saved_tensors
        kernels = kernels_for("lstm", vectors)
        assert kernels is not None
        arrays = to_numpy(gradient, gates, cells, weights)
        of_gates = torch.from_numpy(kernels.gate_gradients(*arrays))
        return (
            of_gates @ inputs,
            of_gates.t() @ vectors,
            of_gates[1:].t() @ hidden[:-1],
            of_gates.sum(dim=0),
        )
