"""Sentences from the JSON objects that a user gives to `allennlp predict`."""

import json
from typing import Any, Callable, Dict, List, Optional

from bilexical.formats.sentence import Sentence, Word

#: From raw text to words.
Tokenizer = Callable[[str], List[Word]]

EXAMPLES = (
    'Write {"sentence": "Dogs bark."} or {"tokens": ["Dogs", "bark", "."], "pos": ["NNS", "VBP", '
    '"."]}; "pos", "upos", "lemmas" (with tokens) and "id" are optional.'
)

_TAGS = ("pos", "upos", "lemmas")
_KEYS = {"sentence", "tokens", "id", *_TAGS}


def parse_json(line: str) -> Dict[str, Any]:
    """
    The object on one line of JSON. Raises `ValueError` that shows the line if there is none.
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"the input line {_shorten(line.strip())} is not JSON ({error}). {EXAMPLES}"
        ) from error
    return _check_object(value)


def sentence_from_json(inputs: Dict[str, Any], tokenize: Tokenizer) -> Sentence:
    """
    # Parameters

    inputs : `Dict[str, Any]`
        Either `sentence`, a string, or `tokens`, a list of strings, and then optionally `pos`,
        `upos` and `lemmas`, lists as long with strings or `None`; optionally `id`, a string or a
        number.
    tokenize : `Tokenizer`
        Called with `sentence`.

    # Returns

    `Sentence`
        Without tree and graph. `ValueError`, which shows the input, is raised for other keys, types
        and lengths. There may be no words.
    """
    shown = f"the input {_shorten(json.dumps(inputs, ensure_ascii=False))}"
    strangers = sorted(set(inputs) - _KEYS)
    if strangers:
        raise ValueError(f"{shown} has the unknown key '{strangers[0]}'. {EXAMPLES}")
    if ("sentence" in inputs) == ("tokens" in inputs):
        raise ValueError(f"{shown} must have one of 'sentence' and 'tokens'. {EXAMPLES}")
    if "sentence" in inputs:
        for key in _TAGS:
            if key in inputs:
                raise ValueError(
                    f"{shown} has '{key}' without 'tokens': it is not known which words it is for. "
                    f"{EXAMPLES}"
                )
        text = inputs["sentence"]
        if not isinstance(text, str) or not _is_unicode(text):
            raise ValueError(f"{shown}: 'sentence' must be a string of Unicode. {EXAMPLES}")
        words = tokenize(text)
    else:
        columns = [_strings(shown, inputs, "tokens")]
        columns += [_strings(shown, inputs, key, len(columns[0])) for key in _TAGS]
        words = [
            Word(form, lemma=lemma, pos=pos, upos=upos) for form, pos, upos, lemma in zip(*columns)
        ]
    return Sentence(_id(shown, inputs.get("id")), words)


def _check_object(value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict):
        shown = _shorten(json.dumps(value, ensure_ascii=False))
        raise ValueError(f"the input {shown} is not a JSON object. {EXAMPLES}")
    return value


def _strings(
    shown: str, inputs: Dict[str, Any], key: str, length: Optional[int] = None
) -> List[Any]:
    """The list of `inputs` at `key`; of `None` if it may be left out, and is."""
    values = inputs.get(key)
    if values is None and length is not None:
        return [None] * length
    if not isinstance(values, list):
        raise ValueError(f"{shown}: '{key}' must be a list of strings. {EXAMPLES}")
    for number, value in enumerate(values, 1):
        if value is None and length is not None:
            continue
        if not isinstance(value, str) or not value.strip() or not _fits_a_line(value):
            raise ValueError(
                f"{shown}: '{key}' number {number} is {_shorten(repr(value))}. It must be a string "
                "of Unicode that is not blank and holds no tab and no line end."
            )
    if length is not None and len(values) != length:
        raise ValueError(
            f"{shown} has {length} tokens but {len(values)} values of '{key}'. "
            "Give one value per token; null where there is none."
        )
    return values


def _id(shown: str, value: Any) -> str:
    if value is None:
        return ""
    is_name = isinstance(value, (str, int)) and not isinstance(value, bool)
    if not is_name or not _fits_a_line(str(value)):
        raise ValueError(f"{shown}: 'id' must be a number or a string of one line. {EXAMPLES}")
    return str(value).strip()


def _fits_a_line(value: str) -> bool:
    return _is_unicode(value) and not any(character in value for character in "\t\n\r")


def _is_unicode(value: str) -> bool:
    """Whether UTF-8 can express a string: JSON may name halves of surrogate pairs."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shorten(text: str, length: int = 200) -> str:
    return text if len(text) <= length else text[:length] + " ..."
