"""
The subjects and objects of verbs: stated, shared by coordination, controlled, or missing from a
relative clause.
"""

from typing import Dict, List

from toy_corpus.tree import Tree

_CLAUSES = ("xcomp", "ccomp")


class Arguments:
    """
    # Parameters

    tree : `Tree`
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        # From the verb or preposition that misses its object to the words that fill the gap.
        self._gaps: Dict[int, List[int]] = {}
        for number in range(1, len(tree) + 1):
            if tree.deprel(number) == "rcmod" and self._own_subjects(number):
                gap = self._gap_of(number)
                if gap:
                    self._gaps[gap] = tree.modified(number)

    def subjects(self, verb: int) -> List[int]:
        """The words that are the subject of the verb, or of the predicative adjective."""
        tree = self._tree
        own = self._own_subjects(verb)
        if own:
            return self._expand(own)
        deprel, head = tree.deprel(verb), tree.head(verb)
        if deprel in ("rcmod", "vmod"):
            return tree.modified(verb)
        if deprel == "conj" and (tree.is_verb(head) or tree.is_predicative(head)):
            return self.subjects(head)
        if deprel == "advcl":
            return self.subjects(head)
        if deprel == "xcomp" and tree.is_verb(head):
            # Object control, unless there is no object to control.
            return self.objects(head) or self.subjects(head)
        return []

    def objects(self, verb: int) -> List[int]:
        """The words that are the verb's direct object."""
        own = self._expand(self._tree.dependents(verb, "dobj"))
        if own or not self._tree.is_transitive(verb):
            return own
        if self._tree.is_passive(verb):
            return []
        if verb in self._gaps:
            return self._gaps[verb]
        if self._tree.deprel(verb) == "conj":
            head = self._tree.head(verb)
            behind = [word for word in self._tree.dependents(head, "dobj") if word > verb]
            return self._expand(behind) or self._gaps.get(head, [])
        return []

    def shared(self, verb: int, deprel: str) -> List[int]:
        """The verb's dependents with the label and what is coordinated with them."""
        return self._expand(self._tree.dependents(verb, deprel))

    def prepositional_objects(self, preposition: int) -> List[int]:
        """
        The words that are the preposition's object, which may have been moved to the front of a
        relative clause.
        """
        return self._expand(self._tree.dependents(preposition, "pobj")) or self._gaps.get(
            preposition, []
        )

    def _own_subjects(self, verb: int) -> List[int]:
        return self._tree.dependents(verb, "nsubj", "nsubjpass")

    def _expand(self, words: List[int]) -> List[int]:
        return [conjunct for word in words for conjunct in self._tree.conjuncts(word)]

    def _gap_of(self, clause: int) -> int:
        """
        The last preposition or transitive verb of a relative clause that has no object; 0 if all
        have theirs.
        """
        tree = self._tree
        gap, verb = 0, clause
        while True:
            if (
                tree.is_transitive(verb)
                and not tree.is_passive(verb)
                and not tree.dependents(verb, "dobj")
            ):
                gap = verb
            for preposition in tree.dependents(verb, "prep"):
                if not tree.dependents(preposition, "pobj"):
                    gap = preposition
            clauses = tree.dependents(verb, *_CLAUSES)
            if not clauses:
                return gap
            verb = clauses[-1]
