"""What the log of a command leaves out and what stays, and that it does not break progress bars."""

import logging

from allennlp.data.fields import SequenceLabelField, TextField
from tqdm import tqdm

from spigot_allennlp.commands.quiet import _ClearsProgressBars
from tests import FIXTURES_ROOT
from tests.commands.process import run_python
from tests.prepared import run_prepared


def test_a_run_is_told_in_few_lines(tmp_path):
    result = run_python(
        *(
            "-m",
            "allennlp",
            "train",
            FIXTURES_ROOT / "conll_parser.jsonnet",
            "-s",
            tmp_path / "run",
        ),
        *("--include-package", "spigot_allennlp"),
        variables={"PYTHONWARNINGS": "default"},
    )
    assert result.returncode == 0, result.stderr
    assert "Warning" not in result.stderr and "label namespace" not in result.stdout
    # Those of the scores are two tables and the final metrics.
    lines = result.stdout.splitlines()
    others = [line for line in lines if " | " not in line and not line.startswith('  "')]
    assert len(others) < 50, "\n".join(others)


def test_warnings_stay(caplog, monkeypatch):
    monkeypatch.setattr(SequenceLabelField, "_already_warned_namespaces", set())
    empty = TextField([])
    for namespace in ("deprels", "roles", "colors"):
        SequenceLabelField([], empty, namespace)
    (message,) = caplog.messages
    assert "colors" in message
    chatty = logging.getLogger("allennlp.common.params")
    # AllenNLP's `evaluate` silences it for the rest of the process.
    monkeypatch.setattr(chatty, "disabled", False)
    with caplog.at_level("INFO"):
        chatty.info("model.type = semantic_graph_parser")
        chatty.warning("This is deprecated.")
        logging.getLogger("allennlp.common.util").info("Metrics: {}")
    assert caplog.messages[1:] == ["This is deprecated.", "Metrics: {}"]


def test_everything_is_there_for_those_who_want_it():
    code = (
        "import logging, spigot_allennlp\n"
        "assert not logging.getLogger('allennlp.common.params').filters\n"
        # Without handlers of the program, Python prints warnings itself.
        "logging.getLogger('spigot_allennlp').warning('I am seen.')\n"
    )
    result = run_prepared("-c", code, variables={"ALLENNLP_DEBUG": "1"})
    assert result.returncode == 0 and "I am seen." in result.stderr, result.stderr


def test_a_line_begins_where_a_bar_was(capsys):
    with tqdm(total=2) as bar:
        bar.update()
        drawn = capsys.readouterr().err
        _ClearsProgressBars().emit(logging.makeLogRecord({}))
        assert drawn.strip() and not capsys.readouterr().err.strip()
