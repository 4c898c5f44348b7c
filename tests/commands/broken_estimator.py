"""An estimator with which no training succeeds; imported by name, on the command line."""

from overrides import overrides

from spigot_allennlp.estimators import StructuredGradientEstimator


@StructuredGradientEstimator.register("broken")
class Broken(StructuredGradientEstimator):
    @overrides(check_signature=False)
    def pullback(self, gradient, decision):
        raise RuntimeError("this estimator is broken")
