from typing import Dict

DISPLAYED = ("LF", "UF", "UAS", "LAS", "accuracy")


def displayed(metrics: Dict[str, float], reset: bool) -> Dict[str, float]:
    """
    All metrics of a model at the end of an epoch, and `DISPLAYED` before: AllenNLP asks without
    `reset` after every batch, for its progress bar, which has no room for more.
    """
    return metrics if reset else {name: metrics[name] for name in DISPLAYED if name in metrics}
