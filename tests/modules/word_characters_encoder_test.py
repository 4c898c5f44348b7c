"""Vectors of words from characters: against a loop over windows, and whatever the batch."""

import pytest
import torch
from allennlp.common import Params
from allennlp.data import Vocabulary
from allennlp.modules import TokenEmbedder
from allennlp.modules.seq2vec_encoders import CnnEncoder
from allennlp.modules.token_embedders import TokenCharactersEncoder

from spigot_allennlp.modules import word_characters_encoder
from spigot_allennlp.modules.word_characters_encoder import WordCharactersEncoder, _distinct

VOCAB = Vocabulary({"characters": dict.fromkeys("abcdefgh", 1)})
WIDTH = 3


@pytest.fixture(params=[torch.float32, torch.float64])
def embedder(request):
    torch.manual_seed(1)
    params = {"type": "word_characters", "embedding_dim": 4, "num_filters": 5, "width": WIDTH}
    return TokenEmbedder.from_params(Params(params), vocab=VOCAB).to(request.param)


def batch(*sentences, num_characters=9):
    """Indices of sentences of words, padded."""
    tensor = torch.zeros(len(sentences), max(map(len, sentences)), num_characters, dtype=torch.long)
    for row, sentence in zip(tensor, sentences):
        for word, form in zip(row, sentence):
            for position, character in enumerate(form):
                word[position] = VOCAB.get_token_index(character, "characters")
    return tensor


def by_windows(embedder, form):
    """The vector of a word, from the definition."""
    convolution, vectors = embedder._convolution, embedder._embedding.weight
    indices = [VOCAB.get_token_index(character, "characters") for character in form]
    windows = [indices[i : i + WIDTH] for i in range(len(form) - WIDTH + 1)]
    values = [
        convolution.bias
        + sum(convolution.weight[:, :, k] @ vectors[i] for k, i in enumerate(window))
        for window in windows
    ]
    zero = torch.zeros_like(convolution.bias)
    return torch.stack([zero, *values]).max(dim=0).values


SENTENCES = [["abc", "h", "abcdefgh", "", "abc"], ["cba", "abc"], ["zzz"]]


def test_against_windows(embedder):
    vectors = embedder(batch(*SENTENCES))
    assert vectors.shape == (3, 5, embedder.get_output_dim())
    for row, sentence in zip(vectors, SENTENCES):
        for vector, form in zip(row, sentence):
            torch.testing.assert_close(vector, by_windows(embedder, form))
        assert not row[len(sentence) :].any()


def test_gradients_against_windows(embedder):
    tokens = batch(*SENTENCES)
    before = tokens.clone()
    weights = torch.randn(3, 5, 5, dtype=embedder._convolution.bias.dtype)
    places = [(i, j, form) for i, row in enumerate(SENTENCES) for j, form in enumerate(row)]
    losses = [
        (embedder(tokens) * weights).sum(),
        sum(weights[i, j] @ by_windows(embedder, form) for i, j, form in places),
    ]
    gradients = [torch.autograd.grad(loss, list(embedder.parameters())) for loss in losses]
    for ours, expected in zip(*gradients):
        torch.testing.assert_close(ours, expected)
        assert ours.any()
    assert torch.equal(tokens, before)


def test_as_the_one_of_allennlp(embedder):
    embedder = embedder.float()
    convolution = CnnEncoder(4, 5, (WIDTH,))
    convolution.conv_layer_0.load_state_dict(embedder._convolution.state_dict())
    theirs = TokenCharactersEncoder(embedder._embedding, convolution)
    tokens = batch(*SENTENCES)
    torch.testing.assert_close(embedder(tokens), theirs(tokens))


def test_a_word_has_the_same_vector_in_every_batch(embedder):
    vectors = embedder(batch(*SENTENCES))
    for row, sentence in zip(vectors, SENTENCES):
        for vector, form in zip(row, sentence):
            alone = embedder(batch([form], num_characters=max(1, len(form))))
            torch.testing.assert_close(alone[0, 0], vector)


def test_vectors_start_as_normal_numbers():
    vocab = Vocabulary({"characters": {chr(i): 1 for i in range(1000, 3000)}})
    embedder = WordCharactersEncoder(vocab, embedding_dim=20, num_filters=2)
    assert embedder._embedding.weight.std().item() == pytest.approx(1.0, rel=0.02)


class TestDistinct:
    def test_rows(self):
        torch.manual_seed(0)
        rows = torch.randint(0, 3, (200, 4))
        distinct, positions = _distinct(rows)
        assert torch.equal(distinct[positions], rows)
        assert len(distinct) == len(torch.unique(rows, dim=0)) == len(torch.unique(positions))

    def test_in_another_order_characters_are_another_word(self):
        distinct, positions = _distinct(torch.tensor([[1, 2], [2, 1], [1, 2]]))
        assert len(distinct) == 2
        assert positions[0] == positions[2] != positions[1]

    def test_rows_that_have_the_same_number(self, monkeypatch):
        monkeypatch.setattr(word_characters_encoder, "_FACTOR", 1)
        rows = torch.tensor([[1, 2], [2, 1], [1, 2]])
        distinct, positions = _distinct(rows)
        assert torch.equal(distinct[positions], rows)
