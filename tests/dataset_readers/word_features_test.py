"""Tags and lemmas that a file lacks, in every reader."""

import pytest
from allennlp.data.token_indexers import SingleIdTokenIndexer

from spigot_allennlp.dataset_readers import ConllDependenciesReader, SdpReader, SstReader

UD = ["1\tDogs\tdog\tNOUN\t{}\t_\t2\tnsubj\t_\t_\n", "2\tbark\tbark\tVERB\t{}\t_\t0\troot\t_\t_\n"]


def indexers():
    return {
        "words": SingleIdTokenIndexer(),
        "pos": SingleIdTokenIndexer(feature_name="tag_", default_value="@@UNKNOWN@@"),
        "lemmas": SingleIdTokenIndexer(feature_name="lemma_", default_value="@@UNKNOWN@@"),
    }


def write_ud(path, *sentences):
    blocks = ["".join(row.format(tag) for row, tag in zip(UD, tags)) for tags in sentences]
    path.write_text("\n".join(blocks))
    return path


@pytest.mark.parametrize(
    ("tags", "expected"),
    [(["_", "_"], ["NOUN", "VERB"]), (["_", "VBP"], [None, "VBP"]), (["N", "V"], ["N", "V"])],
)
def test_coarse_tags_take_the_place_of_an_empty_column(tags, expected, tmp_path):
    (instance,) = ConllDependenciesReader().read(write_ud(tmp_path / "file.conllu", tags))
    assert [token.tag_ for token in instance["tokens"].tokens[1:]] == expected
    assert [token.pos_ for token in instance["tokens"].tokens[1:]] == ["NOUN", "VERB"]
    # What is written is what was read.
    column = [word.pos for word in instance["metadata"]["sentence"].words]
    assert column == [None if tag == "_" else tag for tag in tags]


def test_that_coarse_tags_are_read_is_said_once(tmp_path, caplog):
    path = write_ud(tmp_path / "file.conllu", ["_", "_"], ["NNS", "VBP"], ["_", "_"])
    caplog.set_level("INFO")
    list(ConllDependenciesReader(indexers()).read(path))
    (message,) = (m for m in caplog.messages if "(UPOS) are read" in m)
    assert message.startswith(f"{path}: 2 of 3 sentences have no fine tags (XPOS)")
    assert "the token indexer" not in caplog.text
    caplog.clear()
    # A model that reads no tags.
    list(ConllDependenciesReader().read(path))
    assert "UPOS" not in caplog.text


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (ConllDependenciesReader, "1\tyes\t_\t_\t_\t_\t0\troot\t_\t_\n"),
        (SdpReader, "1\tyes\t_\t_\t0\troot\t-\t-\t_\n"),
        (SstReader, "(3 yes)\n"),
    ],
)
def test_a_feature_that_no_word_has_is_warned_about(reader, text, tmp_path, caplog):
    path = tmp_path / "file.txt"
    path.write_text(text * 2 if reader is SstReader else text)
    list(reader(indexers()).read(path))
    messages = [m for m in caplog.messages if m.startswith(f"{path}: no word has a")]
    assert ["'pos'" in messages[0], "'lemmas'" in messages[1]] == [True, True]
    assert len(messages) == 2 and "XPOS" in messages[0]
