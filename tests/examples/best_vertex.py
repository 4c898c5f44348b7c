from spigot_allennlp.estimators import StructuredGradientEstimator


@StructuredGradientEstimator.register("best_vertex")
class BestVertex(StructuredGradientEstimator):
    def pullback(self, gradient, decision):
        return decision.parts - decision.argmax(-gradient)
