"""Whether there are senses that a system has predicted: what it copied says nothing about it."""

from bilexical.formats.sentence import Sentence


class SenseCounts:
    """Senses on both sides; sentences are added one after another."""

    def __init__(self) -> None:
        self.gold = 0
        self.system = 0
        self.different = 0
        self._same_graphs = True

    def add(self, gold: Sentence, system: Sentence) -> None:
        """Adds a sentence as annotated and as predicted, with the same words."""
        for word, other in zip(gold.words, system.words):
            self.gold += word.frame is not None
            self.system += other.frame is not None
            self.different += other.frame is not None and other.frame != word.frame
            self._same_graphs &= word.is_top == other.is_top
        self._same_graphs &= set(gold.arcs or []) == set(system.arcs or [])

    def why_not_scored(self, score_copied: bool = False) -> str:
        """
        Why a score of the senses would mean nothing; empty if it does mean something.

        # Parameters

        score_copied : `bool`, optional (default = `False`)
            Whether senses count that are all right although the graphs are not: without it they are
            taken for copies of the gold standard's.
        """
        for count, name in ((self.gold, "gold standard"), (self.system, "system output")):
            if not count:
                return f"the {name} has no senses."
        if not self.different and not self._same_graphs and not score_copied:
            return (
                f"all {self.system} senses of the system output are the gold standard's, as if "
                "copied from it. If the system predicts them, add --score-copied."
            )
        return ""
