import pytest
import spacy
from allennlp.common.checks import ConfigurationError

from bilexical.formats.sentence import Word
from spigot_allennlp.predictors.spacy_words import SpacyWords


def forms(words):
    return [word.form for word in words]


def test_sentences_have_the_position_of_their_first_word():
    text = " \nDogs bark.  Cats\nsleep! \n"
    found = SpacyWords().sentences(text)
    assert [forms(words) for _, words in found] == [["Dogs", "bark", "."], ["Cats", "sleep", "!"]]
    assert [text[start:][:4] for start, _ in found] == ["Dogs", "Cats"]
    assert SpacyWords().sentences(" \n ") == []


def test_words_are_the_same_before_and_after_sentences_are_asked_for():
    split = SpacyWords()
    before = split("Dogs bark. Cats sleep.")
    found = split.sentences("Dogs bark. Cats sleep.")
    assert [word for _, words in found for word in words] == before
    assert split("Dogs bark. Cats sleep.") == before
    assert forms(before) == ["Dogs", "bark", ".", "Cats", "sleep", "."]


def test_a_pipeline_s_own_sentences(tmp_path):
    """By a component that is there, and that nobody has switched on."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer", config={"punct_chars": [";"]})
    nlp.disable_pipe("sentencizer")
    nlp.to_disk(tmp_path / "pipeline")
    found = SpacyWords(str(tmp_path / "pipeline")).sentences("Dogs bark. Cats; sleep.")
    assert [len(words) for _, words in found] == [5, 2]


def test_a_sentence_that_is_too_long_for_taggers_is_split_without_them(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("attribute_ruler").add([[{"ORTH": "Dogs"}]], {"TAG": "NNS"})
    nlp.to_disk(tmp_path / "pipeline")
    split = SpacyWords(str(tmp_path / "pipeline"))
    assert split("Dogs " * 2) == [Word("Dogs", pos="NNS")] * 2
    longest = " " * (10**6 - 4)
    assert split(f"{longest}Dogs") == [Word("Dogs", pos="NNS")]
    assert split(f"{longest} Dogs") == [Word("Dogs")]


@pytest.mark.parametrize("language", ["sv", "de", "xx"])
def test_the_rules_of_a_language(language):
    text = "Vi ses kl. 9, z.B. i Göteborg, bl.a. hos oss."
    expected = [token.text for token in spacy.blank(language)(text)]
    assert forms(SpacyWords(f"blank:{language}")(text)) == expected


@pytest.mark.parametrize(
    ("spacy_model", "message"),
    [
        (
            "blank:qq",
            r"no rules for the language 'qq' of .* 'blank:qq'\. .* cs, da, .* sv, .* xx are",
        ),
        ("blank:", "no rules for the language ''"),
        ("no_such_pipeline", "spacy download no_such_pipeline`, or split .* 'blank:en'"),
    ],
)
def test_what_is_not_there(spacy_model, message):
    with pytest.raises(ConfigurationError, match=message):
        SpacyWords(spacy_model)("Dogs")


def test_a_language_that_needs_another_package(monkeypatch):
    def fail(name, exclude):
        raise ImportError("Japanese support requires\nSudachiPy.")

    monkeypatch.setattr(spacy, "load", fail)
    with pytest.raises(ConfigurationError, match=r"Japanese support requires SudachiPy\. Install"):
        SpacyWords("blank:ja")("Dogs")
