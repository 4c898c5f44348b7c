"""A file is predicted with the output of AllenNLP's own loop, by one thread and by several."""

import io
import sys
import threading

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from bilexical.formats.corpus_files import COLUMN_FORMATS
from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import format_sdp
from bilexical.formats.sentence import Arc, Sentence, Word
from spigot_allennlp.predictors import StructuredParserPredictor, file_prediction
from tests.predictors.fake_models import Oracle, predict_file, predict_lines


@pytest.fixture(params=["1 of torch", "2 of torch", "3 of Python"])
def num_threads(request, use_threads):
    number, _, kind = request.param.split()
    number = int(number)
    of_torch = number if kind == "torch" else 1
    if kind == "Python":
        use_threads(number)
    torch.set_num_threads(of_torch)
    yield number
    assert torch.get_num_threads() == of_torch


def corpus():
    """Sentences of many lengths, some longer than a batch."""
    text = "#SDP 2015\n"
    for length in (5, 1, 14, 3, 13, 2, 9, 4) * 2:
        words = [Word(f"w{n}", f"l{n}", "NN", is_top=n == 1) for n in range(1, length + 1)]
        arcs = [Arc(n, n - 1, "ARG1") for n in range(2, length + 1)]
        words[0].frame = "sense"
        text += format_sdp(Sentence(f"{length}", words, arcs))
    return text


@pytest.mark.parametrize("output_format", ["auto", "json", *COLUMN_FORMATS])
@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_files_are_those_of_allennlp_s_loop(
    tmp_path, monkeypatch, num_threads, batch_size, output_format
):
    monkeypatch.setattr("spigot_allennlp.predictors.structured_parser._MAX_NODES", 12)
    found = predict_file(tmp_path, corpus(), batch_size, output_format=output_format)
    assert len(found) > 1000
    monkeypatch.setattr("allennlp.commands.predict._PredictManager.run", file_prediction._run)
    assert predict_file(tmp_path, corpus(), batch_size, output_format=output_format) == found


def test_lines_of_json_are_those_of_allennlp_s_loop(tmp_path, monkeypatch, num_threads):
    lines = ['{"tokens": ["a", "b"]}', '{"tokens": []}', "  ", '{"tokens": ["c"], "id": "x"}'] * 3
    found = predict_lines(tmp_path, lines, batch_size=2)
    assert found.count("\n") == 9
    monkeypatch.setattr("allennlp.commands.predict._PredictManager.run", file_prediction._run)
    assert predict_lines(tmp_path, lines, batch_size=2) == found


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("faulty", ["no JSON", '{"tokens": 1}'])
def test_what_comes_before_a_faulty_line_is_written(tmp_path, num_threads, batch_size, faulty):
    lines = [f'{{"tokens": ["w{n}"]}}' for n in range(5)] + [faulty, '{"tokens": ["later"]}']
    # It is counted with the blank lines, and stands for itself.
    lines.insert(2, "")
    with pytest.raises(FormatError, match=r"in\.jsonl, line 7: .*(no JSON|tokens)") as raised:
        predict_lines(tmp_path, lines, batch_size=batch_size)
    written = (tmp_path / "out").read_text()
    assert all(f"w{n}" in written for n in range(5)) and "later" not in written
    assert "line 2" not in str(raised.value)


def test_without_a_batch_size_sentences_share_batches(tmp_path, monkeypatch, num_threads):
    sizes, forward = [], Oracle.forward

    def observed(self, tokens, metadata, **gold):
        sizes.append(len(metadata))
        return forward(self, tokens, metadata, **gold)

    monkeypatch.setattr(Oracle, "forward", observed)
    for batch_size, expected in ((1, [7]), (3, [1, 3, 3])):
        sizes.clear()
        predict_lines(tmp_path, ['{"tokens": ["a"]}'] * 7, batch_size)
        assert sorted(sizes) == expected


@pytest.mark.parametrize("batch_size", [1, 3])
def test_an_error_of_the_model_ends_the_run_after_what_came_before_it(
    tmp_path, monkeypatch, num_threads, batch_size
):
    predict = Oracle._predict

    def fail(sentence):
        if sentence.words[0].form == "bad":
            raise ConfigurationError("a bad sentence")
        return predict(sentence)

    monkeypatch.setattr(Oracle, "_predict", staticmethod(fail))
    lines = ['{"tokens": ["good"]}', '{"tokens": ["bad"]}', '{"tokens": ["later"]}']
    with pytest.raises(ConfigurationError, match="a bad sentence"):
        predict_lines(tmp_path, lines, batch_size)
    assert (tmp_path / "out").read_text().count("\n") == 1


def test_batches_run_in_as_many_threads_as_there_are(tmp_path, monkeypatch, num_threads):
    ran_in, forward = set(), Oracle.forward
    # Each waits for the others, so that none can do the work of two.
    meeting = threading.Barrier(num_threads, timeout=60)

    def observed(self, tokens, metadata, **gold):
        meeting.wait()
        ran_in.add((threading.get_ident(), torch.get_num_threads()))
        return forward(self, tokens, metadata, **gold)

    monkeypatch.setattr(Oracle, "forward", observed)
    # Each word fills a batch.
    monkeypatch.setattr("spigot_allennlp.predictors.structured_parser._MAX_NODES", 2)
    predict_lines(tmp_path, ['{"tokens": ["a"]}'] * num_threads)
    assert len(ran_in) == num_threads and {threads for _, threads in ran_in} == {1}
    is_main = {thread == threading.get_ident() for thread, _ in ran_in}
    assert is_main == {num_threads == 1}


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_shows_how_many_sentences_there_are(tmp_path, monkeypatch, is_terminal):
    class Stream(io.StringIO):
        def isatty(self):
            return is_terminal

    monkeypatch.setattr("sys.stderr", Stream())
    predict_lines(tmp_path, ['{"tokens": ["a"]}'] * 3)
    assert (" sentences" in sys.stderr.getvalue()) == is_terminal


@pytest.mark.parametrize("hook", ["predict_instance", "predict_batch_instance"])
def test_a_predictor_of_ones_own_is_asked(tmp_path, monkeypatch, hook):
    class Own(StructuredParserPredictor):
        pass

    def marked(self, *arguments):
        outputs = getattr(StructuredParserPredictor, hook)(self, *arguments)
        for output in outputs if isinstance(outputs, list) else [outputs]:
            output["mine"] = "was here"
        return outputs

    setattr(Own, hook, marked)
    monkeypatch.setattr("tests.predictors.fake_models.Predictor.by_name", lambda name: Own)
    written = predict_lines(tmp_path, ['{"tokens": ["a"]}'] * 3)
    assert written.count("was here") == 3
