"""
Every command of the README and the pages, as it stands there and in its order, in a folder that has
what the repository has, but small: 40 sentences of each corpus, tiny parsers, one epoch. A command
needs what those before it have made.

What `make`, `pip` and `source` would do takes too long; see documentation_names_test.py. What `hf`
uploads is loaded in training/hub_test.py.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from contextlib import nullcontext

import pytest
import torch
from allennlp.common import Params
from allennlp.models import load_archive

from tests import FIXTURES_ROOT, PROJECT_ROOT
from tests.bilexical.command_line.console import environment, spigot
from tests.commands.cli import bare_allennlp, read_json_lines
from tests.commands.forked import forked_trainings
from tests.documentation import PROSE, blocks, code, commands, table, words
from tests.evaluation import FOLDERS
from tests.prepared import prepared_workers, run_prepared, start_method

pytestmark = pytest.mark.slow

NOT_RUN = ("make", "pip", "source", "pre-commit", "cd", "hf")
# Those that are in the repository.
CORPORA = [
    command
    for command in commands()
    if words(command)[:3] == ["python", "-m", "toy_corpus"] and "--listops" not in words(command)
]
COMMANDS = [
    command for command in commands() if words(command)[0] not in NOT_RUN and command not in CORPORA
]
OVERRIDES = [code(row[0])[0] for row in table("override")]

SPIGOT = "training_configs/sdp_spigot.jsonnet"
MODEL = "runs/spigot/model.tar.gz"
TEST = "data/toy/test.sdp"
PARSER = '"runs/conll_parser/model.tar.gz"'
EXTENDED = (
    f'{{"model.intermediate.initializer.regexes.0.1.archive_file": {PARSER}, '
    f'"vocabulary": {{"type": "extend", "directory": {PARSER}}}}}'
)
# What is said between the blocks, and a command that does it, run after theirs.
IN_THE_TEXT = {
    "allennlp train ... --recover": f"allennlp train {SPIGOT} -s runs/spigot --recover",
    "`allennlp compare-archives A.tar.gz B.tar.gz FILE -s DIR`": "allennlp compare-archives "
    f"{MODEL} runs/ste/model.tar.gz {TEST}x -s runs/archives",
    "`allennlp print-results runs -k best_validation_LF best_validation_UAS`": "allennlp "
    "print-results runs -k best_validation_LF best_validation_UAS",
    '`"vocabulary": {"type": "extend", "directory": "X/model.tar.gz"}`': "allennlp train "
    f"training_configs/sdp_spigot_warm_start.jsonnet -s runs/warm -o '{EXTENDED}'",
    '`--predictor-args \'{"output_format": "sdp_augmented"}\'`': f"allennlp predict {MODEL} {TEST} "
    "--use-dataset-reader --silent --output-file system.sdpx "
    '--predictor-args \'{"output_format": "sdp_augmented"}\'',
    "`spigot convert system.sdp system.txt --to conllu`": "spigot convert system.sdp system.txt "
    "--to conllu",
    "`--estimator straight_through`": f"allennlp explain-gradient {MODEL} data/toy/dev.sdpx "
    "--sentence 1 --word 2 -o other.html --estimator straight_through",
    "`--format json`": f"spigot score {TEST} system.sdp --format json",
    "`--exclude-punctuation`": f"spigot score {TEST} system.sdp --exclude-punctuation",
    "`--representation`": f"spigot score {TEST} system.sdp --representation DM",
    "`--ud`": "spigot score data/toy/dev.conll data/toy/dev.conll --ud",
    "`--partial`": f"spigot score {TEST} system.sdp --partial",
    "`--score-copied`": f"spigot score {TEST} system.sdp --score-copied",
    "`--from`": "spigot convert system.sdp named.conllu --from sdp",
    "`--max-line-length`": "spigot convert system.sdp long.conllu --max-line-length 0",
    "`figure.svg` takes one sentence (`--sentences 3`)": "spigot draw system.sdp --sentences 3 "
    "-o figure.svg",
}


# What makes programs short: the options that are added to a command that begins so.
TINY = """--sizes '{"words": 4, "pos": 4, "hidden": 4, "scorer": 4, "layers": 1}'"""
PIPELINE = f"--no-peers --configs sdp_modular --batches 1 --repetitions 1 {TINY}"
SHORT = {
    "-m toy_corpus --listops": "--train 40 --dev 40 --test 40",
    "benchmarks/pipeline.py --output runs/speed --train": f"{PIPELINE} --long 10 --single 2",
    "benchmarks/pipeline.py --output runs/estimators": f"{PIPELINE} --estimators spigot",
    "benchmarks/pipeline.py --output runs/speed --no-peers": f"{PIPELINE} --long 10",
    "benchmarks/pipeline.py --output runs/speed_bfloat16": PIPELINE,
    "benchmarks/gradients.py": "--problems 2 --draws 4 --scales 1 --step-sizes 1",
    "benchmarks/categorical.py": "--only linear spigot --learning-rates 0.1 --seeds 1 --steps 1",
    "benchmarks/mechanism.py": "--only spigot --seeds 1 --steps 1",
    "benchmarks/threads.py": f"--busy 0 --rounds 1 --seconds 0 {TINY} --choices ours 'one thread'",
    "benchmarks/scale.py": f"--sentences 40 --workers 1 --model {MODEL}",
    "benchmarks/kernels.py": "--no-peers --sentences 2 --sizes WSJ 5 10 --seconds 0",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """That of `spigot new`, with what only the repository has beside it."""
    folder = tmp_path_factory.mktemp("documentation")
    assert spigot("new", folder) == 0
    for name in ("benchmarks", "docs"):
        shutil.copytree(PROJECT_ROOT / name, folder / name)
    tiny = f"(import '{FIXTURES_ROOT / 'tiny.libsonnet'}')"
    append(folder, "parsers", f"sizes:: {tiny}.sizes {{ dropout: 0.2 }}")
    append(folder, "trainer", "trainer(metric, num_epochs):: super.trainer(metric, 1)")
    for path in (PROJECT_ROOT / "data" / "toy").rglob("*.*"):
        if path.suffix != ".md":
            copy_start(path, folder / path.relative_to(PROJECT_ROOT))
    (space,) = (block for block in blocks("jsonnet") if "choices" in block)
    (folder / "space.jsonnet").write_text(space, encoding="utf-8")
    # Corpora that are not part of the repository.
    toy = PROJECT_ROOT / "data" / "toy"
    for name in ("train", "dev"):
        copy_start(toy / "train_gold.conll", folder / f"data/ud_ewt/en_ewt-ud-{name}.conllu")
        copy_start(toy / "sentiment" / f"{name}.txt", folder / f"data/sst/{name}.txt")
    for corpus in ("data/wescience_dm", "mine"):
        for name in ("train.sdpx", "dev.sdpx"):
            copy_start(toy / name, folder / corpus / name)
    for name, start in (("train", "train_gold"), ("dev", "dev"), ("test", "test")):
        copy_start(toy / f"{start}.conll", folder / "mine" / f"{name}.conllu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.evaluation.FOLDERS", [*FOLDERS, folder.resolve()])
        yield folder


def append(folder, library, field):
    with open(folder / "training_configs" / "lib" / f"{library}.libsonnet", "a") as file:
        file.write(f"+ {{ {field} }}\n")


def copy_start(source, target, number=40):
    """The first sentences, which are lines or are separated by blank lines."""
    text = source.read_text(encoding="utf-8")
    separator = "\n\n" if "\n\n" in text else "\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    sentences = text.split(separator)[:number]
    target.write_text(separator.join(sentences) + separator, encoding="utf-8")


def run(command, folder):
    """
    Runs a command; `allennlp` and `spigot` in this process and programs in prepared ones, since a
    start takes seconds. Of the fifteen or twenty runs of a comparison, each in a fork of this
    process, there are two.
    """
    name, *arguments = words(command)
    if {"|", ">"} & set(arguments) or name in ("mkdir", "tar"):
        # The small corpora have 40 sentences.
        command = command.replace("NR > 800", "NR > 20")
        subprocess.run(["bash", "-c", command], cwd=folder, check=True)
    elif name == "allennlp":
        if arguments[0] == "compare-estimators":
            command = re.sub("--seeds( [0-9])+", "--seeds 1", command)
            arguments = [*words(command)[1:], "--estimators", "modular", "spigot"]
        if arguments[0] == "tune-estimators":
            arguments[arguments.index("--trials") + 1] = "1"
        if arguments[0] == "jackknife":
            arguments[arguments.index("--folds") + 1] = "2"
        with forked_trainings():
            bare_allennlp(*arguments, folder=folder)
    elif name == "python":
        if arguments[0] == "benchmarks/kernels.py":
            pytest.importorskip("matplotlib")
        for start, options in SHORT.items():
            arguments += shlex.split(options) if command.startswith(f"python {start}") else []
        workers = {"DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": start_method()}
        finished = run_prepared(*arguments, folder=folder, variables=workers)
        assert finished.returncode == 0, finished.stderr
    else:
        assert name == "spigot", f"how is this to be run? {command}"
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            with prepared_workers() if "--workers" in arguments else nullcontext():
                status = spigot(*arguments)
        # What is installed here may differ from what is recommended.
        assert status == 0 or (arguments == ["doctor"] and status == 1)


def outputs(command):
    """The files and folders that the command names as its output."""
    arguments = words(command)
    for option, value in zip(arguments, arguments[1:]):
        if option in (
            "-s",
            "-o",
            "-C",
            "--output",
            "--output-file",
            ">",
            "new",
        ) and not value.startswith("{"):
            yield value
    if arguments[:2] == ["spigot", "convert"]:
        yield arguments[3]


def state(folder, name):
    """Of the file, or of the files in the folder, that are not empty: when they were written."""
    path = folder / name
    files = [path] if path.is_file() else path.rglob("*")
    return {
        file: file.stat().st_mtime_ns for file in files if file.is_file() and file.stat().st_size
    }


@pytest.mark.parametrize(
    "command", [*COMMANDS, *IN_THE_TEXT.values()], ids=lambda command: " ".join(command.split()[:3])
)
def test_command(command, folder, monkeypatch, capsys):
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    before = {name: state(folder, name) for name in outputs(command)}
    run(command, folder)
    for name, files in before.items():
        assert state(folder, name) != files, f"nothing was written to {name}"
        if words(command)[:2] == ["allennlp", "train"]:
            assert {"model.tar.gz", "metrics.json"} <= set(os.listdir(folder / name))
        if "compare-" in command:
            names = {f"comparison.{ending}" for ending in ("json", "md", "html")}
            assert names <= set(os.listdir(folder / name))
    if not before and words(command)[0] == "spigot":
        assert capsys.readouterr().out


def test_the_shown_metrics_are_those_of_a_run(folder):
    (shown,) = (text for text in blocks("text") if "best_validation" in text)
    metrics = json.loads((folder / "runs" / "spigot" / "metrics.json").read_text(encoding="utf-8"))
    names = re.findall(r'^  "(\w+)": 0\.\d+,$', shown, flags=re.MULTILINE)
    assert len(names) == 2 and set(names) <= set(metrics)
    assert "The model is runs/spigot/model.tar.gz. To predict with it:" in shown


def test_no_command_of_the_text_is_forgotten():
    run_or_shown = " ".join([*COMMANDS, *IN_THE_TEXT.values()])
    for text in IN_THE_TEXT:
        assert text in " ".join(PROSE.split()), text
    for command in code(PROSE):
        name, *arguments = command.split()
        if name in ("allennlp", "spigot") and arguments:
            assert f"{name} {arguments[0]} " in f"{run_or_shown} "
        assert name not in ("python", "bash") or not arguments


def test_what_is_published_is_a_model(folder):
    archive = load_archive(str(folder / "published"))
    expected = load_archive(str(folder / MODEL))
    assert archive.config.as_dict() == expected.config.as_dict()
    assert sorted(os.listdir(folder / "published")) == sorted(
        ["config.json", "weights.th", "meta.json", "vocabulary"]
    )


def test_the_prediction_has_the_shown_keys(folder):
    shown = json.loads(*blocks("json"))
    (found,) = read_json_lines(folder / "parse.json")
    assert list(found) == list(shown)
    assert found["words"] == shown["words"]
    assert len(found["heads"]) == len(shown["heads"]) == len(found["words"])


@pytest.mark.parametrize("override", OVERRIDES)
def test_override(override, folder):
    run_folder = f"runs/override_{OVERRIDES.index(override)}"
    config = Params.from_file(folder / SPIGOT, override).as_flat_dict()
    for key, value in Params(json.loads(override)).as_flat_dict().items():
        assert config[key] == value
    if "cuda_device" not in override or torch.cuda.is_available():
        run(f"allennlp train {SPIGOT} -s {run_folder} -o '{override}'", folder)
        assert (folder / run_folder / "metrics.json").is_file()


def test_your_data_and_word_vectors(folder):
    """Training as in the paper, with 8 sentences."""
    (config,) = (block for block in blocks("jsonnet") if "glove" in block)
    (folder / "mine.jsonnet").write_text(config, encoding="utf-8")
    toy = PROJECT_ROOT / "data" / "toy"
    copy_start(toy / "train_gold.conll", folder / "wsj" / "train.conll", 8)
    copy_start(toy / "train.sdpx", folder / "dm" / "train.sdp", 8)
    copy_start(toy / "dev.sdpx", folder / "dm" / "dev.sdp", 8)
    vectors = (f"{word} {'0.1 ' * 99}0.1\n" for word in ("the", "a", "."))
    (folder / "glove.6B.100d.txt").write_text("".join(vectors), encoding="utf-8")
    run("allennlp train mine.jsonnet -s runs/paper", folder)
    assert (folder / "runs" / "paper" / "model.tar.gz").is_file()


def test_what_holds_a_parser(folder):
    """Its functions together, and the trainer's part by itself."""
    (together,) = (block for block in blocks("jsonnet") if "sdp.apart" in block)
    (folder / "held.jsonnet").write_text(together, encoding="utf-8")
    run("allennlp train held.jsonnet -s runs/all_held", folder)
    assert (folder / "runs" / "all_held" / "model.tar.gz").is_file()
    (keys,) = (json.loads(block) for block in blocks("jsonnet") if block.startswith('{\n  "optim'))
    trainer = Params.from_file(folder / "held.jsonnet")["trainer"].as_dict()
    assert trainer["optimizer"]["parameter_groups"] == keys["optimizer"]["parameter_groups"]
    assert trainer["callbacks"][-1:] == keys["callbacks"]


def test_what_is_read_of_a_word(folder):
    (config,) = (block for block in blocks("jsonnet") if "suffix" in block)
    (folder / "forms.jsonnet").write_text(config, encoding="utf-8")
    (override,) = (text for text in code(PROSE) if "word_dropout.missing" in text)
    run(f"allennlp train forms.jsonnet -s runs/forms -o '{override}'", folder)
    assert (folder / "runs" / "forms" / "model.tar.gz").is_file()
    described = {name for row in table("key of `sizes`") for name in code(row[0])}
    indexers = Params.from_file(folder / "forms.jsonnet")["dataset_reader"]["token_indexers"]
    assert set(indexers.as_dict()) == {"words", "pos", *described}


@pytest.mark.parametrize("command", CORPORA)
def test_the_corpora_are_written_again(command, tmp_path):
    run(command, tmp_path)
    (name,) = outputs(command)
    written = list((tmp_path / name).iterdir())
    committed = {path.name for path in (PROJECT_ROOT / name).iterdir() if path.is_file()}
    assert {path.name for path in written} == committed - {"README.md"}
    for path in written:
        assert path.read_bytes() == (PROJECT_ROOT / name / path.name).read_bytes()
