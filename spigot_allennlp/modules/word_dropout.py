import logging
from typing import Dict, List, Optional

import torch
from allennlp.common import FromParams
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors, Vocabulary
from overrides import overrides
from torch import Tensor

logger = logging.getLogger(__name__)


class WordDropout(torch.nn.Module, FromParams):
    """
    Replaces words by the unknown word in training, rare words more often: a word that occurs c
    times in the training data with probability `alpha / (c + alpha)` (Kiperwasser and Goldberg
    2016).

    Inputs are named by their token indexer, whose vocabulary namespace has to have the same name.

    # Parameters

    vocab : `Vocabulary`
        Its counts are used; one that was read from files has none (distributed training), and then
        a word's occurrences so far are counted instead, with a warning.
    alpha : `float`, optional (default = `0.25`)
    words : `str`, optional (default = `"words"`)
        The `single_id` indexer whose tokens are counted and dropped.
    together_with : `List[str]`, optional (default = `[]`)
        Other `single_id` indexers that lose the same tokens. The authors' syntactic parser drops
        lemma and tag with the word.
    missing : `Dict[str, float]`, optional (default = `{}`)
        For an indexer, the probability that a whole sentence loses all its values of it. A parser
        trained with some sentences without tags can be used on text that has none.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        alpha: float = 0.25,
        words: str = "words",
        together_with: Optional[List[str]] = None,
        missing: Optional[Dict[str, float]] = None,
    ) -> None:
        super().__init__()
        self.counts: Tensor
        self._alpha = alpha
        self._words = words
        self._dropped_with_words = [words] + (together_with or [])
        self.missing = missing or {}
        self._unknown: Dict[str, int] = {}
        for name in self._dropped_with_words + list(self.missing):
            unknown, namespaces = vocab._oov_token, vocab.get_namespaces()
            # Asked for a namespace that it does not have, a vocabulary makes one.
            if name not in namespaces or unknown not in vocab.get_token_to_index_vocabulary(name):
                raise ConfigurationError(
                    f"Word dropout needs a vocabulary namespace '{name}' that has an unknown word; "
                    f"there are {sorted(namespaces)}, and those for tags or labels have none. "
                    "Token indexers and their namespaces must be named alike."
                )
            self._unknown[name] = vocab.get_token_index(unknown, name)
        counts = (vocab._retained_counter or {}).get(words)
        self._count_batches = counts is None
        size = vocab.get_vocab_size(words)
        tokens = (vocab.get_token_from_index(index, words) for index in range(size))
        self.register_buffer(
            "counts", torch.tensor([float((counts or {}).get(t, 0)) for t in tokens])
        )

    @overrides(check_signature=False)
    def forward(self, tokens: TextFieldTensors) -> TextFieldTensors:
        """
        `tokens` as they are in evaluation; in training a copy with some entries replaced. Node 0,
        ROOT, is kept.
        """
        if not self.training:
            return tokens
        words = tokens[self._words]["tokens"]
        if self._count_batches:
            if not self.counts.any():
                # Not earlier: a model that is loaded to predict has no use for counts.
                logger.warning(
                    "The vocabulary has no counts for word dropout; the words of training batches "
                    "are counted as they come."
                )
            self.counts += torch.bincount(words.flatten(), minlength=self.counts.numel())
        probabilities = self._alpha / (self.counts + self._alpha)
        dropped = torch.rand_like(probabilities[words]) < probabilities[words]
        result = dict(tokens)
        for name in self._dropped_with_words:
            result[name] = {"tokens": self._replace(name, tokens[name]["tokens"], dropped)}
        for name, probability in self.missing.items():
            absent = torch.rand_like(dropped[:, :1], dtype=torch.float) < probability
            result[name] = {"tokens": self._replace(name, result[name]["tokens"], absent)}
        return result

    def _replace(self, name: str, indices: Tensor, dropped: Tensor) -> Tensor:
        is_word = indices != 0
        is_word[:, 0] = False
        return indices.masked_fill(dropped & is_word, self._unknown[name])
