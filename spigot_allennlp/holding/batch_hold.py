from typing import Any, Dict, List, Optional

import torch
from torch import Tensor

from spigot_allennlp.holding.candidates import Candidates
from spigot_allennlp.holding.diagnostics import Diagnostics
from spigot_allennlp.holding.start_parser import StartParser
from spigot_allennlp.models.intermediate_parser import IntermediateParser, PartScores


class BatchHold:
    """
    What holds a parser in one batch, for which the start parser runs once.

    # Parameters

    parser : `IntermediateParser`
    start_parser : `StartParser`, optional
        `None` where nothing in this batch needs it.
    candidates : `Candidates`, optional
        Only with a start parser.
    diagnostics : `Diagnostics`
    inputs : `Dict[str, Any]`
        What both parsers read: the arguments of `IntermediateParser.score_parts`.
    """

    def __init__(
        self,
        parser: IntermediateParser,
        start_parser: Optional[StartParser],
        candidates: Optional[Candidates],
        diagnostics: Diagnostics,
        inputs: Dict[str, Any],
    ) -> None:
        self._parser = parser
        self._diagnostics = diagnostics
        self._start: Optional[PartScores] = None
        self._start_best: Optional[Tensor] = None
        self._allowed: Optional[Tensor] = None
        if start_parser is None:
            return
        start = start_parser(**inputs)
        self._start_best = start_parser.best(start)
        if candidates is not None:
            self._allowed = candidates(start_parser.parser, start, self._start_best)
        self._start = self.restrict(start)

    def restrict(self, part_scores: PartScores, gold: Optional[Tensor] = None) -> PartScores:
        """
        `part_scores` with `-inf` for every part of a sentence that is no candidate.

        # Parameters

        part_scores : `PartScores`
        gold : `FloatTensor`, optional
            The shape of the scores: where it is not 0 is a candidate too.
        """
        if self._allowed is None:
            return part_scores
        allowed = self._allowed if gold is None else self._allowed | (gold > 0)
        scores, mask, _ = part_scores
        support = self._parser.inference_structure.support(scores, mask)
        return part_scores._replace(scores=scores.masked_fill(support & ~allowed, -torch.inf))

    def interpret(
        self,
        part_scores: PartScores,
        known: Optional[Tensor],
        metadata: Optional[List[Dict[str, Any]]],
        gold: Dict[str, Tensor],
    ) -> Dict[str, Any]:
        """
        `IntermediateParser.interpret`, where candidates are predicted and the loss finds gold among
        them.

        # Parameters

        part_scores : `PartScores`
            Not restricted.
        known : `FloatTensor`, optional
            The argmax of the restricted scores where it is known already.
        metadata : `List[Dict[str, Any]]`, optional
        gold : `Dict[str, Tensor]`
            Those of the parser's `gold_fields` that there are.
        """
        if gold:
            scores = self._diagnostics.watch_own(part_scores.scores)
            part_scores = part_scores._replace(scores=scores)
        restricted = self.restrict(part_scores)
        if self._allowed is not None and gold:
            if known is None:
                known = self._parser.structure.argmax(restricted.scores, restricted.mask)
            gold_parts = self._parser.gold_parts(part_scores, **gold)
            self._diagnostics.observe_gold(gold_parts, self._allowed, part_scores.mask)
            restricted = self.restrict(part_scores, gold_parts)
        return self._parser.interpret(restricted, parts=known, metadata=metadata, **gold)

    def divergence(self, restricted: PartScores) -> Optional[Tensor]:
        """
        `KL(start parser || parser)` of each sentence, `(batch_size,)`, among the candidates; `None`
        without a start parser, and for a parser that is not trained.
        """
        scores, mask, _ = restricted
        # Not what `scores` says: they have no gradient where losses are only looked at.
        is_trained = any(parameter.requires_grad for parameter in self._parser.parameters())
        if self._start is None or not is_trained:
            return None
        structure = self._parser.inference_structure
        divergence = structure.kl_divergence(self._start.scores, scores, mask)
        self._diagnostics.observe("divergence", divergence, mask.any(dim=1))
        return divergence

    def observe(self, restricted: PartScores, known: Optional[Tensor]) -> None:
        """What can be said of the scores that are decided from, and of the decision if `known`."""
        scores, mask, _ = restricted
        structure = self._parser.inference_structure
        self._diagnostics.observe_scores(structure, restricted)
        if self._allowed is not None:
            support = structure.support(scores, mask)
            self._diagnostics.observe_candidates(support & self._allowed, mask)
        if self._start_best is not None:
            if known is None:
                known = self._parser.structure.argmax(scores, mask)
            self._diagnostics.observe_change(self._start_best, known, mask)
