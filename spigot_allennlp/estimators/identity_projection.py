import torch
from torch import Tensor

from spigot_allennlp.common import overrides
from spigot_allennlp.estimators.decision import Decision
from spigot_allennlp.estimators.estimator import StructuredGradientEstimator


@StructuredGradientEstimator.register("identity_projection")
class IdentityProjection(StructuredGradientEstimator):
    """
    Forward the argmax `z`, backward the gradient of the sentence's loss with respect to `z` without
    what changes no decision: for a tree its mean over the candidate heads of each word, for an arc
    with labels what the arc has and all labels lack (Sahoo, Paulus, Vlastelica, Musil, Kuleshov and
    Martius 2023, Identity with projection).

    That is the gradient of the centered scores. With `normalize` it is that of the centered scores
    over their L2 norm `n` in a sentence, `(g - u (u . g)) / n` with `u` the result: neither changes
    the argmax. It costs nothing but sums. That every tree has one root is not made use of.
    Registered as a `StructuredGradientEstimator` with name "identity_projection".

    # Parameters

    normalize : `bool`, optional (default = `False`)
        Whether the centered scores are also divided by their norm. A sentence whose scores are
        equal then gets no gradient.
    """

    def __init__(self, normalize: bool = False) -> None:
        super().__init__()
        self.normalize = normalize

    @overrides
    def pullback(self, gradient: Tensor, decision: Decision) -> Tensor:
        structure, scores = decision.structure, decision.scores
        candidates = structure.support(scores, decision.mask) & (scores != -torch.inf)
        centered = structure.without_invariant_directions(gradient, candidates)
        if not self.normalize:
            return centered
        scores = structure.without_invariant_directions(
            scores.masked_fill(~candidates, 0.0), candidates
        )
        norms = torch.linalg.vector_norm(scores.flatten(1), dim=1)
        norms = norms.reshape((-1,) + (1,) * (scores.dim() - 1))
        has_norm = norms > torch.finfo(norms.dtype).tiny
        unit = scores / norms.masked_fill(~has_norm, 1.0)
        along = (unit * centered).flatten(1).sum(dim=1).reshape(norms.shape)
        tangent = (centered - unit * along) / norms.masked_fill(~has_norm, 1.0)
        return tangent.masked_fill(~has_norm, 0.0)
