from typing import Tuple

import torch
from allennlp.data import Vocabulary
from allennlp.modules import TokenEmbedder
from overrides import overrides
from torch import Tensor
from torch.nn import functional

from spigot_allennlp.modules.normal_embedding import NormalEmbedding


@TokenEmbedder.register("word_characters")
class WordCharactersEncoder(TokenEmbedder):
    """
    A vector for each word from its characters: the maximum of a convolution over them (dos Santos
    and Zadrozny 2014; Ma and Hovy 2016).

    The function of AllenNLP's `character_encoding` with a `cnn`. Unlike it, vectors of characters
    start as normal numbers (see `NormalEmbedding`), double precision works, and on the CPU each
    distinct word of a batch is encoded once.
    Registered as a `TokenEmbedder` with name "word_characters".

    # Parameters

    vocab : `Vocabulary`
    embedding_dim : `int`
        Of a character.
    num_filters : `int`
        Of the convolution, and so the size of a word's vector.
    width : `int`, optional (default = `3`)
        Of a filter, in characters.
    vocab_namespace : `str`, optional (default = `"characters"`)
    """

    def __init__(
        self,
        vocab: Vocabulary,
        embedding_dim: int,
        num_filters: int,
        width: int = 3,
        vocab_namespace: str = "characters",
    ) -> None:
        super().__init__()
        self._embedding = NormalEmbedding(
            embedding_dim=embedding_dim, vocab=vocab, vocab_namespace=vocab_namespace
        )
        self._convolution = torch.nn.Conv1d(embedding_dim, num_filters, width)
        self._width = width

    @overrides
    def get_output_dim(self) -> int:
        return self._convolution.out_channels

    @overrides(check_signature=False)
    def forward(self, token_characters: Tensor) -> Tensor:
        """
        # Parameters

        token_characters : `LongTensor`
            `(batch_size, num_nodes, num_characters)`, 0 for padding.

        # Returns

        `FloatTensor`
            `(batch_size, num_nodes, num_filters)`; 0 for padding, and for words of fewer characters
            than a filter is wide.
        """
        words = token_characters.flatten(0, 1)
        if token_characters.is_cuda:
            # To look for equal words takes longer than not to.
            return self._encode(words).view(*token_characters.shape[:2], -1)
        distinct, positions = _distinct(words)
        vectors = self._encode(distinct)
        return functional.embedding(positions.view(token_characters.shape[:2]), vectors)

    def _encode(self, words: Tensor) -> Tensor:
        """From characters `(num_words, num_characters)` to vectors `(num_words, num_filters)`."""
        words = functional.pad(words, (0, max(0, self._width - words.size(1))))
        found = self._convolution(self._embedding(words).transpose(1, 2))
        num_windows = (words != 0).sum(dim=1, keepdim=True) - self._width + 1
        outside = torch.arange(found.size(2), device=words.device) >= num_windows
        # The maximum of the rectified values: what is outside is 0, and none of them is less.
        return found.masked_fill(outside.unsqueeze(1), 0.0).max(dim=2).values.relu()


def _distinct(rows: Tensor) -> Tuple[Tensor, Tensor]:
    """
    The distinct rows, and for each row which of them it is. Rows are told apart by a number that is
    computed from them, since sorting them takes as long as a convolution; where two that differ
    have the same number, all count as distinct.
    """
    factors = _FACTOR ** torch.arange(1, rows.size(1) + 1, device=rows.device)
    numbers, positions = torch.unique((rows * factors).sum(dim=1), return_inverse=True)
    first = torch.empty_like(numbers)
    first[positions] = torch.arange(len(rows), device=rows.device)
    distinct = rows[first]
    if torch.equal(distinct[positions], rows):
        return distinct, positions
    return rows, torch.arange(len(rows), device=rows.device)


_FACTOR = 6364136223846793005
"""Odd, so that no power is 0 in 64 bits."""
