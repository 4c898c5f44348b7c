"""Standard input and output, compression, and files that are not overwritten by half."""

import gzip
import io
import lzma
import os
import sys
import threading
import tracemalloc

import pytest

from bilexical.formats.errors import FormatError
from bilexical.formats.text import read_lines, write_text

OPENERS = [("a", open), ("a.gz", gzip.open), ("a.xz", lzma.open)]


class Bytes:
    """What `sys.stdin` or `sys.stdout` is, over `content`."""

    def __init__(self, content=b""):
        self.buffer = io.BytesIO(content)

    def flush(self):
        pass


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress])
def test_standard_input_can_be_read_twice(monkeypatch, compress):
    monkeypatch.setattr(sys, "stdin", Bytes(compress("ä\nb\n".encode())))
    assert list(read_lines("-")) == [(1, "ä"), (2, "b")]
    assert list(read_lines("-")) == [(1, "ä"), (2, "b")]
    monkeypatch.setattr(sys, "stdin", Bytes(b"c\n"))
    assert list(read_lines("-")) == [(1, "c")]


def test_errors_name_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Bytes(b"\xff\n"))
    with pytest.raises(FormatError, match=r"^standard input, line 1: the bytes"):
        list(read_lines("-"))


def test_pipes_can_be_read_twice(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = "a\n" * 10000
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    assert len(list(read_lines(pipe))) == 10000
    writer.join()
    assert len(list(read_lines(pipe))) == 10000


@pytest.mark.parametrize(("name", "opener"), OPENERS)
def test_the_name_says_whether_to_compress(tmp_path, name, opener):
    write_text(tmp_path / name, ["ä\n", "b\n"])
    with opener(tmp_path / name, "rb") as file:
        assert file.read() == "ä\nb\n".encode()
    assert os.listdir(tmp_path) == [name]


def test_the_same_text_gives_the_same_bytes(tmp_path):
    write_text(tmp_path / "a.gz", ["a\n"])
    write_text(tmp_path / "b.gz", ["a\n"])
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def pieces():
    yield "new\n" * 10000
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["a", "a.gz", "a.xz"])
def test_after_an_error_a_file_is_as_it_was(tmp_path, name):
    (tmp_path / name).write_text("old\n")
    with pytest.raises(KeyboardInterrupt):
        write_text(tmp_path / name, pieces())
    assert (tmp_path / name).read_text() == "old\n"
    assert os.listdir(tmp_path) == [name]
    with pytest.raises(KeyboardInterrupt):
        write_text(tmp_path / f"new.{name}", pieces())
    assert os.listdir(tmp_path) == [name]


def test_a_file_keeps_its_permissions_and_its_links(tmp_path):
    (tmp_path / "a").write_text("old\n")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "link").symlink_to("a")
    write_text(tmp_path / "link", ["new\n"])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_text() == "new\n"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_file_can_be_rewritten_from_itself(tmp_path):
    path = tmp_path / "a"
    path.write_text("1\n2\n")
    write_text(path, (f"{line}!\n" for _, line in read_lines(path)))
    assert path.read_text() == "1!\n2!\n"


def test_devices_are_written_to(tmp_path):
    write_text(os.devnull, ["a\n"])
    assert not os.path.isfile(os.devnull)


def test_errors_name_the_file_and_not_the_draft(tmp_path):
    for name in (tmp_path / "nowhere" / "a", tmp_path):
        with pytest.raises(OSError) as info:
            write_text(name, ["a\n"])
        assert info.value.filename == str(name)


def test_standard_output_stays_open(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Bytes())
    write_text("-", ["ä\n"])
    with pytest.raises(KeyboardInterrupt):
        write_text("-", pieces())
    assert sys.stdout.buffer.getvalue() == "ä\n".encode() + b"new\n" * 10000


def test_a_link_in_the_place_of_a_draft_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "urandom", lambda number: bytes(number))
    (tmp_path / "victim").write_text("precious\n")
    (tmp_path / f"a.{bytes(6).hex()}.tmp").symlink_to("victim")
    with pytest.raises(FileExistsError) as info:
        write_text(tmp_path / "a", ["new\n"])
    assert info.value.filename == str(tmp_path / "a")
    assert (tmp_path / "victim").read_text() == "precious\n"
    assert not (tmp_path / "a").exists()


class TestLongLines:
    @pytest.fixture(params=[bytes, gzip.compress, lzma.compress], ids=["plain", "gz", "xz"])
    def path(self, tmp_path, request):
        """A file whose third line has 1,000 bytes with its line end."""
        path = tmp_path / "file"
        path.write_bytes(request.param(b"a\n\n" + b"b" * 999 + b"\n" + b"c"))
        return path

    def test_are_refused_by_their_number(self, path, monkeypatch):
        monkeypatch.setenv("SPIGOT_MAX_LINE_LENGTH", "999")
        lines = read_lines(path)
        assert [next(lines), next(lines)] == [(1, "a"), (2, "")]
        with pytest.raises(
            FormatError, match=r"line 3: .* longer than 999 bytes.*length 0"
        ) as info:
            next(lines)
        assert info.value.line == 3

    @pytest.mark.parametrize("limit", ["0", "1000", ""])
    def test_are_read_where_they_are_allowed(self, path, monkeypatch, limit):
        monkeypatch.setenv("SPIGOT_MAX_LINE_LENGTH", limit)
        assert list(read_lines(path)) == [(1, "a"), (2, ""), (3, "b" * 999), (4, "c")]

    def test_are_not_read_to_their_end(self, tmp_path):
        """5 KB of xz, 50 MB of text."""
        path = tmp_path / "bomb.xz"
        with lzma.open(path, "wb", preset=0) as file:
            for _ in range(50):
                file.write(bytes(10**6))
        assert path.stat().st_size < 10_000
        tracemalloc.start()
        with pytest.raises(FormatError, match=r"line 1: .* longer than 16,777,216 bytes"):
            list(read_lines(path))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 40_000_000

    def test_a_limit_that_is_none(self, path, monkeypatch):
        monkeypatch.setenv("SPIGOT_MAX_LINE_LENGTH", "1e3")
        with pytest.raises(ValueError, match=r"SPIGOT_MAX_LINE_LENGTH .* number .*1e3"):
            list(read_lines(path))
