from typing import Dict

HEADLINES = ("LF", "UF", "UAS", "LAS", "accuracy")


def for_progress_bar(metrics: Dict[str, float], reset: bool) -> Dict[str, float]:
    """
    All metrics of a model at the end of an epoch, and `HEADLINES` before: AllenNLP asks without
    `reset` after every batch, for its progress bar, which has no room for more.
    """
    return metrics if reset else {name: metrics[name] for name in HEADLINES if name in metrics}
