from collections import Counter

from toy_corpus.dice import Dice


def test_draws_are_those_of_every_python():
    dice = Dice(1)
    draws = [dice.choose("abcdefgh") for _ in range(5)]
    draws += dice.order("abcd")
    draws += [dice.weighted("xyz", [1, 2, 3]) for _ in range(4)]
    assert "".join(draws) == "bggcddabcxzyz"


def test_weights_are_respected():
    dice = Dice(2)
    counts = Counter(dice.weighted("xyz", [1, 0, 3]) for _ in range(2000))
    assert counts["y"] == 0
    assert 2.5 < counts["z"] / counts["x"] < 3.5


def test_skew_prefers_the_first_items():
    dice = Dice(3)
    counts = Counter(dice.choose("abcd", skew=2.0) for _ in range(2000))
    assert counts["a"] > 1.5 * counts["b"] > counts["d"]


def test_order_keeps_every_item():
    assert sorted(Dice(4).order(range(20))) == list(range(20))
