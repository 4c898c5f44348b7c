"""
Dependency trees as lists of heads: legality, projectivity and projectivization.

Everywhere `heads[i]` is the head of word `i + 1`; words are numbered from 1 and 0 is ROOT, which
stands left of the first word.
"""

from typing import List, Sequence, Tuple


class TreeError(ValueError):
    """
    Heads that are not a tree.

    # Parameters

    word : `int`
        The number of the word at which this shows.
    problem : `str`
    """

    def __init__(self, word: int, problem: str) -> None:
        super().__init__(word, problem)
        self.word = word
        self.problem = problem

    def __str__(self) -> str:
        return self.problem


def check_tree(heads: Sequence[int]) -> None:
    """
    Raises `TreeError` unless every word reaches ROOT over its heads. Several words may be attached
    to ROOT. Takes linear time.
    """
    num_words = len(heads)
    for word, head in enumerate(heads, 1):
        if not 0 <= head <= num_words:
            raise TreeError(word, f"the head {head} of word {word} is not one of 0 to {num_words}.")
        if head == word:
            raise TreeError(word, f"word {word} is its own head.")
    # The walk on which a word was met first; ROOT is met before all.
    walk_of = [0] + [-1] * num_words
    for start in range(1, num_words + 1):
        word = start
        while walk_of[word] == -1:
            walk_of[word] = start
            word = heads[word - 1]
        if word and walk_of[word] == start:
            cycle = _cycle_from(heads, word)
            raise TreeError(
                min(cycle),
                "the tree is cyclic and its words are not connected with ROOT: "
                + " -> ".join(str(member) for member in cycle)
                + ".",
            )


def is_projective(heads: Sequence[int]) -> bool:
    """Whether no two arcs of a tree, those of ROOT among them, cross. Takes n log n time."""
    spans = sorted((min(word, head), -max(word, head)) for word, head in enumerate(heads, 1))
    open_spans: List[int] = []
    for left, negative_right in spans:
        right = -negative_right
        while open_spans and open_spans[-1] <= left:
            open_spans.pop()
        if open_spans and open_spans[-1] < right:
            return False
        open_spans.append(right)
    return True


def projectivize(heads: Sequence[int]) -> List[int]:
    """
    A projective tree near to `heads`: while there is an arc over a word that is no descendant of
    the arc's head, the shortest such arc (the leftmost of several) is lifted, that is, its modifier
    is attached to the head of its head (Nivre and Nilsson, 2005, "Pseudo-projective dependency
    parsing", https://aclanthology.org/P05-1013/). A projective tree is returned as it is.
    """
    lifted = list(heads)
    while not is_projective(lifted):
        word = _shortest_nonprojective_arc(lifted)
        lifted[word - 1] = lifted[lifted[word - 1] - 1]
    return lifted


def _shortest_nonprojective_arc(heads: Sequence[int]) -> int:
    first, last = _descendant_ranges(heads)
    words = sorted(
        range(1, len(heads) + 1),
        key=lambda word: (abs(word - heads[word - 1]), min(word, heads[word - 1])),
    )
    for word in words:
        head = heads[word - 1]
        for between in range(min(word, head) + 1, max(word, head)):
            if not first[head] <= first[between] <= last[head]:
                return word
    raise ValueError(f"The tree {list(heads)} is projective.")


def _descendant_ranges(heads: Sequence[int]) -> Tuple[List[int], List[int]]:
    """
    Word v is a descendant of u (or u itself) if and only if first[u] <= first[v] <= last[u]:
    `first` is the position of a node in a depth-first walk, `last` that of its last descendant.
    """
    children: List[List[int]] = [[] for _ in range(len(heads) + 1)]
    for word, head in enumerate(heads, 1):
        children[head].append(word)
    walk = []
    stack = [0]
    while stack:
        node = stack.pop()
        walk.append(node)
        stack.extend(children[node])
    first = [0] * len(children)
    for position, node in enumerate(walk):
        first[node] = position
    last = list(first)
    for node in reversed(walk[1:]):
        head = heads[node - 1]
        last[head] = max(last[head], last[node])
    return first, last


def _cycle_from(heads: Sequence[int], word: int) -> List[int]:
    cycle = [word]
    while heads[cycle[-1] - 1] != word:
        cycle.append(heads[cycle[-1] - 1])
    return cycle
