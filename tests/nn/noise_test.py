import math

import pytest
import torch
from scipy.stats import gamma, kstest

from spigot_allennlp.nn.noise import gumbel, normal, sum_of_gamma

EULER = 0.5772156649


def test_normal():
    torch.manual_seed(0)
    noise = normal(2000, torch.zeros(3, 7))
    assert noise.shape == (2000, 3, 7) and noise.dtype == torch.float32
    assert noise.mean().item() == pytest.approx(0, abs=0.02)
    assert noise.var().item() == pytest.approx(1, abs=0.03)


def test_gumbel():
    torch.manual_seed(0)
    noise = gumbel(2000, torch.zeros(3, 7, dtype=torch.float64))
    assert noise.shape == (2000, 3, 7) and noise.dtype == torch.float64
    assert noise.mean().item() == pytest.approx(EULER, abs=0.03)
    assert noise.var().item() == pytest.approx(math.pi**2 / 6, abs=0.05)


@pytest.mark.parametrize("num_active", [1, 4])
def test_a_sum_of_sums_of_gamma_is_a_gumbel_variable(num_active):
    torch.manual_seed(0)
    noise = sum_of_gamma(30000, torch.zeros(1, num_active), torch.tensor([float(num_active)]), 50)
    total = noise.double().sum(dim=2)
    assert total.mean().item() == pytest.approx(EULER, abs=0.04)
    assert total.var().item() == pytest.approx(math.pi**2 / 6, abs=0.08)
    # The distribution function at some points.
    for value in (-1.0, 0.0, 1.0, 2.0):
        share = (total <= value).double().mean().item()
        assert share == pytest.approx(math.exp(-math.exp(-value)), abs=0.015)


def test_each_sentence_has_its_number_of_parts():
    torch.manual_seed(0)
    noise = sum_of_gamma(20000, torch.zeros(2, 3), torch.tensor([1.0, 10.0]), 20)
    variances = noise.var(dim=0).mean(dim=1)
    expected = sum(1 / i**2 for i in range(1, 21))
    assert variances.tolist() == pytest.approx([expected, expected / 10], rel=0.05)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_gamma_variables_follow_their_distribution(dtype):
    torch.manual_seed(1)
    shares = torch.tensor([0.05, 1.0], dtype=dtype)
    # The sum of a single term, for which nothing is subtracted.
    noise = sum_of_gamma(20000, torch.zeros(2, 1, dtype=dtype), 1 / shares, 1)
    assert noise.dtype == dtype
    for share, sample in zip(shares.tolist(), noise.squeeze(2).double().numpy().T):
        assert kstest(sample, gamma(share).cdf).pvalue > 0.01


def test_the_noise_follows_from_the_seed_of_torch():
    def draw():
        return sum_of_gamma(2, torch.zeros(3, 4), torch.ones(3), 3)

    torch.manual_seed(1)
    first, second = draw(), draw()
    torch.manual_seed(1)
    assert torch.equal(draw(), first) and not torch.equal(first, second)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_gets_noise_in_single_precision(dtype):
    scores = torch.zeros(2, 3, dtype=dtype)
    for noise in (normal(2, scores), gumbel(2, scores), sum_of_gamma(2, scores, torch.ones(2), 3)):
        assert noise.dtype == torch.float32 and torch.isfinite(noise).all()
