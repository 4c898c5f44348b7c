from functools import partial
from typing import Optional

import torch
from allennlp.modules import Seq2SeqEncoder
from overrides import overrides
from torch import Tensor

from spigot_allennlp.nn.bfloat16 import mixed_precision
from spigot_allennlp.nn.concurrency import at_once, replace_threads
from spigot_allennlp.nn.lstm import lstm_over_sentence
from spigot_allennlp.nn.parts import flat_positions, take_nodes


@Seq2SeqEncoder.register("fused_lstm")
class FusedLstm(Seq2SeqEncoder):
    """
    A bidirectional LSTM: the function of `torch.nn.LSTM` over packed sequences, faster.

    On the CPU torch has a fused kernel for padded sequences, but not for packed ones; on a GPU
    packing has to wait for the lengths. Here the backward direction reads each sentence reversed
    within its own length, so that both directions are padded sequences that start together. On the
    CPU of a command of AllenNLP each has a thread: see `spigot_allennlp.nn.concurrency`. A batch of
    one sentence there has a kernel of its own.
    Registered as a `Seq2SeqEncoder` with name "fused_lstm".

    # Parameters

    input_size : `int`
    hidden_size : `int`
        Of each direction.
    num_layers : `int`, optional (default = `1`)
    dropout : `float`, optional (default = `0.0`)
        Between the layers.

    The weights of each gate start orthonormal (Saxe et al. 2014; Dozat and Manning 2017).
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__(stateful=False)
        # Here, as a command without such an LSTM does better with torch's threads.
        replace_threads()
        self._input_size = input_size
        self._hidden_size = hidden_size
        self._dropout = dropout
        # Forward, backward and so on, in the order of the layers of `torch.nn.LSTM`.
        self._directions = torch.nn.ModuleList()
        for layer in range(num_layers):
            size = input_size if layer == 0 else 2 * hidden_size
            for _ in range(2):
                self._directions.append(torch.nn.LSTM(size, hidden_size, batch_first=True))
        for name, parameter in self._directions.named_parameters():
            if "weight" in name:
                for gate in parameter.data.chunk(4):
                    torch.nn.init.orthogonal_(gate)

    @overrides
    def get_input_dim(self) -> int:
        return self._input_size

    @overrides
    def get_output_dim(self) -> int:
        return 2 * self._hidden_size

    @overrides
    def is_bidirectional(self) -> bool:
        return True

    @overrides(check_signature=False)
    def forward(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """
        # Parameters

        inputs : `FloatTensor`
            `(batch_size, num_nodes, input_size)`.
        mask : `BoolTensor`
            `(batch_size, num_nodes)`, true up to the length of each sentence.

        # Returns

        `FloatTensor`
            `(batch_size, num_nodes, 2 * hidden_size)`; 0 for padding.
        """
        reversal = flat_positions(_reversal(mask))
        # The mode of an LSTM of torch, in which `prediction_mode` leaves it for cuDNN.
        train = self._directions[0].training
        functions = [partial(_lstm, train, order) for order in (None, reversal)]
        hidden = inputs
        layers = zip(self._directions[::2], self._directions[1::2])
        for i, (forward, backward) in enumerate(layers):
            if i > 0:
                hidden = torch.dropout(hidden, self._dropout, self.training)
            arguments = [[hidden, *forward.parameters()], [hidden, *backward.parameters()]]
            hidden = torch.cat(at_once(functions, arguments), dim=-1)
        return hidden * mask.unsqueeze(-1)


def _lstm(train: bool, order: Optional[Tensor], inputs: Tensor, *weights: Tensor) -> Tensor:
    """One layer of one direction, over the nodes in another order if there is one."""
    if order is not None:
        inputs = take_nodes(inputs, order)
    outputs = lstm_over_sentence(inputs[0], *weights) if inputs.size(0) == 1 else None
    if outputs is not None:
        outputs = outputs.unsqueeze(0)
    else:
        precision = mixed_precision() if inputs.device.type == "cpu" else None
        if precision is not None:
            # Torch asks oneDNN for an LSTM whenever the inputs are in single precision, and that
            # has none in bfloat16 for processors without AVX-512: an error. For inputs in bfloat16
            # torch asks it if there is AVX-512, with and without gradients, and else does without.
            inputs, *weights = (tensor.to(precision) for tensor in (inputs, *weights))  # type: ignore[assignment]
        start = inputs.new_zeros(1, inputs.size(0), weights[1].size(1))
        # What `torch.nn.LSTM` calls, here for weights that may be copies of its own.
        outputs, _, _ = torch.lstm(
            inputs, [start, start], list(weights), True, 1, 0.0, train, False, True
        )
    return outputs if order is None else take_nodes(outputs, order)


def _reversal(mask: Tensor) -> Tensor:
    """For each position of the reversed sentences where it was; padding stays where it is."""
    positions = torch.arange(mask.size(1), device=mask.device)
    return torch.where(mask, mask.sum(dim=1, keepdim=True) - 1 - positions, positions)
