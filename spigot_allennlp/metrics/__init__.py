from spigot_allennlp.metrics.attachment_scores import AttachmentScores
from spigot_allennlp.metrics.classification_scores import ClassificationScores
from spigot_allennlp.metrics.gold_outside import GoldOutside
from spigot_allennlp.metrics.mean_per_sentence import MeanPerSentence
from spigot_allennlp.metrics.progress_bar import for_progress_bar
from spigot_allennlp.metrics.punctuation import punctuation_mask
from spigot_allennlp.metrics.semantic_dependency_scores import SemanticDependencyScores

__all__ = [
    "AttachmentScores",
    "ClassificationScores",
    "GoldOutside",
    "MeanPerSentence",
    "SemanticDependencyScores",
    "for_progress_bar",
    "punctuation_mask",
]
