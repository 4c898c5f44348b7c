"""From the tokens of a sentence to a vector for each."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from spigot_allennlp.modules import SentenceEncoder


@pytest.fixture
def vocab():
    words = {"@root@": 9, "a": 1, "b": 1, "c": 1}
    return Vocabulary(counter={"words": words, "pos": dict(words)})


def make(vocab, **changes):
    torch.manual_seed(0)
    embedding = {"type": "embedding", "embedding_dim": 3}
    embedders = {name: {**embedding, "vocab_namespace": name} for name in ("words", "pos")}
    params = {
        "text_field_embedder": {"token_embedders": embedders},
        "encoder": {"type": "lstm", "bidirectional": True, "input_size": 6, "hidden_size": 4},
        **changes,
    }
    return SentenceEncoder.from_params(Params(params), vocab=vocab)


def text(vocab, *sentences):
    rows = [[vocab.get_token_index(w, "words") for w in ["@root@", *s]] for s in sentences]
    longest = max(map(len, rows))
    indices = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    return {name: {"tokens": indices} for name in ("words", "pos")}


def test_a_vector_for_each_node_and_none_for_padding(vocab):
    encoder = make(vocab)
    encoded, mask = encoder(text(vocab, "abc", "a"))
    assert mask.tolist() == [[True] * 4, [True] * 2 + [False] * 2]
    assert encoded.shape == (2, 4, encoder.get_output_dim()) == (2, 4, 8)
    assert (encoded[~mask] == 0).all() and (encoded[mask] != 0).all()


def test_a_sentence_has_its_own_encoding_in_any_batch(vocab):
    encoder = make(vocab).eval()
    together, _ = encoder(text(vocab, "abcab", "ca"))
    alone, _ = encoder(text(vocab, "ca"))
    torch.testing.assert_close(together[1, :3], alone[0])


def test_every_node_sees_the_sentence(vocab):
    encoder = make(vocab).eval()
    first, second = encoder(text(vocab, "abc", "abb"))[0]
    assert not torch.allclose(first[0], second[0]), "ROOT sees the last word"


def test_word_dropout_is_of_training_only(vocab):
    # Everything but the word is the same in both sentences, and every word is dropped.
    encoder = make(vocab, word_dropout={"alpha": 1e9})
    tokens = {**text(vocab, "abc", "bca"), "pos": text(vocab, "abc", "abc")["pos"]}
    first, second = encoder(tokens)[0]
    torch.testing.assert_close(first, second)
    first, second = encoder.eval()(tokens)[0]
    assert not torch.allclose(first, second)


def test_dropout_is_of_training_only(vocab):
    encoder, tokens = make(vocab, dropout=0.5), text(vocab, "abcabc")
    assert (encoder(tokens)[0] == 0).any()
    encoder.eval()
    assert torch.equal(encoder(tokens)[0], encoder(tokens)[0])


def test_dimensions_must_match(vocab):
    wrong = {"type": "lstm", "input_size": 5, "hidden_size": 4}
    with pytest.raises(
        ConfigurationError, match=r"text_field_embedder output.*encoder input.*6.*5"
    ):
        make(vocab, encoder=wrong)


@pytest.mark.parametrize(
    "encoder",
    [
        {"type": "gru", "input_size": 6, "hidden_size": 4},
        {"type": "stacked_bidirectional_lstm", "input_size": 6, "hidden_size": 4, "num_layers": 1},
        {"type": "pass_through", "input_dim": 6},
    ],
    ids=lambda encoder: encoder["type"],
)
def test_any_encoder_of_allennlp(vocab, encoder):
    encoder = make(vocab, encoder=encoder)
    encoded, _ = encoder(text(vocab, "abc", "a"))
    assert encoded.shape == (2, 4, encoder.get_output_dim())
