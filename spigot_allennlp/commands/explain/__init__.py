"""What an end task does to the scores of one word's heads, in numbers and as a page."""

from spigot_allennlp.commands.explain.explained_gradient import (
    ExplainedGradient,
    check_word,
    explain_gradient,
)
from spigot_allennlp.commands.explain.explanation_page import explanation_page

__all__ = ["ExplainedGradient", "check_word", "explain_gradient", "explanation_page"]
