import gc
import json
import logging

import pytest
import spacy
from allennlp.common.checks import ConfigurationError
from allennlp.data.token_indexers import SingleIdTokenIndexer

from spigot_allennlp.dataset_readers import SdpReader
from spigot_allennlp.predictors import structured_parser
from tests.predictors.fake_models import ALL, predict_lines, predictor


def test_json_in_json_out(tmp_path):
    lines = [
        '{"sentence": "Léa, sleep!", "id": 7}',
        "",
        '{"tokens": ["Léa", "sleeps"], "pos": ["NNP", null], "lemmas": ["Léa", "sleep"]}',
    ]
    text = predict_lines(tmp_path, lines)
    assert text.startswith('{"id": "7", "words": ["Léa", ",", "sleep", "!"], "heads": [0, 1, 2, 3]')
    first, second = map(json.loads, text.splitlines())
    assert set(first) == {"id", "words", *ALL}
    assert second == {
        "words": ["Léa", "sleeps"],
        "heads": [0, 1],
        "deprels": ["dep", "dep"],
        "arcs": [{"head": 1, "modifier": 2, "label": "ARG1"}],
        "tops": [1],
    }


def test_json_output_has_only_what_the_model_predicts():
    output = predictor(layers=["arcs", "tops"]).predict_json({"tokens": ["Dogs"]})
    assert output == {"words": ["Dogs"], "arcs": [], "tops": [1]}


def test_batches_equal_single_lines(tmp_path):
    lines = [json.dumps({"tokens": ["w"] * length, "id": length}) for length in (1, 4, 2, 3, 5)]
    assert predict_lines(tmp_path, lines, batch_size=3) == predict_lines(tmp_path, lines)


def test_sentences_keep_their_order_when_they_are_run_by_length(tmp_path, monkeypatch):
    lines = [json.dumps({"tokens": ["w"] * length, "id": length}) for length in (5, 1, 4, 1, 2)]
    sizes = []
    model = predictor()._model
    monkeypatch.setattr(structured_parser, "_MAX_NODES", 9)
    forward = type(model).forward
    monkeypatch.setattr(
        type(model),
        "forward",
        lambda self, **fields: sizes.append(len(fields["metadata"])) or forward(self, **fields),
    )
    outputs = predict_lines(tmp_path, lines, batch_size=5).splitlines()
    assert sizes == [3, 1, 1]
    assert [len(json.loads(line)["words"]) for line in outputs] == [5, 1, 4, 1, 2]
    assert [json.loads(line)["id"] for line in outputs] == ["5", "1", "4", "1", "2"]


def test_one_long_sentence_does_not_fill_the_memory_of_a_gpu(monkeypatch):
    parser = predictor()
    monkeypatch.setattr(parser, "cuda_device", 0)
    lengths = [10] * 30 + [2000] + [10] * 33
    instances = [parser._json_to_instance({"tokens": ["w"] * length}) for length in lengths]
    assert list(map(len, parser._batches(instances))) == [63, 1]


@pytest.mark.parametrize("one_by_one", [True, False])
def test_the_model_is_not_given_what_only_losses_need(one_by_one, monkeypatch):
    parser = predictor()
    received = []
    monkeypatch.setattr(type(parser._model), "gold_fields", ("heads", "deprels"), raising=False)
    monkeypatch.setattr(
        type(parser._model),
        "forward",
        lambda self, metadata, **fields: received.append(set(fields)) or {"metadata": metadata},
    )
    monkeypatch.setattr(
        type(parser._model), "make_output_human_readable", lambda self, output: {"heads": [[0]]}
    )
    instance = parser._dataset_reader.text_to_instance(
        ["Dogs"], heads=[0], deprels=["root"], arcs=[], tops=[1]
    )
    if one_by_one:
        parser.predict_instance(instance)
    else:
        parser.predict_batch_instance([instance])
    assert received == [{"tokens", "graph"}]
    assert set(instance.fields) == {"tokens", "metadata", "graph", "heads", "deprels"}


def test_tags_and_lemmas_reach_the_instance():
    instance = predictor()._json_to_instance(
        {"tokens": ["Dogs", "x"], "pos": ["NNS", None], "lemmas": ["dog", "y"], "id": "s1"}
    )
    word = instance.fields["tokens"].tokens[1]
    assert (word.text, word.tag_, word.pos_, word.lemma_) == ("Dogs", "NNS", None, "dog")
    assert instance.fields["metadata"].metadata["sentence"].id == "s1"


def test_json_in_sdp_out(tmp_path):
    lines = ['{"tokens": ["a", "b"], "pos": ["DT", "NN"]}', '{"tokens": ["c"], "id": "x9"}']
    text = predict_lines(tmp_path, lines, output_format="sdp")
    assert text == (
        "#SDP 2015\n#1\n1\ta\t_\tDT\t+\t+\t_\t_\n2\tb\t_\tNN\t-\t-\t_\tARG1\n\n"
        "#x9\n1\tc\t_\t_\t+\t-\t_\n\n"
    )


@pytest.mark.parametrize(
    ("output_format", "wanted"),
    [
        ("sdp_augmented", "#x\n1\ta\t_\t_\t0\tdep\t+\t-\t_\n\n"),
        ("sdp_2014", "#x\n1\ta\t_\t_\t+\t-\n\n"),
        ("conllu", "# sent_id = x\n1\ta\t_\t_\t_\t_\t0\tdep\t0:root\t_\n\n"),
        ("conllx", "1\ta\t_\t_\t_\t_\t0\tdep\t_\t_\n\n"),
        ("conll09", "1\ta" + "\t_" * 6 + "\t0\t_\tdep\t_\t_\t_\n\n"),
    ],
)
def test_json_in_other_formats_out(tmp_path, output_format, wanted):
    lines = ['{"tokens": ["a"], "id": "x"}']
    assert predict_lines(tmp_path, lines, output_format=output_format) == wanted


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Dogs bark.", r"line: 'Dogs bark\.' is not JSON .*\. `spigot parse` reads text as it is"),
        ('["Dogs"]', r"an array starts here\. Give --use-dataset-reader, which reads arrays"),
        ('"Dogs"', "the input line: 'Dogs' is not an object"),
        ("{}", r"the input {}: there are no 'words', .*\. An object is, for example"),
        ('{"sentence": "a", "tokens": ["a"]}', r"both 'tokens' and 'sentence': give one"),
        ('{"text": "Dogs"}', r"the input {\"text\": \"Dogs\"}: there are no 'words'"),
        ('{"sentence": ["a"]}', r"'sentence' is '\[\"a\"\]', which is not a string"),
        ('{"tokens": "a b"}', "'tokens' is 'a b', which is not a list"),
        ('{"tokens": ["a", 3]}', "'tokens' has '3', which is not a string"),
        ('{"tokens": ["a", null]}', "'tokens' has 'null', which is not a string"),
        ('{"tokens": ["a", ""]}', "'tokens' has '', which is not a string, or is empty"),
        ('{"tokens": ["a\\tb"]}', "or holds a tab"),
        ('{"tokens": ["\\ud83d"]}', "'tokens' has .* half a character"),
        ('{"tokens": ["a"], "pos": ["\\ud83d"]}', "'pos' has .* half a character"),
        ('{"sentence": "a \\ude00"}', "'sentence' is .* half a character"),
        ('{"tokens": ["a"], "id": "\\ude00"}', "'id' is .* half a character"),
        ("[", "an array starts here"),
        ('{"id": ' + "[" * 100000, r"the input line: '{\"id\": \[{93}' \.\.\. is not JSON"),
        ('{"tokens": ["a"], "pos": "N"}', "'pos' is 'N', which is not a list"),
        ('{"tokens": ["a"], "pos": [1]}', "'pos' has '1', which is not a string"),
        ('{"tokens": ["a"], "pos": []}', "'pos' has 0 values for 1 words"),
        ('{"tokens": ["a"], "lemmas": ["a", "b"]}', "'lemmas' has 2 values for 1 words"),
        (
            '{"sentence": "a", "upos": ["X"]}',
            "'upos' annotates words, but only the raw text 'sentence' is given",
        ),
        ('{"tokens": ["a"], "id": [1]}', r"'id' is '\[1\]', which is neither a number"),
        ('{"tokens": ["a"], "id": "a\\nb"}', "'id' is .* nor a string of one line"),
    ],
)
def test_input_that_cannot_be_understood(line, message):
    parser = predictor()
    with pytest.raises(ValueError, match=message):
        parser.predict_json(parser.load_line(line))


def test_a_long_input_is_shortened_in_messages():
    with pytest.raises(ValueError, match=r"x{150} \.\.\.: there are no 'words'") as error:
        predictor().predict_json({"text": "x" * 10000})
    assert len(str(error.value)) < 600


def test_what_was_predicted_before_a_bad_line_is_written(tmp_path):
    lines = ['{"tokens": ["a"]}', '{"tokens": ["b"]}', '{"tokens": ["c"], "pos": []}']
    with pytest.raises(ValueError, match=r'{"tokens": \["c"\], "pos": \[\]}: .* for 1 words'):
        predict_lines(tmp_path, lines, batch_size=2)
    gc.collect()
    written = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["words"] for line in written] == [["a"], ["b"]]


def test_the_limit_is_for_training():
    reader = SdpReader(max_tokens=2)
    output = predictor(reader=reader).predict_json({"tokens": ["a", "b", "c"], "id": "long"})
    assert output["heads"] == [0, 1, 2]
    with pytest.raises(ConfigurationError, match="'a b c' has 3 tokens"):
        reader.text_to_instance(["a", "b", "c"])


@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_a_sentence_without_words_has_an_output_without_words(tmp_path, batch_size, caplog):
    lines = ['{"tokens": ["a", "b"]}', '{"sentence": " ", "id": 3}', '{"sentence": "c"}']
    outputs = predict_lines(tmp_path, lines, batch_size).splitlines()
    assert outputs[0::2] == predict_lines(tmp_path, lines[0::2], batch_size).splitlines()
    assert json.loads(outputs[1]) == {"id": "3", "words": []}
    assert "Sentence 2 has no words, and so its output has none (1 such so far)." in caplog.text


def test_layers_of_a_sentence_without_words_are_empty(monkeypatch):
    parser = predictor()
    fields = ("heads", "deprels", "graph")
    monkeypatch.setattr(type(parser._model), "gold_fields", fields, raising=False)
    assert parser.predict_json({"tokens": []}) == {"words": [], **{layer: [] for layer in ALL}}


def test_a_sentence_without_words_in_file_output(tmp_path):
    lines = ['{"tokens": [], "id": "x"}', '{"tokens": ["a"]}']
    for output_format, start in [("sdp", "#SDP 2015\n#x\n\n#2\n1\ta"), ("conllx", "\n\n1\ta")]:
        text = predict_lines(tmp_path, lines, batch_size=2, output_format=output_format)
        assert text.startswith(start)


def test_options_are_checked():
    with pytest.raises(
        ConfigurationError, match=r"output_format must be one of auto, json, sdp, .*'xml'"
    ):
        predictor(output_format="xml")
    parser = predictor(spacy_model="no_such_pipeline")
    parser.predict_json({"tokens": ["a"]})
    with pytest.raises(ConfigurationError, match="spacy download no_such_pipeline"):
        parser.predict_json({"sentence": "a"})


def test_a_named_pipeline_tags_raw_text(tmp_path):
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("attribute_ruler")
    ruler.add([[{"ORTH": "Dogs"}]], {"TAG": "NNS", "POS": "NOUN", "LEMMA": "dog"})
    nlp.to_disk(tmp_path / "pipeline")
    parser = predictor(spacy_model=str(tmp_path / "pipeline"))
    instance = parser._json_to_instance({"sentence": "Dogs  bark \n"})
    words = instance.fields["metadata"].metadata["sentence"].words
    assert [(w.form, w.pos, w.upos, w.lemma) for w in words] == [
        ("Dogs", "NNS", "NOUN", "dog"),
        ("bark", None, None, None),
    ]


def test_missing_tags_are_warned_about_once(caplog):
    indexers = {
        "tokens": SingleIdTokenIndexer(),
        "pos": SingleIdTokenIndexer(namespace="pos", feature_name="tag_", default_value="_"),
    }
    parser = predictor(reader=SdpReader(token_indexers=indexers))
    parser._model.vocab.add_token_to_namespace("X", "pos")
    with caplog.at_level(logging.WARNING):
        parser.predict_json({"tokens": ["a"], "pos": ["X"]})
        assert "trained with" not in caplog.text
        parser.predict_json({"tokens": ["a"]})
        parser.predict_json({"sentence": "a"})
    assert caplog.text.count("The model was trained with pos but the input has none") == 1
