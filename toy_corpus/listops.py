"""
Nested lists of digits under operators, in prefix notation: `[MAX 2 9 [MIN 4 7 ] 0 ]`.

The task is that of ListOps (Nangia and Bowman 2018), the trees are dependency trees as in Paulus et
al. 2020.
"""

from typing import List, NamedTuple, Tuple, Union

from bilexical.formats.sentence import Sentence, Word
from toy_corpus.dice import Dice

OPERATORS = ("MAX", "MIN", "MED", "SM")
CLOSE = "]"
BASE = 10

_MAX_DEPTH = 5
_NUM_TOKENS = range(10, 51)
_NUM_ARGUMENTS = range(2, 6)
_NESTING_RATE = 0.35


class Expression(NamedTuple):
    """
    # Parameters

    operator : `str`
        One of `OPERATORS`.
    arguments : `Tuple[Union[int, Expression], ...]`
        Digits and expressions.
    """

    operator: str
    arguments: Tuple["Argument", ...]


Argument = Union[int, Expression]


def apply(operator: str, values: List[int]) -> int:
    """
    The value of an operator: the largest, the smallest, the median (of an even number of values the
    mean of the two in the middle, rounded down) or the sum modulo 10.
    """
    if operator == "MAX":
        return max(values)
    if operator == "MIN":
        return min(values)
    if operator == "SM":
        return sum(values) % BASE
    if operator != "MED":
        raise ValueError(f"{operator!r} is no operator. Give one of {', '.join(OPERATORS)}.")
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2


def value(expression: Argument) -> int:
    """The digit that an expression stands for."""
    if isinstance(expression, int):
        return expression
    return apply(expression.operator, [value(argument) for argument in expression.arguments])


def to_sentence(identifier: str, expression: Expression) -> Sentence:
    """
    The tokens of an expression with their tree, the value in a comment.

    The head of an argument, and of the closing bracket, is the operator; an argument that is an
    expression is represented by its operator. ROOT has the outermost operator.
    """
    words: List[Word] = []

    def add(argument: Argument, head: int, deprel: str) -> None:
        if isinstance(argument, int):
            words.append(Word(str(argument), head=head, deprel=deprel))
            return
        words.append(Word(f"[{argument.operator}", head=head, deprel=deprel))
        number = len(words)
        for part in argument.arguments:
            add(part, number, "arg")
        words.append(Word(CLOSE, head=number, deprel="close"))

    add(expression, 0, "root")
    return Sentence(identifier, words, comments=[f"# label = {value(expression)}"])


def draw_expression(dice: Dice, result: int) -> Expression:
    """
    An expression of 10 to 50 tokens and at most 5 operators one inside the other, whose value is
    `result`.

    The shape is drawn first, then values from the outermost operator down: the arguments of an
    operator are as likely as each other among those with the value that it has to have. So neither
    the shape nor the outermost operator says anything about the value, and each argument that is an
    expression is an operator on a value that is drawn before the operator.
    """
    shape = _draw_shape(dice, 1)
    while _num_tokens(shape) not in _NUM_TOKENS:
        shape = _draw_shape(dice, 1)
    return _fill(dice, shape, result)


def draw_arguments(dice: Dice, operator: str, size: int, result: int) -> List[int]:
    """Digits, uniform among all lists of this size for which the operator has this value."""
    choices = {"MAX": range(result + 1), "MIN": range(result, BASE)}.get(operator, range(BASE))
    while True:
        values = [dice.choose(choices) for _ in range(size)]
        if operator == "SM":
            values[-1] = (result - sum(values[:-1])) % BASE
        if apply(operator, values) == result:
            return values


def _draw_shape(dice: Dice, depth: int) -> Expression:
    """An expression whose digits are all 0."""
    operator = dice.choose(OPERATORS)
    arguments: List[Argument] = []
    for _ in range(dice.choose(_NUM_ARGUMENTS)):
        nests = depth < _MAX_DEPTH and dice.chance(_NESTING_RATE)
        arguments.append(_draw_shape(dice, depth + 1) if nests else 0)
    return Expression(operator, tuple(arguments))


def _num_tokens(shape: Argument) -> int:
    if isinstance(shape, int):
        return 1
    return 2 + sum(map(_num_tokens, shape.arguments))


def _fill(dice: Dice, shape: Expression, result: int) -> Expression:
    values = draw_arguments(dice, shape.operator, len(shape.arguments), result)
    return Expression(
        shape.operator,
        tuple(
            drawn if isinstance(argument, int) else _fill(dice, argument, drawn)
            for argument, drawn in zip(shape.arguments, values)
        ),
    )
