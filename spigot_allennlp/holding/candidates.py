from allennlp.common import FromParams
from torch import Tensor

from spigot_allennlp.models.intermediate_parser import IntermediateParser, PartScores
from spigot_allennlp.nn.candidates import check_limits, graph_candidates, tree_candidates


class Candidates(FromParams):
    """
    What the parser may predict at all: arcs that the start parser finds likely enough, in training
    and in prediction, as in the authors' program (Peng et al. 2018). All other arcs are no part of
    the sentence, for no structure, estimator or loss. What the start parser itself predicts is
    always a candidate, so that no sentence is without a structure.

    For trees: at most `max_heads` heads for a word, none of them with less than `min_posterior`
    times the probability of its most probable head. For labeled graphs: at most `max_heads` arcs to
    a word, none with a probability below `min_posterior`, and for each of them the labels with at
    least `min_posterior` times the probability of its most probable one.

    # Parameters

    max_heads : `int`, optional (default = `10`)
    min_posterior : `float`, optional (default = `1e-4`)
        0 for no such limit.
    """

    def __init__(self, max_heads: int = 10, min_posterior: float = 1e-4) -> None:
        check_limits(max_heads, min_posterior)
        self.max_heads = max_heads
        self.min_posterior = min_posterior

    def __call__(
        self, start_parser: IntermediateParser, part_scores: PartScores, best: Tensor
    ) -> Tensor:
        """
        # Parameters

        start_parser : `IntermediateParser`
        part_scores : `PartScores`
            Its own.
        best : `FloatTensor`
            The shape of the scores: what it predicts.

        # Returns

        `BoolTensor`
            The shape of the scores: what may be predicted. Of no meaning for whatever is no part of
            a sentence.
        """
        scores, mask, _ = part_scores
        marginals = start_parser.inference_structure.marginals(scores, mask)
        candidates = tree_candidates if scores.dim() == 3 else graph_candidates
        return candidates(marginals, best, self.max_heads, self.min_posterior)
