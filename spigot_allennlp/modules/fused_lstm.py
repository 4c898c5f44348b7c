import torch
from allennlp.modules import Seq2SeqEncoder
from overrides import overrides
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


@Seq2SeqEncoder.register("fused_lstm")
class FusedLstm(Seq2SeqEncoder):
    """
    A bidirectional LSTM, the function and the parameters of `torch.nn.LSTM`, faster on the CPU.

    On the CPU torch has a fused kernel for padded sequences, but not for the packed ones that the
    backward direction of sentences of different lengths needs. Here the backward direction reads
    each sentence reversed within its own length, so that both directions are padded sequences that
    start together. With CUDA it is `torch.nn.LSTM` over packed sequences, which cuDNN fuses.
    Registered as a `Seq2SeqEncoder` with name "fused_lstm".

    # Parameters

    input_size : `int`
    hidden_size : `int`
        Of each direction.
    num_layers : `int`, optional (default = `1`)
    dropout : `float`, optional (default = `0.0`)
        Between the layers.
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__(stateful=False)
        self._lstm = torch.nn.LSTM(
            input_size,
            hidden_size,
            num_layers,
            batch_first=True,
            # torch warns of dropout that has no layer to follow.
            dropout=dropout if num_layers > 1 else 0.0,
            bidirectional=True,
        )

    @overrides
    def get_input_dim(self) -> int:
        return self._lstm.input_size

    @overrides
    def get_output_dim(self) -> int:
        return 2 * self._lstm.hidden_size

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
        if inputs.is_cuda:
            return self._packed(inputs, mask)
        return self._padded(inputs, mask)

    def _packed(self, inputs: Tensor, mask: Tensor) -> Tensor:
        lengths = mask.sum(dim=1).cpu()
        packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(
            self._lstm(packed)[0], batch_first=True, total_length=mask.size(1)
        )[0]

    def _padded(self, inputs: Tensor, mask: Tensor) -> Tensor:
        reversal = _reversal(mask)
        hidden = inputs
        for layer in range(self._lstm.num_layers):
            if layer > 0:
                hidden = torch.dropout(hidden, self._lstm.dropout, self._lstm.training)
            forward = self._direction(hidden, f"l{layer}")
            backward = self._direction(_reorder(hidden, reversal), f"l{layer}_reverse")
            hidden = torch.cat([forward, _reorder(backward, reversal)], dim=-1)
        return hidden * mask.unsqueeze(-1)

    def _direction(self, inputs: Tensor, name: str) -> Tensor:
        weights = [
            getattr(self._lstm, f"{kind}_{name}")
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        ]
        start = inputs.new_zeros(1, inputs.size(0), self._lstm.hidden_size)
        # Biases, one layer, no dropout, one direction, batch first.
        return torch.lstm(
            inputs, (start, start), weights, True, 1, 0.0, self._lstm.training, False, True
        )[0]


def _reversal(mask: Tensor) -> Tensor:
    """For each position of the reversed sentences where it was; padding stays where it is."""
    positions = torch.arange(mask.size(1), device=mask.device)
    return torch.where(mask, mask.sum(dim=1, keepdim=True) - 1 - positions, positions)


def _reorder(vectors: Tensor, order: Tensor) -> Tensor:
    return vectors.gather(1, order.unsqueeze(-1).expand_as(vectors))
