import copy
from typing import Any, Optional

import torch
from allennlp.common import FromParams
from allennlp.common.checks import ConfigurationError
from allennlp.data import TextFieldTensors
from allennlp.nn import InitializerApplicator
from overrides import overrides
from torch import Tensor

from spigot_allennlp.models.intermediate_parser import IntermediateParser, PartScores


class StartParser(torch.nn.Module, FromParams):
    """
    The intermediate parser as it was when training started: a copy that nothing trains and that
    always runs as in evaluation, without dropout.

    It is part of the model, so that checkpoints and archives hold it, and has the vocabulary of the
    model. Pipelines make it themselves where `candidates` or an `anchor` need it.

    # Parameters

    parser : `IntermediateParser`
        What is copied: the pipeline's own.
    initializer : `InitializerApplicator`, optional
        Where the copy starts from another archive than the parser: `trained_model`.
    """

    def __init__(
        self,
        parser: IntermediateParser,
        initializer: InitializerApplicator = InitializerApplicator(),
    ) -> None:
        super().__init__()
        self.is_trained: Tensor
        # The vocabulary is shared.
        self.parser = copy.deepcopy(parser, {id(parser.vocab): parser.vocab})
        initializer(self.parser)
        # Attributes of parameters are not copied.
        parameters = [*parser.parameters(), *self.parser.parameters()]
        is_trained = any(hasattr(parameter, "trained_in") for parameter in parameters)
        # In numbers: torch 1.12 cannot send booleans to other processes.
        self.register_buffer("is_trained", torch.tensor(is_trained, dtype=torch.uint8))
        # So that nobody waits for a GPU; `None` when a state has been loaded.
        self._is_known_to_be_trained: Optional[bool] = is_trained
        self.parser.requires_grad_(False)
        self.train(False)

    @overrides
    def train(self, mode: bool = True) -> "StartParser":
        super().train(mode)
        self.parser.eval()
        return self

    @overrides(check_signature=False)
    def forward(
        self,
        tokens: TextFieldTensors,
        parts: Optional[Tensor] = None,
        part_labels: Optional[Tensor] = None,
    ) -> PartScores:
        """
        The scores of the parser at the start. See `IntermediateParser.score_parts`.

        # Raises

        `ConfigurationError`
            In training, when nothing was trained before it started.
        """
        if self.training and not self._was_trained():
            raise ConfigurationError(
                "The start parser has random weights: `candidates`, `anchor` and `start_parser` "
                "hold a parser that was trained before. Let the pipeline's intermediate parser "
                "start from an archive, by `initializer: trained_model` as in "
                "training_configs/sdp_spigot_warm_start.jsonnet, or give `start_parser` such an "
                "`initializer`."
            )
        with torch.no_grad():
            read = {"parts": parts, "part_labels": part_labels}
            given = {name: value.detach() for name, value in read.items() if value is not None}
            return self.parser.score_parts(tokens, **given)

    def best(self, part_scores: PartScores) -> Tensor:
        """The structure that the start parser predicts, in the shape of its scores."""
        return self.parser.structure.argmax(part_scores.scores, part_scores.mask)

    def _was_trained(self) -> bool:
        if self._is_known_to_be_trained is None:
            self._is_known_to_be_trained = bool(self.is_trained.item())
        return self._is_known_to_be_trained

    @overrides(check_signature=False)
    def _load_from_state_dict(self, *arguments: Any, **options: Any) -> None:
        super()._load_from_state_dict(*arguments, **options)
        self._is_known_to_be_trained = None
