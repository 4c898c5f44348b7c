from overrides import overrides

from spigot_allennlp.estimators import StructuredGradientEstimator


@StructuredGradientEstimator.register("best_vertex")
class BestVertex(StructuredGradientEstimator):
    @overrides(check_signature=False)
    def pullback(self, gradient, decision):
        return decision.parts - decision.argmax(-gradient)
