"""
What spaCy finds by its entry point. Each pipeline of spaCy imports it, so that it needs spaCy alone
until a component is made.
"""

from importlib import import_module
from typing import Any

from spacy.language import Language

from bilexical.parsing_defaults import MAX_WORDS, MODEL

NAME = "spigot_parser"

#: Has the component. It needs torch and AllenNLP.
COMPONENT = "spigot_allennlp.spacy_component"


@Language.factory(
    NAME,
    default_config={"model": MODEL, "max_words": MAX_WORDS, "cuda_device": -1},
    assigns=[
        "token.head",
        "token.dep",
        "token.is_sent_start",
        "doc.sents",
        "doc._.semantic_graph",
        "token._.semantic_arcs",
    ],
)
def make_parser(nlp: Language, name: str, model: str, max_words: int, cuda_device: int) -> Any:
    """
    The component `spigot_allennlp.spacy_component.SpigotParser`.

    Raises `ValueError` as `spigot_allennlp.load` does.
    """
    return import_module(COMPONENT).make_parser(name, model, max_words, cuda_device)
