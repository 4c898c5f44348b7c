import pytest

from spigot_allennlp.predictors.threads import ahead


@pytest.mark.parametrize("number", range(5))
def test_items_come_in_order_and_as_many_are_asked_for_as_wanted(number):
    asked = []
    items = (asked.append(item) or item for item in range(6))
    given = []
    for item in ahead(items, number):
        given.append(item)
        assert len(asked) == min(6, len(given) + number)
    assert given == list(range(6))


@pytest.mark.parametrize("number", range(5))
def test_an_error_comes_after_the_items_before_it(number):
    def items():
        yield from range(3)
        raise ValueError("the fourth")

    given = []
    # `extend` keeps what came before the error.
    with pytest.raises(ValueError, match="the fourth"):
        given.extend(ahead(items(), number))
    assert given == [0, 1, 2]
