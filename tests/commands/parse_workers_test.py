"""`spigot parse --workers` with a trained model in processes of its own."""

import shutil

import pytest

from bilexical.command_line import parse_workers
from bilexical.formats import pieces
from tests.bilexical.command_line.console import spigot
from tests.commands.cli import GRAPHS
from tests.prepared import prepared_workers

pytest.importorskip("distributed")


def test_workers_write_what_one_process_writes(archive, tmp_path, monkeypatch, capsys):
    """Even if the model is replaced while they parse."""
    monkeypatch.setattr(pieces, "MAX_SENTENCES", 3)
    (tmp_path / "a.txt").write_text("The cook who she hired left. Anna\nwants to fix.\n\n" * 7)
    model = tmp_path / "model.tar.gz"
    shutil.copy(archive, model)
    arguments = ["parse", tmp_path / "a.txt", GRAPHS, "--model", model]
    assert spigot(*arguments, "-o", tmp_path / "here.conllu") == 0
    start = parse_workers.Pool._start

    def replace_and_start(pool, *options):
        model.write_bytes(b"no model")
        start(pool, *options)

    monkeypatch.setattr(parse_workers.Pool, "_start", replace_and_start)
    capsys.readouterr()
    # Workers that are started as usual.
    assert spigot(*arguments, "-o", tmp_path / "out.conllu", "--workers", 2) == 0
    assert (tmp_path / "out.conllu").read_bytes() == (tmp_path / "here.conllu").read_bytes()
    *_, line = capsys.readouterr().err.splitlines()
    number = (tmp_path / "out.conllu").read_text().count("\n\n")
    assert line.startswith(f"{number} sentences parsed, 0 left out, ")


def test_a_model_that_cannot_be_loaded(tmp_path, capsys):
    (tmp_path / "a.txt").write_text("Dogs bark.")
    (tmp_path / "model.tar.gz").write_bytes(b"no model")
    options = ["--model", tmp_path / "model.tar.gz", "-o", tmp_path / "out.sdp", "--workers", 1]
    with prepared_workers():
        assert spigot("parse", tmp_path / "a.txt", *options) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith(f"spigot parse: error: {tmp_path / 'model.tar.gz'} cannot be loaded as")
    assert not (tmp_path / "out.sdp.shards").exists()
