from torch import Tensor

from spigot_allennlp.common import ConfigurationError, overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator
from spigot_allennlp.estimators.sampling import SamplingEstimator, check_at_least_one
from spigot_allennlp.estimators.stepping import check_positive
from spigot_allennlp.nn.noise import gumbel, normal


@StructuredGradientEstimator.register("perturbed")
class Perturbed(SamplingEstimator):
    """
    Forward in training the mean over samples of `z_i = argmax(s + sigma * e_i)`, for scores `s` and
    noise `e_i`, afterwards the plain argmax `z`; backward the mean over samples of
    `(g . (z_i - z)) * f(e_i) / sigma`, with `g` the gradient of the sentence's loss with respect to
    the mean and `f` the derivative of minus the logarithm of the noise's density: `e` for normal
    noise, `1 - exp(-e)` for Gumbel noise (Berthet, Blondel, Teboul, Cuturi, Vert and Bach 2020,
    Proposition 3.1; `z` is a baseline, which changes the variance alone).

    For a `g` that does not depend on the samples, that is an unbiased estimate of the gradient of
    the expectation of `z_i`. It costs one argmax for each sample, and one without noise. Registered
    as a `StructuredGradientEstimator` with name "perturbed".

    # Parameters

    num_samples : `int`, optional (default = `10`)
    sigma : `float`, optional (default = `1.0`)
    noise : `str`, optional (default = `"normal"`)
        Or "gumbel".
    """

    def __init__(self, num_samples: int = 10, sigma: float = 1.0, noise: str = "normal") -> None:
        super().__init__()
        check_at_least_one(num_samples, "num_samples")
        check_positive(sigma, "sigma")
        if noise not in ("normal", "gumbel"):
            raise ConfigurationError(f"noise must be 'normal' or 'gumbel' but got {noise!r}.")
        self.num_samples = num_samples
        self.sigma = sigma
        self.noise = noise

    @overrides
    def draw(self, decision: Decision) -> Tensor:
        draw = normal if self.noise == "normal" else gumbel
        return self.sigma * draw(self.num_samples, decision.scores)

    @overrides
    def shown(self, samples: Tensor) -> Tensor:
        return samples.mean(dim=0)

    @overrides
    def estimate(
        self, gradient: Tensor, decision: Decision, noise: Tensor, samples: Tensor
    ) -> Tensor:
        drawn = noise / self.sigma
        slopes = drawn if self.noise == "normal" else 1 - (-drawn).exp()
        # Shape: (num_samples, batch_size)
        gains = ((samples - decision.parts) * gradient).flatten(2).sum(dim=2)
        gains = gains.reshape(gains.shape + (1,) * (gradient.dim() - 1))
        surrogate = (gains * slopes).mean(dim=0) / self.sigma
        return decision.restrict(surrogate.to(gradient.dtype))
