import pytest
import torch
from allennlp.common import Params
from allennlp.data import Vocabulary
from allennlp.modules import TokenEmbedder

import spigot_allennlp  # noqa: F401  registers the embedder

VOCAB = Vocabulary({"words": {f"w{i}": 1 for i in range(4998)}})


def embedder(**options):
    torch.manual_seed(1)
    params = {"type": "normal_embedding", "embedding_dim": 20, "vocab_namespace": "words"}
    return TokenEmbedder.from_params(Params({**params, **options}), vocab=VOCAB)


@pytest.mark.parametrize("options, std", [({}, 1.0), ({"std": 0.1}, 0.1)])
def test_vectors_start_as_normal_numbers(options, std):
    weight = embedder(**options).weight
    assert weight.shape == (5000, 20) and weight.requires_grad
    assert weight.std().item() == pytest.approx(std, rel=0.02)
    assert abs(weight.mean().item()) < 0.02 * std


def test_vectors_of_a_file_stay_as_they_are(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("w1 " + " ".join(["0.25"] * 20) + "\nw2 " + " ".join(["0.5"] * 20) + "\n")
    module = embedder(pretrained_file=str(path), std=100.0)
    assert module.weight[VOCAB.get_token_index("w1", "words")].eq(0.25).all()
    # AllenNLP gives the other words the mean and deviation of the file.
    assert module.weight.abs().max() < 2.0


def test_given_vectors_and_those_of_padding():
    weight = torch.full((5000, 20), 7.0)
    assert torch.equal(embedder(weight=weight).weight, weight)
    assert not embedder(padding_index=0).weight[0].any()
    assert embedder(padding_index=0).weight[1].any()


def test_options_of_allennlp_are_understood():
    module = embedder(trainable=False, projection_dim=3)
    assert not module.weight.requires_grad
    assert module(torch.tensor([[1, 2]])).shape == (1, 2, 3)
