"""The characters of words."""

from typing import Dict, List, Tuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import Token, TokenIndexer, Vocabulary
from allennlp.data.token_indexers import TokenCharactersIndexer
from allennlp.data.tokenizers import CharacterTokenizer
from overrides import overrides

from spigot_allennlp.dataset_readers.word_token import straight

START, END = "@start@", "@end@"


@TokenIndexer.register("word_characters")
class WordCharactersIndexer(TokenCharactersIndexer):
    """
    AllenNLP's `characters` for words of any length.

    Each word has a character more at either end, so that a filter of width 3 fits into a word of
    one character, and knows where words begin and end. Quotes are `straight`.
    Registered as a `TokenIndexer` with name "word_characters".

    # Parameters

    namespace : `str`, optional (default = `"characters"`)
    max_characters : `int`, optional (default = `30`)
        A longer word is its first and its last characters, half of the number each: the longest
        word of a batch says how much memory all its words take. `ConfigurationError` is raised
        unless it is even and positive.
    token_min_padding_length : `int`, optional (default = `0`)
        See `TokenIndexer`.
    """

    def __init__(
        self,
        namespace: str = "characters",
        max_characters: int = 30,
        token_min_padding_length: int = 0,
    ) -> None:
        super().__init__(
            namespace=namespace,
            character_tokenizer=CharacterTokenizer(start_tokens=[START], end_tokens=[END]),
            # AllenNLP warns of 0. The ends are as long.
            min_padding_length=2,
            token_min_padding_length=token_min_padding_length,
        )
        if max_characters < 2 or max_characters % 2:
            raise ConfigurationError(
                f"max_characters must be even and positive but is {max_characters}."
            )
        self._max_characters = max_characters

    @overrides
    def count_vocab_items(self, token: Token, counter: Dict[str, Dict[str, int]]) -> None:
        for character in self._characters(token):
            counter[self._namespace][character] += 1

    @overrides
    def tokens_to_indices(
        self, tokens: List[Token], vocabulary: Vocabulary
    ) -> Dict[str, List[List[int]]]:
        # AllenNLP's makes a token of each character.
        known = vocabulary.get_token_to_index_vocabulary(self._namespace)

        def index(character: str) -> int:
            found = known.get(character)
            if found is None:
                return vocabulary.get_token_index(character, self._namespace)
            return found

        return {"token_characters": [list(map(index, self._characters(token))) for token in tokens]}

    def _characters(self, token: Token) -> Tuple[str, ...]:
        form = straight(token.ensure_text())
        if len(form) > self._max_characters:
            half = self._max_characters // 2
            form = form[:half] + form[-half:]
        return (START, *form, END)
