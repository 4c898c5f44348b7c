"""`allennlp compare-estimators` and `compare-archives`, with trainings in other processes."""

import json
import shutil
import sys
from itertools import islice

import pytest
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import SigTermReceived

from bilexical.formats.errors import FormatError
from bilexical.formats.sdp import read_sdp
from spigot_allennlp.commands import compare_estimators
from spigot_allennlp.commands.compare import command, predictions, training
from spigot_allennlp.commands.compare.starting import TrainingError
from spigot_allennlp.commands.compare_archives import archive_names, models_and_runs
from spigot_allennlp.estimators import StructuredGradientEstimator
from tests import FIXTURES_ROOT
from tests.commands.cli import GRAPHS, allennlp, read_json, read_json_lines
from tests.commands.forked import forked_trainings

CONFIG = FIXTURES_ROOT / "sdp_pipeline.jsonnet"
HALF = '{"type": "spigot", "step_size": 0.5}'
NAMES = ["modular", "spigot-step_size=0.5"]
ONE_SEED = ("--seeds", "5", "--jobs", "2")


def compare(folder, *options, config=CONFIG, estimators=("modular", HALF), seeds=ONE_SEED):
    allennlp(
        *("compare-estimators", config, "-s", folder, "--estimators", *estimators),
        *(*seeds, *options),
    )


@pytest.fixture(scope="module")
def with_a_failure(tmp_path_factory):
    """The folder of a comparison, one run of which failed."""
    folder = tmp_path_factory.mktemp("estimators") / "comparison"
    registry = Registrable._registry[StructuredGradientEstimator]
    before = dict(registry)
    broken = "tests.commands.broken_estimator"
    with pytest.raises(SystemExit) as error, forked_trainings():
        compare(folder, "--include-package", broken, estimators=("modular", HALF, "broken"))
    assert error.value.code == 1
    registry.clear()
    registry.update(before)
    del sys.modules[broken]
    return folder


@pytest.fixture
def finished(with_a_failure, tmp_path):
    """A copy, in which the failure is forgotten, to be continued in forks."""
    folder = tmp_path / "comparison"
    # With the times: an archive must not be older than the metrics.
    shutil.copytree(with_a_failure, folder, copy_function=shutil.copy2)
    shutil.rmtree(folder / "broken-seed-5")
    with forked_trainings():
        yield folder


@pytest.fixture
def nothing_is_made_again(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("this has been done before")

    monkeypatch.setattr(training.subprocess, "Popen", refuse)
    monkeypatch.setattr(predictions, "predict", refuse)


def test_a_training_in_a_process_of_its_own(with_a_failure, tmp_path):
    """Of which the other trainings here are forks."""
    folder = tmp_path / "comparison"
    compare(folder, estimators=("modular",))
    expected = read_json(with_a_failure / "comparison.json")["scores"]["LF"]["modular"]
    assert read_json(folder / "comparison.json")["scores"]["LF"]["modular"] == expected


class TestEstimators:
    def test_scores_are_those_of_the_models_own_metrics(self, with_a_failure):
        """The test data is the validation data here, and the weights those of the best epoch."""
        scores = read_json(with_a_failure / "comparison.json")["scores"]
        assert list(scores) == [
            "LF",
            "UF",
            "LM",
            "LF_without_tops",
            "UF_without_tops",
            "UAS",
            "LAS",
        ]
        for name in NAMES:
            metrics = read_json(with_a_failure / f"{name}-seed-5" / "metrics.json")
            for score, systems in scores.items():
                expected = pytest.approx(metrics[f"best_validation_{score}"])
                assert systems[name]["runs"] == {"5": expected}, score

    def test_a_failure_is_reported(self, with_a_failure):
        comparison = read_json(with_a_failure / "comparison.json")
        assert list(comparison["failures"]) == ["broken-seed-5"]
        assert "RuntimeError: this estimator is broken" in comparison["failures"]["broken-seed-5"]
        assert comparison["systems"] == {name: ["5"] for name in NAMES}

    def test_files(self, with_a_failure):
        comparison = read_json(with_a_failure / "comparison.json")
        assert comparison["baseline"] == "modular"
        assert comparison["test_data"] == "tests/fixtures/graphs.sdpx"
        mean = comparison["scores"]["LF"]["modular"]["mean"]
        markdown = (with_a_failure / "comparison.md").read_text(encoding="utf-8")
        assert f"| modular | 1 | {100 * mean:.2f} |" in markdown
        page = (with_a_failure / "comparison.html").read_text(encoding="utf-8")
        assert "LF on the validation data" in page and "Time per epoch" in page
        assert "broken-seed-5 failed: " in page
        assert "://" not in page.replace("http://www.w3.org/2000/svg", "")

    @pytest.mark.parametrize("signal", [KeyboardInterrupt, SigTermReceived])
    def test_an_interrupt_says_how_to_go_on(self, tmp_path, monkeypatch, signal):
        def interrupt(progress, run):
            raise signal

        monkeypatch.setattr(training.Progress, "started", interrupt)
        with pytest.raises(SystemExit, match="Interrupted: the same command goes on"):
            compare(tmp_path / "comparison", estimators=("modular",))
        log = (tmp_path / "comparison" / "modular-seed-5.log").read_text(encoding="utf-8")
        assert log.startswith("$ ")
        assert not (tmp_path / "comparison" / "modular-seed-5" / "metrics.json").exists()

    def test_changes_and_training(self, with_a_failure):
        comparison = read_json(with_a_failure / "comparison.json")
        run = comparison["changes"]["tree"]["systems"][NAMES[1]]["runs"]["5"]
        outputs = [
            read_json_lines(with_a_failure / f"{name}-seed-5" / "predictions.jsonl")
            for name in NAMES
        ]
        heads = [[head for output in system for head in output["heads"]] for system in outputs]
        right = [word.head for sentence in read_sdp(str(GRAPHS)) for word in sentence.words]
        triples = list(zip(right, *heads))
        assert run["decisions"] == len(right)
        assert run["changed"] == sum(old != new for _, old, new in triples)
        assert run["became_right"] == sum(old != new == gold for gold, old, new in triples)
        training = comparison["training"][NAMES[1]]["5"]
        assert len(training["seconds"]) == len(training["dev"]["LF"]) == 2
        assert all(norm > 0 for norm in training["diagnostics"]["training_gradient_norm"])
        kept = training["diagnostics"]["validation_spread"][training["best_epoch"]]
        markdown = (with_a_failure / "comparison.md").read_text(encoding="utf-8")
        row = next(line for line in markdown.split("\n") if "spread | validation data" in line)
        assert row.endswith(f"| {kept:.3g} |")

    @pytest.mark.usefixtures("nothing_is_made_again")
    def test_again_nothing_is_trained_or_predicted(self, finished, capsys):
        before = read_json(finished / "comparison.json")
        compare(finished, "--recover")
        after = read_json(finished / "comparison.json")
        assert after.pop("failures") == {} and before.pop("failures")
        assert after == before
        output = capsys.readouterr()
        assert "runs: 0 to train, 2 finished before" in output.err
        assert output.out.startswith("# Estimators of ") and "comparison.json" not in output.err

    def test_other_test_data_is_predicted_anew(self, finished, tmp_path):
        assert read_json(finished / "comparison.json")["unseen"]["UAS"]["number"] == 0
        text = GRAPHS.read_text(encoding="utf-8").replace("\tletter\tletter\t", "\tnew\tnew\t")
        two = tmp_path / "two.sdpx"
        two.write_text("\n\n".join(text.split("\n\n")[:2]) + "\n\n", encoding="utf-8")
        compare(finished, "--test-data", two)
        comparison = read_json(finished / "comparison.json")
        assert comparison["sentences"] == 2 and comparison["test_data"] == str(two)
        outputs = read_json_lines(finished / "modular-seed-5" / "predictions.jsonl")
        assert len(outputs) == 2
        # Word 2 of the second sentence is what training has not.
        head = next(islice(read_sdp(str(two)), 1, None)).words[1].head
        unseen = comparison["unseen"]["UAS"]
        assert (unseen["number"], unseen["of"]) == (1, sum(len(x["heads"]) for x in outputs))
        assert unseen["systems"]["modular"]["mean"] == (outputs[1]["heads"][1] == head)

    def test_a_killed_run_is_recovered(self, finished):
        run = finished / "modular-seed-5"
        first = read_json(run / "metrics_epoch_0.json")
        for path in (
            "metrics.json",
            "metrics_epoch_1.json",
            "model.tar.gz",
            "predictions_for.json",
        ):
            (run / path).unlink()
        for path in run.glob("*_state_e2_*"):
            path.unlink()
        compare(finished)
        assert read_json(run / "recoveries.json") == [1]
        assert read_json(run / "metrics_epoch_0.json") == first
        assert read_json(run / "metrics.json")["epoch"] == 1
        assert "--recover" in (finished / "modular-seed-5.log").read_text(encoding="utf-8")
        comparison = read_json(finished / "comparison.json")
        assert comparison["systems"] == {name: ["5"] for name in NAMES}

    @pytest.mark.parametrize("damage", ["missing", "half", "old"])
    def test_killed_while_it_made_the_archive(self, finished, damage):
        """The metrics are there, and the weights: the archive is made from them."""
        run = finished / "modular-seed-5"
        before = read_json(finished / "comparison.json")["scores"]
        (run / "predictions_for.json").unlink()
        archive = run / "model.tar.gz"
        if damage == "missing":
            archive.unlink()
        elif damage == "half":
            archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
        else:
            shutil.copyfile(finished / f"{NAMES[1]}-seed-5" / "model.tar.gz", archive)
            (run / "metrics.json").write_bytes((run / "metrics.json").read_bytes())
        compare(finished)
        assert read_json(finished / "comparison.json")["scores"] == before

    def test_a_model_that_cannot_predict(self, finished, caplog):
        run = finished / f"{NAMES[1]}-seed-5"
        for path in ("best.th", "model.tar.gz", "predictions_for.json"):
            (run / path).unlink()
        with pytest.raises(SystemExit, match="1"):
            compare(finished)
        comparison = read_json(finished / "comparison.json")
        assert comparison["systems"] == {"modular": ["5"]}
        assert comparison["failures"][run.name].startswith("prediction: FileNotFoundError")

    def test_no_run_of_the_baseline(self, finished, monkeypatch):
        def refuse(run, **options):
            raise TrainingError("not today")

        monkeypatch.setattr(command, "start_training", refuse)
        with pytest.raises(SystemExit, match="No run of the baseline straight_through"):
            compare(
                finished,
                *("--baseline", "straight_through"),
                estimators=("modular", "straight_through"),
            )


def test_without_a_choice_four_are_trained(tmp_path, monkeypatch):
    seen = []

    def plan_runs(config, estimators, *rest):
        seen.extend(estimators)
        raise KeyError("that is enough")

    monkeypatch.setattr(compare_estimators, "plan_runs", plan_runs)
    with pytest.raises(KeyError, match="that is enough"):
        allennlp("compare-estimators", CONFIG, "-s", tmp_path / "comparison")
    assert seen == compare_estimators.DEFAULT_ESTIMATORS


class TestErrors:
    """What is wrong with a command is said before anything is trained."""

    @pytest.fixture(autouse=True)
    def _nothing_is_made(self, nothing_is_made_again):
        pass

    @pytest.mark.parametrize(
        "options, message",
        [
            ({"estimators": ["modular", "spiget"]}, "'spiget' is not an estimator. Choose among"),
            ({"config": FIXTURES_ROOT / "sdp_parser.jsonnet"}, r"no model\.estimator"),
        ],
    )
    def test_nothing_to_train(self, tmp_path, options, message):
        with pytest.raises(ConfigurationError, match=message):
            compare(tmp_path / "comparison", **options)
        assert not (tmp_path / "comparison").exists()

    @pytest.mark.parametrize(
        "options, message",
        [
            (["--baseline", "spigot"], "spigot is not among the estimators modular, spigot-step"),
            (["--recover"], "nothing to recover"),
            (["--jobs", "0"], "--jobs"),
            (["--estimator-key", "model.method"], r"no model\.method.*It has model\.estimator"),
            (["--estimator-key", "model"], "^model of the configuration is no estimator but 'str"),
            (
                ["--estimator-key", "trainer.num_epochs"],
                r"no estimator but \d+\. It has",
            ),
            (["-o", '{"validation_data_path": null}'], "--test-data"),
        ],
    )
    def test_options(self, tmp_path, options, message):
        with pytest.raises(ConfigurationError, match=message):
            compare(tmp_path / "comparison", *options)
        assert not (tmp_path / "comparison").exists()

    def test_test_data(self, tmp_path):
        with pytest.raises(FormatError, match=r"nowhere\.sdpx: there is no such file"):
            compare(tmp_path / "comparison", "--test-data", "nowhere.sdpx")

    def test_a_file_where_the_folder_shall_be(self, tmp_path):
        (tmp_path / "comparison").touch()
        with pytest.raises(ConfigurationError, match=r"comparison is a file\. Name a folder by -s"):
            compare(tmp_path / "comparison")

    def test_another_configuration(self, finished):
        with pytest.raises(ConfigurationError, match=r"trainer\.num_epochs was 2 and is now 9"):
            compare(finished, "-o", '{"trainer.num_epochs": 9}')


class TestArchives:
    def test_the_same_analysis(self, with_a_failure, tmp_path, capsys):
        # The folder of a training, and an archive.
        archives = [with_a_failure / f"{name}-seed-5" for name in NAMES]
        archives[1] /= "model.tar.gz"
        allennlp("compare-archives", *archives, GRAPHS, "-s", tmp_path / "report")
        found = read_json(tmp_path / "report" / "comparison.json")
        expected = read_json(with_a_failure / "comparison.json")
        for score, systems in expected["scores"].items():
            for name in NAMES:
                entry, archive = systems[name], found["scores"][score][f"{name}-seed-5"]
                assert archive["mean"] == entry["mean"]
                assert archive.get("p_value") == entry.get("p_value")
        assert found["baseline"] == "modular-seed-5"
        changes = expected["changes"]["tree"]["systems"][NAMES[1]]["runs"]["5"]
        assert found["changes"]["tree"]["systems"][f"{NAMES[1]}-seed-5"]["runs"] == {
            "archive": changes
        }
        assert (
            found["training"]["modular-seed-5"]["archive"] == (expected["training"]["modular"]["5"])
        )
        predicted = read_json_lines(tmp_path / "report" / "modular-seed-5.jsonl")
        assert len(predicted) == 6
        assert {path.suffix for path in (tmp_path / "report").glob("comparison.*")} == {
            ".json",
            ".md",
            ".html",
        }
        assert "| modular-seed-5 | 1 |" in capsys.readouterr().out

    def test_training_data_that_are_not_there(self, with_a_failure, tmp_path, caplog):
        runs = [tmp_path / "moved", tmp_path / "other"]
        for run, name in zip(runs, NAMES):
            shutil.copytree(with_a_failure / f"{name}-seed-5", run)
        whole = read_json(runs[1] / "config.json")
        config = json.dumps({**whole, "train_data_path": "nowhere.sdpx"})
        (runs[1] / "config.json").write_text(config, encoding="utf-8")
        allennlp("compare-archives", *runs, GRAPHS, "-s", tmp_path / "report")
        problem = "Nothing is said of words unseen in training, since the training data"
        problem += ' "nowhere.sdpx" cannot be read on this machine: nowhere.sdpx: there is no such'
        assert problem in caplog.text
        found = read_json(tmp_path / "report" / "comparison.json")
        assert found["unseen"] is None and found["notes"][0].startswith(problem)
        text = (tmp_path / "report" / "comparison.md").read_text(encoding="utf-8")
        assert text.count("unseen in training") == 1 and "UAS by length of sentences" in text

    def test_parsers_alone(self, tree_archive, tmp_path):
        """A model differs from itself in nothing."""
        same = tmp_path / "same.tar.gz"
        shutil.copyfile(tree_archive, same)
        trees = FIXTURES_ROOT / "trees.conllu"
        allennlp("compare-archives", tree_archive, same, trees, "-s", tmp_path / "report")
        found = read_json(tmp_path / "report" / "comparison.json")
        run = found["changes"]["tree"]["systems"]["same"]["runs"]["archive"]
        assert run["changed"] == run["became_right"] == run["different"]["sentences"] == 0
        assert found["scores"]["UAS"]["same"]["p_value"] == 1

    def test_a_file_that_one_of_the_readers_cannot_read(
        self, with_a_failure, tree_archive, tmp_path
    ):
        archive = with_a_failure / "modular-seed-5" / "model.tar.gz"
        with pytest.raises(FormatError, match=r"graphs\.sdpx"):
            allennlp("compare-archives", archive, tree_archive, GRAPHS, "-s", tmp_path / "report")

    def test_one_archive_is_not_enough(self, tmp_path):
        with pytest.raises(ConfigurationError, match="one archive only"):
            allennlp("compare-archives", "model.tar.gz", GRAPHS, "-s", tmp_path)

    def test_one_model_is_not_enough(self, tmp_path):
        archives = ["runs/modular-seed-1/model.tar.gz", "runs/modular-seed-2/model.tar.gz"]
        with pytest.raises(ConfigurationError, match="all archives are of modular"):
            allennlp("compare-archives", *archives, GRAPHS, "-s", tmp_path / "report")

    def test_names(self):
        assert archive_names(["runs/a/model.tar.gz", "b.tar.gz", "runs/c"]) == ["a", "b", "c"]
        runs = ["runs/spigot-step_size=0.5-seed-1/", "spigot-step_size=0.25.tar.gz", "./x/../y"]
        assert archive_names(runs) == ["spigot-step_size=0.5-seed-1", "spigot-step_size=0.25", "y"]
        assert archive_names(["x/run/model.tar.gz", "y/run/model.tar.gz"]) == [
            "x_run",
            "y_run",
        ]
        with pytest.raises(ConfigurationError, match="twice"):
            archive_names(["a.tar.gz", "a.tar.gz"])

    def test_seeds(self):
        assert models_and_runs(["a-seed-1", "a-seed-12", "b-seed-1", "c"]) == [
            ("a", "1"),
            ("a", "12"),
            ("b", "1"),
            ("c", "archive"),
        ]
        assert models_and_runs(["a-seed-1", "b-seed-2"]) == [
            ("a-seed-1", "archive"),
            ("b-seed-2", "archive"),
        ]
