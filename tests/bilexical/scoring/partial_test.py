from hypothesis import given
from hypothesis import strategies as st

from bilexical.formats.sentence import Sentence, Word
from bilexical.scoring.partial import common_sentences


def sentence(text, name="", head=0):
    return Sentence(name, [Word(form, head=head) for form in text.split()])


def test_by_hand():
    gold = [
        sentence("Yes", "a"),
        sentence("Yes", "b"),
        sentence("caf\u00e9", "c"),
        sentence("dogs bark", "d"),
        sentence("cats purr"),
        sentence("birds sing", head=None),
        sentence("only here"),
    ]
    system = [
        sentence("cats purr", "other", head=None),
        sentence("dogs bark", "other"),
        sentence("cafe\u0301", "c"),
        sentence("Yes", "b"),
        sentence("birds sing"),
    ]
    common = common_sentences(gold, system, need_trees=True)
    assert common.pairs == [(gold[1], system[3]), (gold[3], system[1])]
    assert common.missing == {
        "sentences are missing from the system output": ["1 (a)", "7"],
        "sentences differ from the system output's in Unicode normalization only": ["3 (c)"],
        "sentences have no tree in the system output": ["5"],
        "sentences have no tree in the gold standard": ["6"],
        "sentences of the system output are not in the gold standard": ["3 (c)"],
    }
    assert common.notes()[:2] == [
        "Partial: 2 sentences are scored.",
        "Partial: 2 sentences are missing from the system output: 1 (a), 7.",
    ]
    assert common.to_json() == {"scored": 2, "missing": common.missing}
    assert len(common_sentences(gold, system, need_trees=False).pairs) == 4


def test_few_names_are_shown():
    common = common_sentences([sentence("x")] * 5, [], need_trees=False)
    assert common.notes()[1].endswith("output: 1, 2, 3 and others.")


corpora = st.lists(st.builds(sentence, st.sampled_from("xyz"), st.sampled_from(["", "1", "2"])))


@given(corpora, corpora)
def test_as_many_as_can_be_and_each_once(gold, system):
    common = common_sentences(gold, system, need_trees=False)
    forms = [[sentence.words[0].form for sentence in side] for side in (gold, system)]
    assert len(common.pairs) == sum(min(side.count(form) for side in forms) for form in "xyz")
    assert all(a.words == b.words for a, b in common.pairs)
    for position, side in enumerate((gold, system)):
        used = [id(pair[position]) for pair in common.pairs]
        assert len(set(used)) == len(used) <= len(side)
    keys = [[(s.id, s.words[0].form) for s in side] for side in (gold, system)]
    same = sum(a.id == b.id for a, b in common.pairs)
    assert same >= sum(min(side.count(key) for side in keys) for key in set(keys[0]))


@given(corpora, st.randoms())
def test_the_order_does_not_matter(gold, random):
    named = [Sentence(str(n), s.words) for n, s in enumerate(gold)]
    shuffled = random.sample(named, len(named))
    common = common_sentences(named, shuffled, need_trees=True)
    assert common.pairs == list(zip(named, named)) and common.missing == {}
