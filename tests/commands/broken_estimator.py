"""An estimator with which no training succeeds; imported by name, on the command line."""

from overrides import overrides

from spigot_allennlp.estimators import StructuredGradientEstimator


@StructuredGradientEstimator.register("broken")
class Broken(StructuredGradientEstimator):
    @overrides
    def __call__(self, scores, mask, structure, loss_scale=None):
        raise RuntimeError("this estimator is broken")
