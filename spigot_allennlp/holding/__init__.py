"""What holds an intermediate parser while an end task trains it."""

from spigot_allennlp.holding.candidates import Candidates
from spigot_allennlp.holding.schedules import LinearWeight, WarmUp
from spigot_allennlp.holding.start_parser import StartParser
from spigot_allennlp.holding.training_clock import TrainingClock

__all__ = ["Candidates", "LinearWeight", "StartParser", "TrainingClock", "WarmUp"]
