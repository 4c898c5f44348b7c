from typing import Any

import torch
from allennlp.modules import Embedding, TokenEmbedder


@TokenEmbedder.register("normal_embedding")
class NormalEmbedding(Embedding):
    """
    AllenNLP's `embedding` with vectors that start as normal numbers, as torch's do.

    AllenNLP's own start with a deviation of `sqrt(2 / (num_embeddings + embedding_dim))`, so that
    what an encoder sees of a word is nearly nothing in the first epochs, and the less the larger
    the vocabulary. Registered as a `TokenEmbedder` with name "normal_embedding".

    # Parameters

    std : `float`, optional (default = `1.0`)
        Their deviation. Vectors that are given (`pretrained_file`, `weight`) stay as they are.
    kwargs : `Any`
        Those of `Embedding`.
    """

    def __init__(self, std: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if kwargs.get("pretrained_file") is None and kwargs.get("weight") is None:
            torch.nn.init.normal_(self.weight, std=std)
            if self.padding_index is not None:
                self.weight.data[self.padding_index].fill_(0.0)
