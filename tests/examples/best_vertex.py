from functools import partial

from overrides import overrides

from spigot_allennlp.estimators import StructuredGradientEstimator, surrogate_gradient


@StructuredGradientEstimator.register("best_vertex")
class BestVertex(StructuredGradientEstimator):
    @overrides(check_signature=False)
    def __call__(self, scores, mask, structure, loss_scale=None):
        parts = structure.argmax(scores, mask)
        restrict = partial(structure.restrict, mask=mask)
        return surrogate_gradient(
            scores, parts, restrict, lambda g: parts - structure.argmax(-g, mask), loss_scale
        )
