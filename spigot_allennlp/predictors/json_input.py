"""Sentences from the JSON objects that a user gives to `allennlp predict`."""

import json
from typing import Any, Dict

from bilexical.formats.errors import FormatError
from bilexical.formats.json_lines import parse_json
from bilexical.formats.json_object import JsonObject
from bilexical.formats.json_sentences import Tokenizer, annotated_sentence
from bilexical.formats.lenient import read_sound_layers
from bilexical.formats.sentence import Sentence

_REMEDY = (
    'Write one object per line, such as {"sentence": "Dogs bark."}. '
    "`spigot parse` reads text as it is."
)


def parse_object(line: str) -> Dict[str, Any]:
    """
    The object on one line of JSON, with or without a byte order mark before it. Raises
    `FormatError`, which shows the line, if there is none.
    """
    text = line.lstrip("\ufeff").strip()
    if text.startswith("["):
        raise FormatError(
            "the input line",
            None,
            "an array starts here.",
            "Give --use-dataset-reader, which reads arrays of sentences with `words`, or write one "
            "object per line, as `spigot convert` does. `spigot parse` reads both.",
        )
    value = parse_json(text, "the input line", remedy=_REMEDY)
    return JsonObject("the input line", None, value).values


def sentence_from_json(inputs: Dict[str, Any], tokenize: Tokenizer) -> Sentence:
    """
    The sentence of an object of `bilexical.formats.json_sentences`.

    A tree or a graph that is not sound is left out, and a warning says why: predictions take its
    place.

    # Parameters

    inputs : `Dict[str, Any]`
    tokenize : `Tokenizer`
        Called with `sentence`.

    # Returns

    `Sentence`
        There may be no words. `FormatError`, which shows the input, is raised for an object that
        does not follow the format.
    """
    text = json.dumps(inputs, ensure_ascii=False)
    shown = f"the input {text if len(text) <= 200 else text[:200] + ' ...'}"
    (sentence,) = read_sound_layers(
        "the input",
        [JsonObject(shown, None, inputs)],
        lambda item, layers: annotated_sentence(item, tokenize, layers),
    )
    return sentence
