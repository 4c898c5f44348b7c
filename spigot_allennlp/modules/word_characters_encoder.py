from typing import Tuple

import torch
from allennlp.data import Vocabulary
from allennlp.modules import TokenEmbedder
from allennlp.modules.seq2vec_encoders import CnnEncoder
from allennlp.modules.token_embedders import TokenCharactersEncoder
from overrides import overrides
from torch import Tensor
from torch.nn import functional

from spigot_allennlp.modules.normal_embedding import NormalEmbedding


@TokenEmbedder.register("word_characters")
class WordCharactersEncoder(TokenCharactersEncoder):
    """
    A vector for each word from its characters: the maximum of a convolution over them (dos Santos
    and Zadrozny 2014; Ma and Hovy 2016).

    AllenNLP's `character_encoding` with vectors of characters that start as normal numbers (see
    `NormalEmbedding`) and, on the CPU, one computation for each distinct word of a batch.
    Registered as a `TokenEmbedder` with name "word_characters".

    # Parameters

    vocab : `Vocabulary`
    embedding_dim : `int`
        Of a character.
    num_filters : `int`
        Of the convolution, and so the size of a word's vector.
    width : `int`, optional (default = `3`)
        Of a filter, in characters. No word of a batch may be padded to fewer: see
        `min_padding_length` of the indexer.
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
        super().__init__(
            NormalEmbedding(
                embedding_dim=embedding_dim, vocab=vocab, vocab_namespace=vocab_namespace
            ),
            CnnEncoder(embedding_dim, num_filters, (width,)),
        )

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
        if token_characters.is_cuda:
            # Where to look for equal words takes longer than not to.
            return super().forward(token_characters)
        words, positions = _distinct(token_characters.flatten(0, 1))
        vectors = super().forward(words.unsqueeze(0)).squeeze(0)
        return functional.embedding(positions.view(token_characters.shape[:2]), vectors)


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
