from spigot_allennlp.metrics.attachment_scores import AttachmentScores
from spigot_allennlp.metrics.mean_per_sentence import MeanPerSentence
from spigot_allennlp.metrics.punctuation import is_punctuation, punctuation_mask
from spigot_allennlp.metrics.sdp_counts import ArcCounts, count_arcs, count_corpus, scored_arcs
from spigot_allennlp.metrics.sdp_evaluation import SdpEvaluation
from spigot_allennlp.metrics.sdp_report import sdp_report
from spigot_allennlp.metrics.semantic_dependency_scores import SemanticDependencyScores

__all__ = [
    "ArcCounts",
    "AttachmentScores",
    "MeanPerSentence",
    "SdpEvaluation",
    "SemanticDependencyScores",
    "count_arcs",
    "count_corpus",
    "is_punctuation",
    "punctuation_mask",
    "scored_arcs",
    "sdp_report",
]
