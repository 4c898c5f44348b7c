"""What trains the experiments on learning through the parser, and what makes tables of them."""

import importlib
import json
import sys

import pytest

from tests import PROJECT_ROOT

SPIGOT = '{"type": "spigot"}'


@pytest.fixture
def benchmark(monkeypatch):
    """Imports a module of `benchmarks/`, which is no package."""
    monkeypatch.chdir(PROJECT_ROOT)
    monkeypatch.syspath_prepend(str(PROJECT_ROOT / "benchmarks"))
    return importlib.import_module


@pytest.fixture
def lines(benchmark):
    return benchmark("result_lines")


@pytest.mark.parametrize("task", ["toy", "listops", "toy_sentiment"])
def test_a_configuration_for_each_system(benchmark, task):
    evidence = benchmark("evidence")
    setting = evidence.Setting(task, sentences=50, trees=20, same=task == "listops")
    names = ["no_structure", "gold", "frozen", "frozen_expected"]
    controls = benchmark("evidence_tasks").CONTROLS
    names += {"listops": controls, "toy": [evidence.JACKKNIFED]}.get(task, [])
    configs = {}
    for system, regime in [
        *((name, "") for name in [*names, "parser"]),
        *(("spigot", regime) for regime in evidence.REGIMES),
    ]:
        run = evidence.Run(setting, system, regime, 3, SPIGOT)
        configs[system, regime] = config = evidence.config_of(run)
        assert {config[f"{name}_seed"] for name in ("random", "numpy", "pytorch")} == {3}
        # A parser sees as many trees, however few there are.
        assert (config["trainer"]["num_epochs"] == 40) == (system != "parser")
        assert config.get("evaluate_on_test", False) == (system != "parser")
    frozen, joint = configs["frozen", ""], configs["spigot", "free"]
    assert frozen["trainer"]["no_grad"] and "no_grad" not in joint["trainer"]
    assert frozen["model"]["estimator"] == {"type": "modular"}
    assert joint["model"]["estimator"] == {"type": "spigot"}
    # One network: what differs is how it is trained.
    assert frozen["model"]["downstream"] == joint["model"]["downstream"]
    assert "candidates" in configs["spigot", "held"]["model"] and "candidates" not in joint["model"]
    paced = configs["spigot", "paced"]
    assert paced["model"]["warm_up"]["after"] == 13 and "anchor" not in paced["model"]
    assert paced["model"].keys() == {*joint["model"], "warm_up"}


def test_predicates_are_given_to_every_system(benchmark):
    evidence = benchmark("evidence")
    setting = evidence.Setting("propbank_given", sentences=50, trees=20, same=False)
    predicted = setting._replace(task="propbank")
    for system in ("no_structure", "gold", "frozen", "frozen_expected", "spigot", "parser"):
        run = evidence.Run(setting, system, "held" if system == "spigot" else "", 3, SPIGOT)
        config = evidence.config_of(run)
        other = evidence.config_of(run._replace(setting=predicted))
        models = [each["model"] for each in (config, other)]
        graphs = [model.get("downstream", model) for model in models]
        expected = ["given" if system != "parser" else None, None]
        assert [model.get("predicates") for model in graphs] == expected


def test_sizes_of_networks(benchmark):
    evidence = benchmark("evidence")
    small = evidence.Run(evidence.Setting("listops", 50, 20, True), "frozen", "", 3)
    large = small._replace(setting=small.setting._replace(task="listops_large"))
    hidden = [
        evidence.config_of(run)["model"]["intermediate"]["sentence_encoder"]["encoder"]
        for run in (small, large)
    ]
    assert [each["hidden_size"] for each in hidden] == [60, 200]


def test_longer_trainings_are_those_of_the_end_task(benchmark):
    evidence = benchmark("evidence")
    short = evidence.Run(evidence.Setting("listops", 5000, 20, True), "frozen", "", 3)
    long = short._replace(setting=short.setting._replace(task="listops_long"))
    epochs = [evidence.config_of(run)["trainer"]["num_epochs"] for run in (short, long)]
    assert epochs == [12, 30]
    parsers = [evidence.config_of(evidence.parser_of(run)) for run in (short, long)]
    assert parsers[0] == parsers[1]


def test_without_trees_a_joint_training_starts_from_nothing(benchmark):
    evidence = benchmark("evidence")
    run = evidence.Run(evidence.Setting("listops", 50, 0, True), "spigot", "free", 3, SPIGOT)
    assert not evidence.starts_from_parser(run)
    config = evidence.config_of(run)
    assert config["train_data_path"] == "data/listops/gold/train.conllu"
    assert "vocabulary" not in config
    assert "validation" in config["datasets_for_vocab_creation"]
    assert "archive" not in json.dumps(config["model"])


def test_frozen_parsers_need_trees(benchmark, monkeypatch, capsys):
    evidence = benchmark("evidence")
    arguments = ["listops", "--trees", "0", "--alone", "frozen"]
    monkeypatch.setattr("sys.argv", ["evidence.py", *arguments])
    with pytest.raises(SystemExit):
        evidence.main()
    assert "without trees there are joint trainings" in capsys.readouterr().err


def test_labeled_sentences_are_drawn_with_their_graphs(benchmark, tmp_path, monkeypatch):
    data = benchmark("evidence_data")
    monkeypatch.setattr(data, "folder_of", lambda setting, seed: tmp_path / str(seed))
    drawn = {}
    for seed in (1, 2):
        data.write_folder(data.Setting("toy_sentiment", 30, 20, False), seed)
        folder = tmp_path / str(seed)
        labeled = list(data.read_sst(folder / "train.txt", "binary_columns"))
        graphs, of_parser = (
            list(data.read(folder / f)) for f in ("train.sdp", "parser_train.sdpx")
        )
        assert len(labeled) == 30 and len(of_parser) == 20
        forms = [[word.form for word in each.sentence.words] for each in labeled]
        assert forms == [[word.form for word in graph.words] for graph in graphs]
        assert all(graph.arcs for graph in graphs)
        drawn[seed] = forms
    assert drawn[1] != drawn[2]
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == [
        *("dev.sdp", "dev.txt", "parser_dev.sdpx", "parser_train.sdpx"),
        *("test.sdp", "test.txt", "train.sdp", "train.txt"),
    ]


def test_neutral_sentences_are_not_drawn(benchmark, tmp_path, monkeypatch):
    data = benchmark("evidence_data")
    (tmp_path / "sst").mkdir()
    trees = [
        f"({label} (2 film) (2 {number}))\n" for number, label in enumerate([2, 0, 2, 4, 1, 3])
    ]
    for name in ("train", "dev", "test"):
        (tmp_path / "sst" / f"{name}.txt").write_text("".join(trees))
    of_parser = str(PROJECT_ROOT / "data" / "toy" / "sentiment" / "parser_")
    task = benchmark("evidence_tasks").Task(data.SENTIMENT, str(tmp_path / "sst"), of_parser)
    monkeypatch.setitem(data.TASKS, "sst", task)
    monkeypatch.setattr(data, "folder_of", lambda setting, seed: tmp_path / "drawn")
    with pytest.raises(SystemExit, match="has only 4 sentences, and not 5"):
        data.write_folder(data.Setting("sst", 5, 20, False), 1)
    data.write_folder(data.Setting("sst", 4, 20, False), 1)
    written = (tmp_path / "drawn" / "train.txt").read_text().splitlines(keepends=True)
    assert sorted(written) == sorted(trees[n] for n in (1, 3, 4, 5))
    assert (tmp_path / "drawn" / "dev.txt").read_text() == "".join(trees)


def test_jackknife_is_for_sentences_that_have_trees(benchmark, monkeypatch, capsys):
    evidence = benchmark("evidence")
    for options in ("wescience", "listops", "wescience --same --sentences 200 --trees 100"):
        command = f"evidence.py {options} --alone {evidence.JACKKNIFED}"
        monkeypatch.setattr(sys, "argv", command.split())
        with pytest.raises(SystemExit):
            evidence.main()
        assert "all have trees: --same" in capsys.readouterr().err


def test_jackknifed_files(benchmark, tmp_path, monkeypatch):
    jackknife, data = benchmark("evidence_jackknife"), benchmark("evidence_data")
    corpus, folder = tmp_path / "corpus", tmp_path / "jackknifed"
    corpus.mkdir()
    sentences = list(data.read(PROJECT_ROOT / "data" / "toy" / "dev.sdpx"))[:3]
    for name in ("train", "dev", "test"):
        data.write(corpus / f"{name}.sdpx", sentences, "sdp_augmented")

    class Popen:
        returncode = None

        def __init__(self, command):
            assert json.loads((folder / "parser.json").read_text()) == {"seed": 1}
            assert command[command.index("--train-data") + 1] == str(corpus / "train.sdpx")
            self.args = command

        def wait(self):
            if interrupted:
                raise KeyboardInterrupt
            (folder / "train.sdpx").write_text("written")
            self.returncode = 0
            return 0

    def end(process):
        ended.append(process.returncode)

    def predict(archive, path):
        assert archive == tmp_path / "model.tar.gz"
        for sentence in data.read(path):
            heads = [0, *[1] * (len(sentence.words) - 1)]
            yield {"heads": heads, "deprels": ["dep"] * len(heads), "arcs": []}

    monkeypatch.setattr(jackknife.subprocess, "Popen", Popen)
    monkeypatch.setattr(jackknife, "end", end)
    monkeypatch.setattr(jackknife, "predict", predict)
    arguments = (corpus, tmp_path / "model.tar.gz", {"seed": 1}, folder)
    interrupted, ended = True, []
    with pytest.raises(KeyboardInterrupt):
        jackknife.write_jackknifed(*arguments)
    assert ended == [None]
    interrupted = False
    jackknife.write_jackknifed(*arguments)
    for name in ("dev", "test"):
        found = list(data.read(folder / f"{name}.sdpx"))
        assert [each.arcs for each in found] == [each.arcs for each in sentences]
        assert all([w.head for w in s.words] == [0, *[1] * (len(s.words) - 1)] for s in found)
    # Nothing is made anew.
    monkeypatch.delattr(jackknife.subprocess, "Popen")
    monkeypatch.delattr(jackknife, "predict")
    jackknife.write_jackknifed(*arguments)


def test_sentences_are_drawn_and_trees_are_those_of_others(benchmark, tmp_path, monkeypatch):
    evidence = benchmark("evidence_data")
    monkeypatch.setattr(
        evidence, "folder_of", lambda setting, seed: tmp_path / f"{setting.same}-{seed}"
    )
    found = {}
    for same, seed in [(False, 1), (True, 1), (False, 2)]:
        setting = evidence.Setting("toy", sentences=30, trees=20, same=same)
        evidence.write_folder(setting, seed)
        folder = evidence.folder_of(setting, seed)
        found[same, seed] = [
            list(evidence.read(folder / name)) for name in ("train.sdpx", "train_gold.conll")
        ]
        assert len(list(evidence.read(folder / "dev.conll"))) == 300
    words = {
        key: [[[word.form for word in sentence.words] for sentence in part] for part in parts]
        for key, parts in found.items()
    }
    graphs, trees = words[False, 1]
    assert len(graphs) == 30 and len(trees) == 20 and not [tree for tree in trees if tree in graphs]
    assert words[True, 1][0] == graphs and words[True, 1][1] == graphs[:20]
    assert words[False, 2][0] != graphs
    # Of the toy corpus the true trees, which training sentences do not have.
    true = {
        tuple(word.form for word in sentence.words): [word.head for word in sentence.words]
        for sentence in evidence.read(PROJECT_ROOT / "data" / "toy" / "train_gold.conll")
    }
    for part in found[False, 1]:
        for sentence in part:
            heads = [word.head for word in sentence.words]
            assert true[tuple(word.form for word in sentence.words)] == heads


def test_a_run_that_has_its_line_is_not_missing(benchmark, lines, tmp_path, monkeypatch):
    evidence = benchmark("evidence")
    monkeypatch.setattr(evidence, "RESULTS", tmp_path)
    setting = evidence.Setting("listops", sentences=50, trees=20, same=True)
    runs = [
        evidence.Run(setting, "spigot", regime, seed, SPIGOT)
        for regime in ("free", "held")
        for seed in (1, 2)
    ]
    assert evidence.missing(runs) == runs
    lines.append_line(
        tmp_path / "listops.jsonl", {**evidence.key_of(runs[1]), "scores": {}, **REST}
    )
    assert evidence.missing(runs) == [runs[0], *runs[2:]]
    # One of another configuration is another run.
    changed = {**evidence.key_of(runs[2]), "config": "0" * 12, "scores": {}, **REST}
    lines.append_line(tmp_path / "listops.jsonl", changed)
    assert evidence.missing(runs) == [runs[0], *runs[2:]]


def test_another_training_of_the_parser_is_another_run(benchmark, monkeypatch):
    evidence = benchmark("evidence")
    setting = evidence.Setting("listops", sentences=50, trees=20, same=True)
    runs = [
        evidence.Run(setting, *name, 1, SPIGOT) for name in (("spigot", "free"), ("frozen", ""))
    ]
    alone = evidence.run_of(setting, "gold", "", 1)

    def names():
        evidence.config_of.cache_clear()
        return [(run.folder, evidence.key_of(run)) for run in (*runs, alone)]

    before = names()
    monkeypatch.setitem(evidence.NUM_TREES, "listops", 2500)
    after = names()
    for (folder, key), (folder_then, key_then) in zip(before[:2], after[:2]):
        assert folder != folder_then and key["config"] != key_then["config"]
    assert before[2] == after[2]
    evidence.config_of.cache_clear()


def test_a_parser_that_fails_costs_what_starts_from_it(benchmark, monkeypatch, tmp_path):
    evidence = benchmark("evidence")
    monkeypatch.setattr(evidence, "RESULTS", tmp_path)
    tried = []

    def train(trainings, arguments, progress):
        tried.append([(training.estimator, training.seed) for training in trainings])
        return {t.name: "failed" for t in trainings if (t.estimator, t.seed) == ("parser", 2)}

    monkeypatch.setattr(evidence, "train", train)
    options = (
        "listops --trees 20 --seeds 1 2 --alone gold frozen --estimators spigot --regimes free"
    )
    monkeypatch.setattr(sys, "argv", ["evidence.py", *options.split()])
    with pytest.raises(SystemExit):
        evidence.main()
    parsers, others = tried
    assert parsers == [("parser", 1), ("parser", 2)]
    assert sorted(others) == [("frozen", 1), ("gold", 1), ("gold", 2), ("spigot", 1)]


def test_the_line_of_a_training(benchmark, lines, tmp_path, monkeypatch):
    evidence = benchmark("evidence")
    monkeypatch.setattr(evidence, "RESULTS", tmp_path)
    monkeypatch.setattr(evidence.Run, "folder", property(lambda run: tmp_path / run.system))
    monkeypatch.setattr(evidence, "data_files", lambda run: [])
    run = evidence.Run(evidence.Setting("listops", 50, 20, True), "spigot", "held", 1, SPIGOT)
    metrics = {
        "training_duration": "1 day, 1:02:03.450000",
        "epoch": 4,
        "best_validation_UAS": 0.5,
        "test_accuracy": 0.25,
        "test_loss": 1.0,
    }
    for each in (run, evidence.parser_of(run)):
        each.folder.mkdir()
        (each.folder / "metrics.json").write_text(json.dumps(metrics))
        for epoch in (10, 9):
            values = {"validation_UAS": epoch / 20, "training_UAS": 1.0}
            (each.folder / f"metrics_epoch_{epoch}.json").write_text(json.dumps(values))
        for name in ("best.th", "model.tar.gz"):
            (each.folder / name).write_bytes(b"")
        evidence.write_line(each, keep=False)
    # Others start from the archive of a parser, which has no line.
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")) == [
        "listops.jsonl",
        *(f"parser/metrics{epoch}.json" for epoch in ("", "_epoch_10", "_epoch_9")),
        "parser/model.tar.gz",
        *(f"spigot/metrics{epoch}.json" for epoch in ("", "_epoch_10", "_epoch_9")),
    ]
    (line,) = lines.read_lines(tmp_path / "listops.jsonl")
    assert evidence.key_of(run).items() <= line.items() and evidence.missing([run]) == []
    assert line["scores"] == {"dev_UAS": 0.5, "test_accuracy": 0.25}
    assert line["curves"] == {"dev_UAS": [0.45, 0.5]}
    assert line["seconds"] == pytest.approx(90123.45, abs=0.1) and line["epochs"] == 5


def test_what_has_no_parser_is_trained_once(benchmark):
    evidence = benchmark("evidence")
    settings = [
        evidence.Setting("toy", 50, trees, same) for trees in (10, 20) for same in (True, False)
    ]
    for system in evidence.WITHOUT_PARSER:
        runs = {evidence.run_of(setting, system, "", 1) for setting in settings}
        (run,) = runs
        assert run.setting == evidence.Setting("toy", 50, 0, True)
    for system in ("frozen", "frozen_expected", "spigot"):
        assert len({evidence.run_of(setting, system, "", 1) for setting in settings}) == 4


def test_digests_of_files(lines, tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("y")
    paths = [tmp_path / "a", tmp_path / "b"]
    found = {lines.digest_of_files(each) for each in (paths, paths[::-1], paths[:1], paths)}
    assert len(found) == 3 and {len(each) for each in found} == {12}


REST = {"data": "", "seconds": 1.0}


def line(system, seed, dev, test, regime=""):
    has_parser = system not in ("no_structure", "gold")
    return {
        **REST,
        "task": "wescience",
        "config": "",
        "setting": {
            "sentences": 1000,
            "trees": 200 if has_parser else 0,
            "same": not has_parser,
        },
        "system": system,
        "regime": {"name": regime},
        "seed": seed,
        "scores": {"dev_LF": dev, "test_LF": test, "test_UAS": 0.5},
    }


LINES = [
    *(line("no_structure", seed, 0.50, 0.50) for seed in (1, 2)),
    *(line("gold", seed, 0.60, 0.61) for seed in (1, 2)),
    *(line("frozen", seed, 0.52 + seed / 100, 0.51 + seed / 100) for seed in (1, 2)),
    *(line("modular", seed, 0.53, 0.53) for seed in (1, 2)),
    *(line("spigot", seed, 0.50, 0.70, regime="free") for seed in (1, 2)),
    line("spigot", 1, 0.55, 0.54, regime="held"),
    line("spigot", 2, 0.56, 0.57, regime="held"),
]


def test_tables(benchmark):
    pays = benchmark("when_it_pays")
    title, conditions, table, regimes = pays.sections(LINES, "LF", "UAS")
    assert title == "### 1,000 sentences, 200 trees of other sentences"
    assert "+10.0 (enough)" in conditions and "+3.5 (enough)" in conditions
    rows = {
        row.split("`")[1]: [cell.strip() for cell in row.split("|")[2:-1]]
        for row in table.split("\n")[2:]
    }
    # The regime is the one that is better on development data, the baseline too.
    assert rows["spigot"] == [
        "held",
        "2",
        "55.5 ± 0.7",
        "55.5 ± 2.1",
        "+3.0 ± 1.0",
        "",
        "50.0 ± 0.0",
    ]
    assert rows["frozen"][4] == "baseline"
    assert rows["modular"][4] == "+0.5 ± 0.5"
    assert regimes.split("\n") == [
        "| dev LF (seeds) in the regime | free | held |",
        "|---|---|---|",
        "| `spigot` | 50.0 (2) | 55.5 (2) |",
    ]


def test_p_is_that_of_three_seeds_or_more(benchmark):
    pays = benchmark("when_it_pays")
    lines = [line("frozen", seed, 0.5, 0.5 + seed / 10) for seed in (1, 2, 3)]
    lines += [
        line("spigot", s, 0.5, 0.5 + s / 10 + d) for s, d in ((1, 0.03), (2, 0.02), (3, 0.04))
    ]
    spigot, frozen = (pays.chosen_systems(lines, "LF")[name] for name in ("spigot", "frozen"))
    # t is 3 / (1 / sqrt(3)); with two degrees of freedom p is 1 - t / sqrt(2 + t^2).
    t = 3 * 3**0.5
    assert pays.against(spigot, frozen, "test_LF") == (
        "+3.0 ± 0.6",
        f"{1 - t / (2 + t**2) ** 0.5:.3f}",
    )
    del spigot.scores[3]
    assert pays.against(spigot, frozen, "test_LF") == ("+2.5 ± 0.5", "")


def test_regimes_are_compared_by_the_seeds_of_those_with_the_most(benchmark):
    systems = benchmark("when_it_pays_systems")
    lines = [
        line("spigot", 1, 0.50, 0.5, "free"),
        # One seed, and that of the easiest sentences, chooses nothing.
        line("spigot", 1, 0.60, 0.5, "paced"),
        *(line("spigot", seed, 0.52 - seed / 100, 0.5, "held") for seed in (1, 2)),
        line("spigot", 2, 0.46, 0.5, "free"),
    ]
    chosen = systems.chosen_systems(lines, "LF")["spigot"]
    assert chosen.regime == {"name": "held"} and sorted(chosen.scores) == [1, 2]


def test_differences_are_over_the_seeds_that_both_have(benchmark):
    systems = benchmark("when_it_pays_systems")
    # An easy seed that one of them was not run with.
    one = systems.System("spigot", {}, {1: {"x": 0.5}, 2: {"x": 0.6}, 3: {"x": 0.9}})
    other = systems.System("frozen", {}, {1: {"x": 0.4}, 2: {"x": 0.4}})
    assert systems.mean_difference(one, other, "x") == pytest.approx(15)
    third = systems.System("gold", {}, {4: {"x": 0.8}})
    assert systems.mean_difference(third, other, "x") == pytest.approx(40)


def test_the_baseline_is_the_better_one_by_the_seeds_that_both_have(benchmark):
    systems = benchmark("when_it_pays_systems")
    # A hard seed that the other one was not run with.
    frozen = systems.System("frozen", {}, {1: {"dev_x": 0.6}, 2: {"dev_x": 0.1}})
    modular = systems.System("modular", {}, {1: {"dev_x": 0.5}})
    assert systems.baseline_of({"frozen": frozen, "modular": modular}, "x") is frozen
    assert systems.baseline_of({"modular": modular}, "x") is modular
    assert systems.baseline_of({}, "x") is None


def test_what_no_estimator_trains_is_no_joint_training(benchmark):
    """Neither compared as one nor drawn as one; and it has its row before them."""
    tasks, systems = benchmark("evidence_tasks"), benchmark("when_it_pays_systems")
    lines = [line(name, 1, 0.9, 0.9) for name in tasks.ALONE] + [line("spigot", 1, 0.5, 0.5)]
    chosen = systems.chosen_systems(lines, "LF")
    assert [system.name for system in systems.with_all_seeds(chosen)] == ["spigot"]
    rows = benchmark("when_it_pays").table(chosen, "LF", "UAS").split("\n")[2:]
    assert [row.split("`")[1] for row in rows] == [*tasks.ALONE, "spigot"]


def test_joint_trainings_without_trees_have_a_section_of_their_own(benchmark):
    systems = benchmark("when_it_pays_systems")
    joint = line("spigot", 1, 0.5, 0.5, "free")
    without = {"sentences": 1000, "trees": 0, "same": True}
    lines = [joint, {**joint, "setting": without}, line("gold", 1, 0.6, 0.6)]
    found = systems.by_setting(lines)
    assert [systems.describe(setting, "UAS") for setting, _ in found] == [
        "1,000 sentences, no trees",
        "1,000 sentences, 200 trees of other sentences",
    ]
    assert [[each["system"] for each in own] for _, own in found] == [["spigot", "gold"]] * 2


def test_settings_whose_trees_are_those_of_the_end_task(benchmark):
    setting_of = benchmark("evidence_tasks").setting_of
    for task, expected in (
        ("listops", [True, True]),
        ("wescience", [False, True]),
        ("toy_sentiment", [False, False]),
    ):
        assert [setting_of(task, 50, 20, same).same for same in (False, True)] == expected


def test_without_gold_structure(benchmark):
    pays = benchmark("when_it_pays")
    systems = pays.chosen_systems([each for each in LINES if each["system"] != "gold"], "LF")
    assert pays.entry_conditions(systems, "LF") == (
        "Gold structure: there is none for these sentences; frozen pipeline minus no structure: "
        "+3.5 (enough)."
    )
    del systems["frozen"]
    assert "not measured" in pays.entry_conditions(systems, "LF")


def test_the_best_estimator_against_each_rival(benchmark):
    pays = benchmark("when_it_pays")
    assert pays.against_rivals(pays.chosen_systems(LINES, "LF"), "LF", "UAS") == ""
    more = [
        *LINES,
        *(line("straight_through", seed, 0.4, 0.4, "free") for seed in (1, 2)),
        *(line("structured_attention", seed, 0.5, 0.5 + seed / 10, "free") for seed in (1, 2)),
        *(line("spigot_eg", seed, 0.1, 0.9, "free") for seed in (1, 2)),
        # Better on development data, but with one seed, and a relative of structured attention.
        line("spigot_ce", 1, 0.9, 0.9, "free"),
        *(line("annealed_attention-end=1", seed, 0.9, 0.9, "free") for seed in (1, 2)),
        *(line("structured_attention-temperature=2", n, 0.9, 0.9, "free") for n in (1, 2)),
    ]
    for number, each in enumerate(more):
        if each["system"] == "modular":
            scores = {**each["scores"], "test_UAS": 0.4 + each["seed"] / 100}
            more[number] = {**each, "scores": scores}
    sentence = pays.against_rivals(pays.chosen_systems(more, "LF"), "LF", "UAS")
    # Test scores of spigot: 54, 57; those of frozen 52, 53, of structured_attention 60, 70.
    assert sentence.startswith("The best of the other estimators on development data, `spigot`,")
    for gain in (
        "+3.0 ± 1.0 on `frozen`",
        "+2.5 ± 1.5 on `modular`",
        "+15.5 ± 1.5 on `straight_through`",
        "-9.5 ± 3.5 on `structured_attention`",
    ):
        assert gain in sentence
    assert "is +8.5 ± 0.5 above that of `modular`" in sentence


def test_equally_good_systems_are_in_the_order_of_their_names(benchmark):
    pays = benchmark("when_it_pays")
    names = list("fadceb")
    systems = pays.chosen_systems([line(name, 1, 0.5, 0.5, "free") for name in names], "LF")
    rows = pays.table(systems, "LF", "UAS").split("\n")[2:]
    assert [row.split("`")[1] for row in rows] == sorted(names)


def test_a_page_keeps_what_is_around_its_marks(benchmark, tmp_path, monkeypatch):
    pays = benchmark("when_it_pays")
    results, page = tmp_path / "results", tmp_path / "page.md"
    results.mkdir()
    monkeypatch.setattr(pays, "RESULTS", results)
    monkeypatch.setattr(benchmark("when_it_pays_pictures"), "PICTURES", tmp_path)
    monkeypatch.setattr(pays, "PAGE", page)
    page.write_text("before\n<!-- wescience -->\nout of date\n<!-- end of wescience -->\nafter\n")
    more = [
        {**each, "setting": {**each["setting"], "trees": 500}}
        for each in LINES
        if each["setting"]["trees"]
    ]
    (results / "wescience.jsonl").write_text(
        "".join(json.dumps(each) + "\n" for each in LINES + more)
    )
    pays.main()
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "out of date" not in text
    # What has no parser has its lines once.
    assert text.count("### 1,000 sentences") == text.count("`gold` ") == 2
    picture = (tmp_path / "when-it-pays-wescience-other.svg").read_text()
    assert "200, 1,000: +3.0" in picture and "500, 1,000: +3.0" in picture
    page.write_text("nothing")
    with pytest.raises(SystemExit, match="has no marks"):
        pays.main()


def test_the_page_is_made_of_the_runs(benchmark, monkeypatch, tmp_path):
    """If not: `make results`."""
    pays = benchmark("when_it_pays")
    before = pays.PAGE.read_text(encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(before, encoding="utf-8")
    monkeypatch.setattr(pays, "PAGE", page)
    monkeypatch.setattr(benchmark("when_it_pays_pictures"), "PICTURES", tmp_path)
    pays.main()
    assert page.read_text(encoding="utf-8") == before


def test_tables_of_gradients(benchmark):
    pays = benchmark("when_it_pays")
    found = [
        {**line("frozen", seed, 0.0, 0.0), "system": name, "regime": regime, "scores": scores}
        for seed, gold in ((1, 0.2), (2, 0.4))
        for name, regime, scores in (
            ("spigot", {"step_size": 0.1}, {"gold": gold, "on_right": 0.9}),
            ("structured_attention", {}, {"gold": 2 * gold, "on_right": 0.1}),
        )
    ]
    title, table = pays.gradient_tables(found)
    assert title == "1,000 sentences, 200 trees of other sentences; mean of 2 parsers:"
    assert table.split("\n") == [
        "| gradient of | step size | gold | on right |",
        "|---|---|---|---|",
        "| `spigot` | 0.1 | 0.30 ± 0.14 | 0.90 ± 0.00 |",
        "| `structured_attention` |  | 0.60 ± 0.28 | 0.10 ± 0.00 |",
    ]


def test_pictures(benchmark, tmp_path, monkeypatch):
    pictures = benchmark("when_it_pays_pictures")
    monkeypatch.setattr(pictures, "PICTURES", tmp_path)
    curves = {"dev_LF": [0.1, 0.2], "dev_UAS": [0.3, 0.4]}
    others = {"dev_LF": [0.7, 0.8], "dev_UAS": [0.5, 0.6]}
    few = [{**each, "setting": {**each["setting"], "sentences": 500}} for each in LINES]
    # Of the first seed of what is compared no epoch is known, nor of the baseline in the second.
    lines = [
        *(
            {**each, "curves": others if each["regime"]["name"] == "free" else curves}
            for each in LINES
            if each["seed"] == 2 and each["system"] != "modular"
        ),
        *(each for each in LINES if each["seed"] == 1 or each["system"] == "modular"),
        *few,
    ]
    alone = [{**each, "system": "frozen", "curves": curves} for each in LINES]
    pictures.write_curves("sst", alone, "LF", "UAS")
    pictures.write_curves("wescience", lines, "LF", "UAS")
    pictures.write_pictures("wescience", [*LINES, *few], "LF", "UAS")
    names = ("lf", "other", "uas")
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert sorted(found) == [f"when-it-pays-wescience-{name}.svg" for name in names]
    assert "1,000 sentences" in found["when-it-pays-wescience-lf.svg"]
    for name in ("lf", "uas"):
        svg = found[f"when-it-pays-wescience-{name}.svg"]
        assert svg.startswith("<svg") and "1 seed<" in svg
        # In the regime of the table, beside the others of the same seed.
        for system, is_there in (
            ("spigot, held", True),
            ("spigot, free", False),
            ("frozen", True),
            ("gold", True),
            ("modular", False),
        ):
            assert (f">{system}<" in svg) == is_there, system
