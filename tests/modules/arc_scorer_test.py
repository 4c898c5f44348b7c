"""Arc scorers against a score for one pair at a time, in the direction [modifier, head]."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from spigot_allennlp.modules import ArcScorer, BiaffineArcScorer, MlpArcScorer


@pytest.fixture
def encoded():
    return torch.randn(2, 4, 5, dtype=torch.double, generator=torch.Generator().manual_seed(0))


def make(scorer_class, num_outputs, **options):
    torch.manual_seed(1)
    return scorer_class(5, num_outputs, hidden_dim=3, **options).double()


def biaffine(scorer, modifier, head):
    one = torch.ones(1, dtype=torch.double)
    modifier = torch.cat([torch.relu(scorer._modifier(modifier)), one])
    head = torch.cat([torch.relu(scorer._head(head)), one])
    return torch.stack([modifier @ matrix @ head for matrix in scorer._bilinear])


def mlp(scorer, modifier, head):
    weight, bias = scorer._modifier.weight, scorer._modifier.bias
    hidden = torch.tanh(weight @ modifier + scorer._head.weight @ head + bias)
    hidden = torch.tanh(scorer._hidden.weight @ hidden + scorer._hidden.bias)
    return scorer._output.weight @ hidden + scorer._output.bias


every_scorer = pytest.mark.parametrize(
    "scorer_class, score_pair", [(BiaffineArcScorer, biaffine), (MlpArcScorer, mlp)]
)


def test_every_registered_scorer_is_tested():
    assert set(ArcScorer.list_available()) == {"biaffine", "mlp"}


@every_scorer
@pytest.mark.parametrize("num_outputs", [1, 7])
def test_equals_a_score_for_each_pair(scorer_class, score_pair, num_outputs, encoded):
    scorer = make(scorer_class, num_outputs)
    scores = scorer(encoded)
    assert scores.shape == (2, 4, 4, num_outputs)
    for b in range(2):
        for m in range(4):
            for h in range(4):
                expected = score_pair(scorer, modifier=encoded[b, m], head=encoded[b, h])
                torch.testing.assert_close(scores[b, m, h], expected)


@every_scorer
def test_modifier_and_head_are_not_exchangeable(scorer_class, score_pair, encoded):
    scores = make(scorer_class, 2)(encoded)
    assert not torch.allclose(scores, scores.transpose(1, 2))


@every_scorer
def test_a_scorer_that_is_blind_to_heads_knows_modifiers_only(scorer_class, score_pair, encoded):
    scorer = make(scorer_class, 2)
    for parameter in scorer._head.parameters():
        torch.nn.init.zeros_(parameter)
    scores = scorer(encoded)
    # The same for every head, and not for every modifier.
    torch.testing.assert_close(scores, scores[:, :, :1].expand_as(scores))
    assert not torch.allclose(scores, scores[:, :1].expand_as(scores))


@every_scorer
def test_all_parameters_are_used(scorer_class, score_pair, encoded):
    scorer = make(scorer_class, 2)
    scorer(encoded).pow(2).sum().backward()
    for name, parameter in scorer.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_biaffine_dropout_is_of_training_only(encoded):
    scorer = make(BiaffineArcScorer, 1, dropout=0.5)
    assert not torch.equal(scorer(encoded), scorer(encoded))
    scorer.eval()
    assert torch.equal(scorer(encoded), scorer(encoded))


@pytest.mark.parametrize("name", ["biaffine", "mlp"])
def test_from_params(name, encoded):
    params = Params({"type": name, "hidden_dim": 4})
    scorer = ArcScorer.from_params(params, input_dim=5, num_outputs=3).double()
    assert scorer(encoded).shape == (2, 4, 4, 3)


def test_misspelled_options_are_named():
    with pytest.raises(ConfigurationError, match="hiden_dim"):
        ArcScorer.from_params(Params({"type": "mlp", "hiden_dim": 4}), input_dim=5, num_outputs=3)
    with pytest.raises(ConfigurationError, match="bilinear"):
        ArcScorer.from_params(Params({"type": "bilinear"}), input_dim=5, num_outputs=3)


@every_scorer
def test_layers_start_orthonormal(scorer_class, score_pair):
    scorer = make(scorer_class, 2)
    for layer in (scorer._modifier, scorer._head):
        product = layer.weight @ layer.weight.t()
        torch.testing.assert_close(product, torch.eye(3, dtype=torch.double), atol=1e-6, rtol=0)


@pytest.mark.parametrize("num_outputs", [1, 2, 7])
@pytest.mark.parametrize("num_threads", [2, 3])
def test_threads_share_the_outputs(use_threads, num_threads, num_outputs, encoded):
    encoded.requires_grad_()

    def scores_and_gradients(number):
        use_threads(number)
        scorer = make(BiaffineArcScorer, num_outputs)
        scores = scorer(encoded)
        wanted = [encoded, *scorer.parameters()]
        return [scores, *torch.autograd.grad(scores.square().sum(), wanted)]

    for found, expected in zip(scores_and_gradients(num_threads), scores_and_gradients(1)):
        torch.testing.assert_close(found, expected)


def test_threads_keep_the_gradient_right(use_threads, encoded):
    use_threads(2)
    scorer = make(BiaffineArcScorer, 3)
    assert torch.autograd.gradcheck(scorer, encoded.requires_grad_())
    assert torch.autograd.gradgradcheck(scorer, encoded)


def test_dropout_draws_the_same_in_threads(use_threads, encoded):
    found = []
    for number in (1, 2):
        use_threads(number)
        scorer = make(BiaffineArcScorer, 3, dropout=0.5).train()
        found.append(scorer(encoded))
    torch.testing.assert_close(*found)
