"""`spigot parse --workers` with a stand-in for Dask, which does all in this process."""

import errno
import json
import os
import re
import shutil
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from bilexical import locks
from bilexical.command_line import parse, parse_progress, parse_shard, parse_store, parse_workers
from bilexical.command_line.parse_output import TARGETS
from bilexical.command_line.parse_shard import RefusedError, Work, checksum
from bilexical.formats import pieces
from tests import FIXTURES_ROOT
from tests.bilexical.command_line.console import one_error, spigot
from tests.bilexical.command_line.fuzz_test import CONTENTS
from tests.bilexical.command_line.stand_in import StandIn, stand_in

distributed = pytest.importorskip("distributed")

# Sentences that are left out for all reasons, the first of them among them.
FAULTS = """{"words": ["bad", "one"]}
no JSON
{"words": ["One"]}
{"words": ["w", "w", "w", "w"]}
{"words": ["Two", "three"], "id": "two"}
{"words": []}
{"words": ["bad"]}
{"words": ["\\ud800"]}
{"words": ["Four", "five", "six"]}
"""


class Future:
    #: Of one whose task fails; no other one is asked for it.
    status = "error"

    def __init__(self, key, call):
        self.key = key
        self._call = call

    def result(self):
        return self._call()

    def add_done_callback(self, function):
        function(self)


class Client:
    """
    Notes the pieces that are parsed. Workers die of what is called `deadly`, and what is called
    `innocent` is on those workers once.
    """

    status = "running"
    scheduler = SimpleNamespace(address="tcp://here:8786")

    def __init__(self, num_workers=2):
        self.num_workers = num_workers
        self.parsed = []
        self.tries = []

    def nthreads(self):
        return {str(number): 1 for number in range(self.num_workers)}

    def submit(self, function, *arguments, key, **options):
        values = [each.result() if isinstance(each, Future) else each for each in arguments]

        def call():
            if function is parse_shard.parse_shard:
                self.parse(values[0].content)
            return function(*values)

        return Future(key, call)

    def parse(self, content):
        self.tries.append(content)
        is_first = self.tries.count(content) == 1
        if b"deadly" in content or (is_first and b"innocent" in content):
            worker = SimpleNamespace(address="tcp://there")
            raise distributed.KilledWorker("a task", worker, 3)
        self.parsed.append(content)


@pytest.fixture
def client(monkeypatch):
    """Of the last run, from which a further one gets a new one."""
    stand_in(monkeypatch)
    monkeypatch.setattr(pieces, "MAX_SENTENCES", 2)
    monkeypatch.setattr(pieces, "TEXT_BYTES", 20)
    clients = SimpleNamespace(last=None, make=Client)

    @contextmanager
    def open_client(workers, scheduler):
        clients.last = clients.make()
        yield clients.last

    monkeypatch.setattr(parse, "open_client", open_client)
    loaded = SimpleNamespace(
        archive_bytes=lambda name: (name * 2).encode(),
        load_bytes=lambda *options: StandIn(),
        import_packages=lambda names: None,
        use_threads=lambda number: None,
    )
    for module in (parse_shard, parse_workers):
        monkeypatch.setattr(module, "import_module", lambda name: loaded)
    monkeypatch.setattr(parse_shard, "_parsers", {})
    return clients


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("".join(f"Number {n} is\nnext. So it is.\n\n" for n in range(9)))
    return path


def both(folder, capsys, target, *arguments):
    """The status and all that is there and said after a run here and one by workers."""
    results = []
    for options in ((), ("--workers", 2)):
        output = folder / "out"
        status = spigot("parse", *arguments, "-o", output, "--to", target, *options)
        (said,) = capsys.readouterr().err.splitlines()[-1:]
        files = {path.name: path.read_bytes() for path in folder.glob("out*")}
        for path in folder.glob("out*"):
            path.unlink()
        results.append((status, files, said.split(", ")[:2]))
    return results


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "parquet"])
class TestEqual:
    """To the byte, what one process writes."""

    @pytest.mark.parametrize("source", CONTENTS)
    def test_corpora(self, client, tmp_path, capsys, source, target):
        (tmp_path / "in").write_bytes(CONTENTS[source])
        # The second has comments with ids, and the first has none.
        corpora = [tmp_path / "in", FIXTURES_ROOT / "trees.conllx", tmp_path / "in"]
        here, by_workers = both(tmp_path, capsys, target, *corpora, "--max-words", 9)
        assert here == by_workers
        assert here[0] in (0, 1) and len(client.last.parsed) > 3

    def test_text(self, client, text, tmp_path, capsys, target):
        here, by_workers = both(tmp_path, capsys, target, text)
        assert here == by_workers and here[0] == 0
        assert list(here[1]) == ["out"] and len(client.last.parsed) == 9

    def test_what_is_left_out(self, client, tmp_path, capsys, target):
        (tmp_path / "a.jsonl").write_text(FAULTS)
        here, by_workers = both(tmp_path, capsys, target, tmp_path / "a.jsonl", "--max-words", 3)
        # The number of a sentence that cannot be written is in what cannot be written.
        for _, files, _ in (here, by_workers):
            errors = [json.loads(line) for line in files.pop("out.errors.jsonl").splitlines()]
            assert [error["line"] for error in errors if error["line"] != 8] == [1, 2, 4, 6, 7]
            assert {error["file"] for error in errors} == {str(tmp_path / "a.jsonl")}
            assert errors[1]["reason"].startswith("'no JSON' is not JSON")
            assert "cannot be parsed (not enough memory)" in errors[0]["reason"]
        assert here == by_workers and here[0] == 1


def test_parquet(client, text, tmp_path, capsys):
    pytest.importorskip("pyarrow")
    here, by_workers = both(tmp_path, capsys, "parquet", text)
    assert here == by_workers and here[0] == 0


def test_warnings_are_said_as_by_one_process(client, tmp_path, caplog):
    sentence = "1\ta\t_\t_\t_\t_\t7\t_\t_\t_\n\n"
    (tmp_path / "a.conllu").write_text(sentence * 6)
    said = []
    for options in ((), ("--workers", 2)):
        caplog.clear()
        spigot("parse", tmp_path / "a.conllu", "-o", tmp_path / "out.jsonl", *options)
        said.append([record.getMessage() for record in caplog.records])
    assert said[0] == said[1] and len(said[0]) == 1
    assert "6 sentences have a tree that is not sound" in said[0][0]


class TestAgain:
    """The same command after one that was stopped."""

    def stop(self, monkeypatch, client, text, *options):
        """A run in which the fourth shard is the last."""

        class Stopping(Client):
            def parse(self, content):
                if len(self.parsed) == 4:
                    raise KeyboardInterrupt
                super().parse(content)

        client.make = Stopping
        assert spigot("parse", text, *options) == 130
        client.make = Client

    @pytest.fixture
    def options(self, tmp_path):
        return ["-o", tmp_path / "out.conllu", "--workers", 1]

    def expected(self, text, tmp_path, *options):
        assert spigot("parse", text, "-o", tmp_path / "here.conllu", *options) in (0, 1)
        return (tmp_path / "here.conllu").read_text()

    def test_goes_on(self, monkeypatch, client, text, tmp_path, options, capsys):
        self.stop(monkeypatch, client, text, *options)
        folder = tmp_path / "out.conllu.shards"
        assert sorted(os.listdir(folder)) == [
            *(f"00000000{n}.shard" for n in range(4)),
            "lock",
            "manifest.json",
        ]
        (folder / "out.conllu").write_text("half")
        (folder / "000000004.shard.0123.tmp").write_text("half")
        assert spigot("parse", text, *options) == 0
        said = capsys.readouterr().err
        assert f"4 shards of an earlier run are in {folder}." in said
        assert "18 sentences parsed, 0 left out" in said
        assert len(client.last.parsed) == 5
        assert (tmp_path / "out.conllu").read_text() == self.expected(text, tmp_path)
        assert sorted(os.listdir(tmp_path)) == ["a.txt", "here.conllu", "out.conllu"]

    @pytest.mark.parametrize(
        "change", [("--model", "other"), ("--max-words", 4), ("--spacy-model", "blank:sv")]
    )
    def test_with_other_options_all_is_parsed(
        self, monkeypatch, client, text, tmp_path, options, capsys, change
    ):
        self.stop(monkeypatch, client, text, *options)
        assert spigot("parse", text, *options, *change) in (0, 1)
        assert "with another model or other options; all is parsed again" in capsys.readouterr().err
        assert len(client.last.parsed) == 9
        assert (tmp_path / "out.conllu").read_text() == self.expected(text, tmp_path, *change)

    def test_what_has_changed_in_the_input_is_parsed(
        self, monkeypatch, client, text, tmp_path, options
    ):
        self.stop(monkeypatch, client, text, *options)
        text.write_text(text.read_text().replace("Number 1", "No 1"))
        assert spigot("parse", text, *options) == 0
        assert len(client.last.parsed) == 6
        assert (tmp_path / "out.conllu").read_text() == self.expected(text, tmp_path)

    def test_a_damaged_shard_is_parsed(self, monkeypatch, client, text, tmp_path, options):
        self.stop(monkeypatch, client, text, *options)
        for number, length in ((0, 0), (1, 30), (2, -5)):
            shard = tmp_path / "out.conllu.shards" / f"00000000{number}.shard"
            shard.write_bytes(shard.read_bytes()[:length])
        assert spigot("parse", text, *options) == 0
        assert len(client.last.parsed) == 8
        assert (tmp_path / "out.conllu").read_text() == self.expected(text, tmp_path)

    def test_a_full_disk(self, monkeypatch, client, text, tmp_path, options, capsys):
        """At any time, in a shard or in the output: no more than that of the time is lost."""
        original, left, tries = os.fsync, [0], 0

        def fsync(descriptor):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            original(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        status = 2
        while status == 2:
            left[0], tries = 5, tries + 1
            status = spigot("parse", text, *options)
            if status == 2:
                assert "No space left on device" in capsys.readouterr().err
                assert not (tmp_path / "out.conllu").exists()
        assert status == 0 and tries > 3
        monkeypatch.setattr(os, "fsync", original)
        assert (tmp_path / "out.conllu").read_text() == self.expected(text, tmp_path)
        assert sorted(os.listdir(tmp_path)) == ["a.txt", "here.conllu", "out.conllu"]


def test_a_sentence_that_workers_do_not_survive(client, tmp_path, capsys):
    lines = [f"Number {n}\n\n" for n in range(12)]
    lines[3], lines[4], lines[9] = "innocent\n\n", "innocent too\n\n", "deadly\n\n"
    (tmp_path / "a.txt").write_text("".join(lines))
    output = tmp_path / "out.jsonl"
    assert spigot("parse", tmp_path / "a.txt", "-o", output, "--workers", 1) == 2
    message = one_error(capsys, "parse")
    assert message.startswith(
        f"{tmp_path / 'a.txt'}, lines 17 to 20: worker after worker died of these sentences (1 of "
        "6 shards), of a lack of memory perhaps."
    )
    assert f"5 shards are done and kept in {output}.shards; the same command" in message
    lines[9] = "lively\n\n"
    (tmp_path / "a.txt").write_text("".join(lines))
    assert spigot("parse", tmp_path / "a.txt", "-o", output, "--workers", 1) == 0
    assert len(client.last.parsed) == 1
    assert len(output.read_text().splitlines()) == 12


class TestErrors:
    def failing(self, client, error):
        class Failing(Client):
            def parse(self, content):
                raise error

        client.make = Failing

    def test_of_a_worker(self, client, text, tmp_path, capsys):
        self.failing(client, ImportError("no module of that name"))
        assert spigot("parse", text, "-o", tmp_path / "out.tsv", "--workers", 1) == 2
        assert one_error(capsys, "parse").startswith(
            f"{text}, lines 1 to 3: a worker failed 3 times (ImportError: no module of that name). "
            f"0 shards are done"
        )
        assert os.listdir(tmp_path) == ["a.txt"]

    @pytest.mark.parametrize(
        "error, status",
        [
            (distributed.client.FutureCancelledError("shard", "lost"), "cancelled"),
            # The task was done, and its scheduler gone before the result was fetched.
            (distributed.comm.CommClosedError("Stream is closed"), "finished"),
            (distributed.comm.CommClosedError("Stream is closed"), "cancelled"),
        ],
    )
    def test_of_the_scheduler(self, client, text, tmp_path, capsys, monkeypatch, error, status):
        self.failing(client, error)
        monkeypatch.setattr(Future, "status", status)
        assert spigot("parse", text, "-o", tmp_path / "out.tsv", "--workers", 1) == 2
        assert "the scheduler has gone away, or dropped the work." in one_error(capsys, "parse")

    def test_of_a_client_that_is_closed(self, client, text, tmp_path, capsys):
        class Closed(Client):
            status = "closed"

            def submit(self, function, *arguments, **options):
                if function is parse_shard.parse_shard:
                    raise distributed.client.ClosedClientError("Can't send update-graph message.")
                return super().submit(function, *arguments, **options)

        client.make = Closed
        assert spigot("parse", text, "-o", tmp_path / "out.tsv", "--workers", 1) == 2
        assert "the scheduler has gone away, or dropped the work." in one_error(capsys, "parse")

    def test_none_could_be_parsed(self, client, tmp_path, capsys):
        (tmp_path / "a.txt").write_text("bad\n\nbad\n")
        output = tmp_path / "out.tsv"
        assert spigot("parse", tmp_path / "a.txt", "-o", output, "--workers", 1) == 2
        assert "none of 2 sentences could be parsed" in capsys.readouterr().err
        assert os.listdir(tmp_path) == ["a.txt"]

    @pytest.mark.parametrize("output", ["-", os.devnull])
    def test_what_is_no_file(self, client, text, capsys, output):
        command = ["parse", text, "-o", output, "--to", "tsv", "--scheduler", "tcp://here:8786"]
        assert spigot(*command) == 2
        assert "must be a file: name one by -o." in one_error(capsys, "parse")

    def test_a_file_that_is_damaged_at_its_end(self, client, text, tmp_path, capsys, monkeypatch):
        monkeypatch.setenv("SPIGOT_MAX_LINE_LENGTH", "30")
        text.write_text(text.read_text() + "a" * 40)
        assert spigot("parse", text, "-o", tmp_path / "out.tsv", "--workers", 1) == 2
        assert "longer than 30 bytes" in capsys.readouterr().err
        assert (tmp_path / "out.tsv.shards").is_dir()
        options = ["-o", tmp_path / "out.tsv", "--workers", 1, "--max-line-length", 50]
        assert spigot("parse", text, *options) == 0

    def test_a_folder_that_is_not_there(self, client, text, tmp_path, capsys):
        assert spigot("parse", text, "-o", tmp_path / "no" / "out.tsv", "--workers", 1) == 2
        assert f"Make the folder {tmp_path / 'no'} first" in one_error(capsys, "parse")

    @pytest.mark.parametrize(
        "name", ["part-1.txt", "notes/a.txt", "a.shard", "corpus.txt", "corpus-1"]
    )
    def test_a_folder_of_something_else(self, client, text, tmp_path, capsys, name):
        file = tmp_path / "corpus.shards" / name
        file.parent.mkdir(parents=True)
        file.write_text("kept")
        command = ["parse", text, "-o", tmp_path / "corpus", "--to", "jsonl", "--workers", 1]
        assert spigot(*command) == 2
        assert f"which holds {name.split('/')[0]} of something else. Move it, or name" in one_error(
            capsys, "parse"
        )
        assert file.read_text() == "kept" and len(os.listdir(tmp_path / "corpus.shards")) == 1
        assert sorted(os.listdir(tmp_path)) == ["a.txt", "corpus.shards"]

    def test_what_a_program_left_that_was_killed(self, client, text, tmp_path):
        folder = tmp_path / "out.tsv.shards"
        folder.mkdir()
        drafts = ["out.tsv", "out.tsv.0a.tmp", "manifest.json.0a.tmp", "000000000.shard.0a.tmp"]
        for name in drafts:
            (folder / name).write_text("half")
        assert spigot("parse", text, "-o", tmp_path / "out.tsv", "--workers", 1) == 0
        assert sorted(os.listdir(tmp_path)) == ["a.txt", "out.tsv"]

    def test_the_faults_are_beside_the_name_that_was_given(self, client, text, tmp_path, capsys):
        (tmp_path / "real").mkdir()
        link = tmp_path / "out.tsv"
        link.symlink_to(tmp_path / "real" / "out.tsv")
        text.write_text(text.read_text() + "\nbad\n")
        for options in ([], ["--workers", 1]):
            assert spigot("parse", text, "-o", link, *options) == 1
            assert f"told in {link}.errors.jsonl." in capsys.readouterr().err
            assert len((tmp_path / "out.tsv.errors.jsonl").read_text().splitlines()) == 1
            (tmp_path / "out.tsv.errors.jsonl").unlink()
            assert os.listdir(tmp_path / "real") == ["out.tsv"]

    def test_a_number_of_workers(self, client, text, capsys):
        assert spigot("parse", text, "--workers", 0) == 2
        assert "argument --workers: must be at least 1" in capsys.readouterr().err

    def test_without_dask(self, monkeypatch, client, text, tmp_path, capsys):
        monkeypatch.undo()
        stand_in(monkeypatch)
        loaded = SimpleNamespace(archive_bytes=lambda name: b"")
        monkeypatch.setattr(parse_workers, "import_module", lambda name: loaded)
        monkeypatch.setitem(sys.modules, "distributed", None)
        assert spigot("parse", text, "-o", tmp_path / "out.tsv", "--workers", 1) == 2
        assert "pip install 'spigot-allennlp[scale]'" in one_error(capsys, "parse")
        assert os.listdir(tmp_path) == ["a.txt"]
        assert spigot("parse", text, "-o", tmp_path / "out.tsv") == 0


class TestWorker:
    WORK = Work("m", checksum(b"archive"), None, -1, 0, "jsonl")

    def test_with_another_version(self, client):
        work = parse_shard.Work(**{**self.WORK.__dict__, "version": "0"})
        refused = parse_shard.parse_shard(pieces.Piece("a", b"a", 1, "text"), work, b"archive")
        assert isinstance(refused, RefusedError) and "0. Install the same one" in str(refused)

    def test_with_another_archive(self, client):
        refused = parse_shard.parse_shard(pieces.Piece("a", b"a", 1, "text"), self.WORK, b"other")
        assert "got m damaged" in str(refused)

    def test_without_torch(self, client, monkeypatch):
        def fail(name):
            raise ModuleNotFoundError("No module named 'torch'", name="torch")

        monkeypatch.setattr(parse_shard, "import_module", fail)
        piece = pieces.Piece("a", b"a", 1, "text")
        refused = parse_shard.parse_shard(piece, self.WORK, b"archive")
        assert str(refused).startswith("a worker has no torch, which parsing needs.")

    @pytest.fixture
    def loaded(self, monkeypatch):
        """The options of each parser that is loaded."""
        found = []

        def load(archive, *options):
            found.append(options)
            return StandIn()

        parsers = SimpleNamespace(
            load_bytes=load,
            import_packages=lambda names: None,
            use_threads=lambda number: None,
        )
        monkeypatch.setattr(parse_shard, "import_module", lambda name: parsers)
        return found

    def test_a_model_is_loaded_once(self, client, loaded):
        for _ in range(3):
            parse_shard.parse_shard(pieces.Piece("a", b"a", 1, "text"), self.WORK, b"archive")
        assert loaded == [("m", None, -1, False)]

    def test_other_options_need_another_parser(self, client, loaded):
        for bfloat16 in (False, True):
            work = parse_shard.Work(**{**self.WORK.__dict__, "bfloat16": bfloat16})
            parse_shard.parse_shard(pieces.Piece("a", b"a", 1, "text"), work, b"archive")
        assert loaded == [("m", None, -1, False), ("m", None, -1, True)]


def test_workers_that_come_late_are_waited_for(client, text, tmp_path, capsys):
    client.make = lambda: Client(num_workers=0)
    assert spigot("parse", text, "-o", tmp_path / "out.tsv", "--workers", 1) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == (
        "The scheduler has no workers yet; waiting. Start some by `dask worker tcp://here:8786 "
        "--nthreads 1`."
    )


def test_progress_where_there_is_no_terminal(client, text, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(parse_progress, "SECONDS", 0.0)
    assert spigot("parse", text, "-o", tmp_path / "out.tsv", "--workers", 1) == 0
    lines = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"1\d %: 2 sentences, \d+\.\d a second, 0:00:0\d left", lines[0])
    assert re.fullmatch(r"100 %: 18 sentences, \d+\.\d a second, 0:00:00 left", lines[8])


def test_a_folder_that_has_just_been_removed(tmp_path, monkeypatch):
    """By a program that ended between the opening of its lock and the lock."""
    pytest.importorskip("fcntl")
    calls = []

    def lock(file):
        calls.append(file)
        if len(calls) == 1:
            shutil.rmtree(tmp_path / "out.shards")
        return locks.lock(file)

    monkeypatch.setattr(parse_store, "lock", lock)
    with parse_store.open_store(str(tmp_path / "out"), TestWorker.WORK) as store:
        assert len(calls) == 2 and os.path.isdir(store.folder)
        with pytest.raises(ValueError, match=r"out: another program writes it \(process \d+ on "):
            with parse_store.open_store(str(tmp_path / "out"), TestWorker.WORK):
                pass
    assert os.listdir(tmp_path) == []
