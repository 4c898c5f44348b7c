from typing import Any

from allennlp.common.util import sanitize

_PLAIN = {str, int, float, bool}


def plain(value: Any) -> Any:
    """
    What AllenNLP's `sanitize` makes of a value that is to become JSON. Lists and dictionaries that
    hold nothing but plain values, of which outputs mostly consist, are returned as they are.
    """
    if type(value) is list:
        kinds = set(map(type, value))
        if kinds <= _PLAIN:
            return value
        return [plain(item) for item in value]
    if type(value) is dict:
        if set(map(type, value.values())) <= _PLAIN:
            return value
        return {key: plain(item) for key, item in value.items()}
    return sanitize(value)
