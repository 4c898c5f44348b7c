"""The tasks of evidence.py, and the systems that no estimator trains."""

from typing import Any, Dict, NamedTuple, Optional

LISTOPS, GRAPHS, SENTIMENT = "listops", "graphs", "sentiment"
#: For each kind of task the metric that decides, and that of the parser.
METRICS = {LISTOPS: ("accuracy", "UAS"), GRAPHS: ("LF", "UAS"), SENTIMENT: ("accuracy", "LF")}

#: Other trees of nested lists, in place of the gold ones.
CONTROLS = ("flat", "chain", "random")
WITHOUT_PARSER = ("no_structure", *CONTROLS, "gold")
#: The end task is trained on the trees of parsers that did not see its sentences.
JACKKNIFED = "frozen_jackknifed"
#: Systems that no estimator trains.
ALONE = (*WITHOUT_PARSER, "frozen", "frozen_expected", JACKKNIFED)


class Task(NamedTuple):
    """
    What the systems are trained for.

    # Parameters

    kind : `str`
        Of evidence_KIND.jsonnet: nested lists, semantic graphs over trees, or sentiment over
        graphs.
    corpus : `str`
        A folder.
    of_parser : `str`, optional (default = `""`)
        The beginning of the files that the parser learns from, where they are others.
    options : `Dict[str, Any]`, optional (default = `{}`)
        Further arguments of evidence_KIND.jsonnet.
    num_sentences : `int`, optional (default = `None`)
        That the end task learns from, where it is trained for longer than its kind is.
    """

    kind: str
    corpus: str
    of_parser: str = ""
    options: Dict[str, Any] = {}
    num_sentences: Optional[int] = None


_TOY = "data/toy/sentiment"

TASKS = {
    "listops": Task(LISTOPS, "data/listops"),
    # With networks of the size of the shipped configurations.
    "listops_large": Task(LISTOPS, "data/listops", options={"large": True}),
    # For two and a half times as long.
    "listops_long": Task(LISTOPS, "data/listops", num_sentences=150_000),
    "wescience": Task(GRAPHS, "data/wescience_dm"),
    "propbank": Task(GRAPHS, "data/ewt_propbank"),
    # Semantic roles where the predicates are known, which is their usual task.
    "propbank_given": Task(GRAPHS, "data/ewt_propbank", options={"given_predicates": True}),
    "toy": Task(GRAPHS, "data/toy"),
    "sst": Task(SENTIMENT, "data/sst", "data/wescience_dm/"),
    "toy_sentiment": Task(SENTIMENT, _TOY, f"{_TOY}/parser_", {"gold_graphs": True}),
    "toy_sentiment_long": Task(
        SENTIMENT, _TOY, f"{_TOY}/parser_", {"gold_graphs": True}, num_sentences=60_000
    ),
}


class Setting(NamedTuple):
    """How many sentences the end task and the parser have, and whether they are the same ones."""

    task: str
    sentences: int
    trees: int
    same: bool

    @property
    def name(self) -> str:
        return f"{self.sentences}-and-{self.trees}-{'same' if self.same else 'other'}-trees"


def setting_of(task: str, sentences: int, trees: int, same: bool) -> Setting:
    """
    `same` for semantic graphs alone: trees of nested lists are those of the first sentences, and
    graphs for sentiment those of another corpus.
    """
    kind = TASKS[task].kind
    return Setting(task, sentences, trees, kind == LISTOPS or (kind == GRAPHS and same))
