from typing import Optional, Tuple

import torch
from allennlp.common import FromParams
from allennlp.common.checks import check_dimensions_match
from allennlp.data import TextFieldTensors
from allennlp.modules import Seq2SeqEncoder, TextFieldEmbedder
from allennlp.nn.util import get_text_field_mask
from overrides import overrides
from torch import Tensor

from spigot_allennlp.modules.word_dropout import WordDropout
from spigot_allennlp.nn.bfloat16 import lower_precision


class SentenceEncoder(torch.nn.Module, FromParams):
    """
    From the tokens of a sentence to a vector for each: word dropout, embedding, encoder.

    # Parameters

    text_field_embedder : `TextFieldEmbedder`
    encoder : `Seq2SeqEncoder`, optional (default = `None`)
        Without one the embedded tokens are the encoded ones, as those of a transformer may be.
    word_dropout : `WordDropout`, optional (default = `None`)
    dropout : `float`, optional (default = `0.0`)
        On the embedded tokens and, with an encoder, on the encoded ones.
    """

    def __init__(
        self,
        text_field_embedder: TextFieldEmbedder,
        encoder: Optional[Seq2SeqEncoder] = None,
        word_dropout: Optional[WordDropout] = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if encoder is not None:
            check_dimensions_match(
                text_field_embedder.get_output_dim(),
                encoder.get_input_dim(),
                "text_field_embedder output",
                "encoder input",
            )
        self._text_field_embedder = text_field_embedder
        self._encoder = encoder
        self._word_dropout = word_dropout
        self._dropout = torch.nn.Dropout(dropout)

    def get_output_dim(self) -> int:
        last = self._text_field_embedder if self._encoder is None else self._encoder
        return last.get_output_dim()

    @lower_precision
    @overrides(check_signature=False)
    def forward(self, tokens: TextFieldTensors) -> Tuple[Tensor, Tensor]:
        """
        # Returns

        `Tuple[FloatTensor, BoolTensor]`
            The encoded tokens `(batch_size, num_nodes, output_dim)` and their mask `(batch_size,
            num_nodes)`.
        """
        mask = get_text_field_mask(tokens)
        if self._word_dropout is not None:
            tokens = self._word_dropout(tokens)
        encoded = self._dropout(self._text_field_embedder(tokens))
        if self._encoder is not None:
            encoded = self._dropout(self._encoder(encoded, mask))
        return encoded, mask
