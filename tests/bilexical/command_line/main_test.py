import io
import json
import os
import shlex
import signal
import subprocess
import sys

import pytest

from bilexical.command_line import score
from bilexical.command_line.main import COMMANDS, READ_FILES, main
from bilexical.formats.conversion import Conversion
from tests import FIXTURES_ROOT
from tests.bilexical.command_line.console import environment, one_error, run_python, spigot
from tests.bilexical.command_line.stand_in import stand_in

GRAPHS = FIXTURES_ROOT / "graphs.sdp"
TREES = FIXTURES_ROOT / "trees.conllu"
# What must not be imported when a command starts.
HEAVY = ["torch", "allennlp", "numpy", "numba", "scipy", "spacy", "matplotlib", "transformers"]
HEAVY += ["spigot_allennlp"]
REPORT_IMPORTS = f"""
import json, sys
from bilexical.command_line.main import main
try:
    status = main()
except SystemExit as leave:
    status = leave.code
heavy = [name for name in {HEAVY} if name in sys.modules]
print(json.dumps([status, heavy]), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", GRAPHS, GRAPHS],
        ["score", TREES, TREES, "--format", "json"],
        ["convert", TREES, "-", "--to", "jsonl"],
        ["doctor", "--help"],
        ["draw", "--help"],
        ["parse", "--help"],
        ["draw", GRAPHS, "-o", "page.html"],
        ["new", "folder"],
        ["--help"],
    ],
    ids=lambda arguments: " ".join(str(argument).split("/")[-1] for argument in arguments),
)
def test_nothing_heavy_is_imported(tmp_path, arguments):
    result = run_python("-c", REPORT_IMPORTS, *arguments, cwd=tmp_path)
    assert json.loads(result.stderr.splitlines()[-1]) == [0, []]


def test_the_doctor_imports_nothing_that_it_examines(tmp_path):
    result = run_python("-c", REPORT_IMPORTS, "doctor", cwd=tmp_path)
    status, heavy = json.loads(result.stderr.splitlines()[-1])
    assert status in (0, 1) and heavy == []
    assert "\ntorch " in result.stdout


def test_help_names_every_command(capsys):
    assert spigot("--help") == 0
    text = capsys.readouterr().out
    assert all(f"\n    {name} " in text for name in COMMANDS)
    for name in COMMANDS:
        assert spigot(name, "--help") == 0
        assert f"usage: spigot {name} " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["paint"], ["score", "one"], ["score", "--paint"]])
def test_wrong_arguments_are_refused(capsys, arguments):
    assert spigot(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and "error: " in captured.err
    if arguments == ["paint"]:
        assert all(name in captured.err for name in COMMANDS)


def test_errors_are_one_line(capsys, tmp_path):
    assert spigot("score", "nowhere", GRAPHS) == 2
    assert one_error(capsys, "score").startswith("nowhere: there is no such file.")
    assert spigot("convert", GRAPHS, tmp_path / "no" / "file.sdp") == 2
    assert (
        one_error(capsys, "convert")
        == f"{tmp_path / 'no' / 'file.sdp'}: No such file or directory. "
        f"Make the folder {tmp_path / 'no'} first, or name another file."
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("one\nand two"), "one and two"),
        (ValueError("label \u2028."), "label  ."),
        (OSError("no number"), "no number"),
        (
            OSError(28, "No space left on device", "file"),
            "file: No space left on device. Make room there, or name a file elsewhere.",
        ),
        (
            OSError(13, "Permission denied", "file"),
            "file: Permission denied. Check the permissions of its folder, or name another file.",
        ),
        (OSError(21, "Is a directory", "x"), "x: Is a directory. Name a file in it."),
    ],
)
def test_messages(capsys, monkeypatch, error, message):
    def fail(arguments):
        raise error

    monkeypatch.setattr(score, "run", fail)
    assert main(["score", "a", "b"]) == 2
    assert one_error(capsys, "score") == message


def test_an_interrupt_is_quiet(capsys, monkeypatch):
    def interrupt(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(score, "run", interrupt)
    assert main(["score", "a", "b"]) == 130
    assert capsys.readouterr() == ("", "")


def test_bugs_are_not_taken_for_errors_of_the_user(monkeypatch):
    monkeypatch.setattr(score, "run", lambda arguments: {}["bug"])
    with pytest.raises(KeyError):
        main(["score", "a", "b"])


@pytest.mark.parametrize("num_lines", [0, 1])
def test_a_reader_that_leaves_is_no_error(tmp_path, num_lines):
    line = json.dumps({"words": ["word"] * 1000})
    (tmp_path / "long.jsonl").write_text(f"{line}\n" * 1000, encoding="utf-8")
    command = [sys.executable, "-m", "bilexical", "convert", "long.jsonl", "-"]
    process = subprocess.Popen(
        [*command, "--to", "jsonl"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(num_lines):
        assert json.loads(process.stdout.readline()) == {"words": ["word"] * 1000}
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141


def test_output_is_utf_8_wherever_it_goes(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"words": ["naïve"]}\n', encoding="utf-8")
    code = "import io, sys; sys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'ascii')\n"
    code += "from bilexical.command_line.main import main; sys.exit(main())"
    result = run_python("-c", code, "convert", "a.jsonl", "-", "--to", "jsonl", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (0, '{"words": ["naïve"]}\n')


def test_warnings_are_given_once(tmp_path):
    # The file is read to its end twice: to find out its format, and to convert it.
    text = (FIXTURES_ROOT / "trees.conllx").read_text(encoding="utf-8")
    (tmp_path / "a.conllx").write_text(text + "# the end\n", encoding="utf-8")
    result = run_python("-m", "bilexical", "convert", "a.conllx", "a.jsonl", cwd=tmp_path)
    warning, summary = result.stderr.splitlines()
    assert warning == "a.conllx: the comments after the last sentence are not kept: ['# the end']"
    assert summary == "6 sentences from a.conllx (conllx) to a.jsonl (jsonl)."


class StandardInput:
    def __init__(self, content):
        self.buffer = io.BytesIO(content)


def run_closed(stream, *arguments, **options):
    """The result of `spigot ...` by a shell that closes a standard stream."""
    command = [sys.executable, "-m", "bilexical", *map(str, arguments)]
    return subprocess.run(
        f"{shlex.join(command)} {stream}",
        shell=True,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        **options,
    )


@pytest.mark.parametrize(
    "arguments",
    [["convert", TREES, "-", "--to", "jsonl"], ["draw", TREES], ["score", TREES, TREES]],
    ids=lambda arguments: arguments[0],
)
def test_standard_output_that_is_closed(tmp_path, arguments):
    result = run_closed(">&-", *arguments, cwd=tmp_path)
    message = "standard output: Bad file descriptor. It is closed: open it, or name a file."
    assert result.stderr.splitlines()[-1] == f"spigot {arguments[0]}: error: {message}"
    assert result.returncode == 2 and "Traceback" not in result.stderr


def test_a_file_is_written_when_standard_output_is_closed(tmp_path):
    result = run_closed(">&-", "convert", TREES, "a.jsonl", cwd=tmp_path)
    assert result.returncode == 0 and "Traceback" not in result.stderr
    assert (tmp_path / "a.jsonl").read_text(encoding="utf-8").count("\n") == 8


def test_standard_input_that_is_closed(tmp_path):
    result = run_closed("<&-", "convert", "-", "a.jsonl", cwd=tmp_path)
    message = "standard input: it is closed. Name a file."
    assert (result.returncode, result.stderr) == (2, f"spigot convert: error: {message}\n")


def test_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", StandardInput(GRAPHS.read_bytes()))
    assert spigot("convert", "-", "-", "--to", "sdp") == 0
    assert capsys.readouterr().out == GRAPHS.read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", StandardInput(b"#1\n1\tDogs\n"))
    assert spigot("score", GRAPHS, "-") == 2
    assert one_error(capsys, "score").startswith("standard input, line 2: no format")
    monkeypatch.setattr(sys, "stdin", StandardInput(TREES.read_bytes()))
    assert spigot("score", GRAPHS, "-") == 2
    assert " and standard input is conllu. Give graphs" in one_error(capsys, "score")


@pytest.fixture
def as_by_default():
    """Signals as if nohup had not started the tests; afterwards as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number in before:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_leaves_no_draft(tmp_path, monkeypatch, number, as_by_default):
    def lines_until_the_signal(conversion):
        yield "{}\n" * 1000
        assert len(os.listdir(tmp_path)) == 1
        os.kill(os.getpid(), number)
        yield "not reached"

    monkeypatch.setattr(Conversion, "lines", lines_until_the_signal)
    with pytest.raises(SystemExit) as info:
        main(["convert", str(TREES), str(tmp_path / "out.jsonl")])
    assert info.value.code == 128 + number
    assert os.listdir(tmp_path) == []
    assert signal.getsignal(number) == signal.SIG_DFL


def test_a_signal_that_is_ignored_stays_so(tmp_path, monkeypatch, as_by_default):
    """As in a program that was started by nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    lines = Conversion.lines

    def lines_after_a_signal(conversion):
        os.kill(os.getpid(), signal.SIGHUP)
        yield from lines(conversion)

    monkeypatch.setattr(Conversion, "lines", lines_after_a_signal)
    assert main(["convert", str(TREES), str(tmp_path / "out.jsonl")]) == 0
    assert os.listdir(tmp_path) == ["out.jsonl"]


@pytest.mark.parametrize("command", READ_FILES)
def test_the_limit_of_lines_is_an_option(command, tmp_path, capsys, monkeypatch):
    stand_in(monkeypatch)
    arguments = {
        "parse": [TREES, "-o", tmp_path / "out.jsonl"],
        "score": [TREES, TREES],
        "convert": [TREES, tmp_path / "out.jsonl"],
        "draw": [TREES, "-o", tmp_path / "out.html"],
    }[command]
    assert spigot(command, *arguments, "--max-line-length", "10") == 2
    assert "longer than 10 bytes" in one_error(capsys, command)
    assert spigot(command, *arguments, "--max-line-length", "0") == 0
    assert "SPIGOT_MAX_LINE_LENGTH" not in os.environ
