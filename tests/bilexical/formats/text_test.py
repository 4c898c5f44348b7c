import gzip
import lzma
import pickle

import pytest

from bilexical.formats.errors import FormatError
from bilexical.formats.text import format_columns, read_blocks, read_lines, write_text

TEXT = "#1\n1\tnaïve\n2\ttea\n\n1\tyes\n\n"


def write(path, content):
    path.write_bytes(content)
    return path


def lines_of(path):
    return [line for _, line in read_lines(path)]


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress])
@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_compression_is_seen_from_the_content(tmp_path, compress, suffix):
    path = write(tmp_path / f"file{suffix}", compress(TEXT.encode("utf-8")))
    assert lines_of(path) == TEXT[:-1].split("\n")
    assert lines_of(str(path)) == lines_of(path)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode("utf-8"),
        TEXT.rstrip("\n").encode("utf-8"),
        TEXT[:-1].encode("utf-8"),
        gzip.compress(TEXT.replace("\n", "\r\n").encode("utf-8-sig")),
    ],
    ids=["BOM", "CRLF", "no last line end", "no last blank line", "all at once"],
)
def test_variants_of_the_same_file(tmp_path, content):
    plain = list(read_blocks(write(tmp_path / "plain", TEXT.encode("utf-8"))))
    assert list(read_blocks(write(tmp_path / "variant", content))) == plain
    assert [block.first_line for block in plain] == [2, 5]
    assert [block.comments for block in plain] == [["#1"], []]
    assert plain[0].rows == [["1", "naïve"], ["2", "tea"]]


def test_byte_order_marks_at_the_start_of_lines_are_skipped(tmp_path):
    """Files that start with one may have been put together; within a line it is text."""
    content = "\ufeffa\n\ufeff\ufeffb\ufeff\n".encode()
    assert lines_of(write(tmp_path / "file", content)) == ["a", "b\ufeff"]


def test_comments_without_a_sentence_are_reported(tmp_path, caplog):
    path = write(tmp_path / "file", b"#1\n1\tx\n\n#2\n\n#3\n1\ty\n\n\n#4\n1\tz\n\n")
    assert [block.comments for block in read_blocks(path)] == [["#1"], ["#2", "", "#3"], ["", "#4"]]
    (message,) = caplog.messages
    assert message.startswith(f"{path}: 1 times a blank line, not a word, follows a comment (first")
    assert "after line 4" in message


def test_only_line_feeds_end_lines(tmp_path):
    path = write(tmp_path / "file", "1\ta\u2028b\x85c\x0bd\re\n".encode())
    assert lines_of(path) == ["1\ta\u2028b\x85c\x0bd\re"]


def test_blank_lines_before_a_sentence_are_kept(tmp_path):
    path = write(tmp_path / "file", b"\n#a\n \t\n#b\n1\tx\n\n\n1\ty\n\n\n")
    assert [block.comments for block in read_blocks(path)] == [["", "#a", "", "#b"], [""]]


def test_reading_does_not_wait_for_the_end(tmp_path):
    path = write(tmp_path / "file", b"1\tx\n\n" + b"\xff")
    blocks = read_blocks(path)
    assert next(blocks).rows == [["1", "x"]]
    with pytest.raises(FormatError):
        next(blocks)


def test_comments_after_the_last_sentence_are_reported(tmp_path, caplog):
    path = write(tmp_path / "file", b"1\tx\n\n# the end\n")
    assert len(list(read_blocks(path))) == 1
    assert "'# the end'" in caplog.text
    assert str(path) in caplog.text


@pytest.mark.parametrize(
    ("content", "line", "problem", "remedy"),
    [
        (b"1\tx\n2\tca\xe9f\n", 2, r"the bytes b'\xe9' at byte 5 of the line", "iconv"),
        ("1\tx\n".encode("utf-16"), None, "the file is UTF-16", "iconv -f UTF-16"),
        (b"1\tx\n# y\n", 2, "the comment '# y' stands within a sentence", "blank line"),
        (b"1\t\tx\n", 1, "column 2 of 3 is empty", "Write _"),
        (b"1\tx\t\n", 1, "column 3 of 3 is empty", "one tab"),
        (b"1\tx\n2\ty\rz\n", 2, "a carriage return at character 4", "by a line feed"),
        (b"1\tx\r1\ty\r\r", 1, "a carriage return at character 4", "by a line feed"),
        (b"1\tx\r\r\n", 1, "a carriage return at character 4", "by a line feed"),
        (b"# x\ry\n1\tx\n", 1, "a carriage return at character 4", "by a line feed"),
        (b"", None, "no sentence", "the file you meant"),
        (b"# x\n\n", None, "no sentence", "the file you meant"),
        (gzip.compress(b"1\tx\n" * 999, mtime=0)[:-20], None, "damaged", "Copy it again"),
        (lzma.compress(b"1\tx\n" * 999)[:-20], None, "damaged", "Copy it again"),
        (gzip.compress(b"1\tx\n", mtime=0)[:12] + b"\xff" * 20, None, "damaged", "Copy it again"),
    ],
)
def test_errors_name_file_line_value_and_remedy(tmp_path, content, line, problem, remedy):
    path = write(tmp_path / "file", content)
    with pytest.raises(FormatError) as info:
        list(read_blocks(path))
    assert info.value.line == line
    place = f"{path}: " if line is None else f"{path}, line {line}: "
    assert str(info.value).startswith(place)
    assert problem in str(info.value)
    assert remedy in str(info.value)


def test_a_missing_file_is_named_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormatError) as info:
        list(read_lines("nowhere/train.sdp"))
    assert "nowhere/train.sdp: there is no such file." in str(info.value)
    assert str(tmp_path / "nowhere" / "train.sdp") in str(info.value)


def test_a_directory_is_no_file(tmp_path):
    with pytest.raises(FormatError, match=r"is a directory\. Name one file in it"):
        list(read_lines(tmp_path))


def test_a_format_error_survives_pickling():
    error = pickle.loads(pickle.dumps(FormatError("f", 3, "It is odd.", "Mend it.")))
    assert (str(error), error.path, error.line) == ("f, line 3: It is odd. Mend it.", "f", 3)


def test_writing(tmp_path):
    write_text(tmp_path / "file", ["ä\n", "b\n"])
    assert (tmp_path / "file").read_bytes() == b"\xc3\xa4\nb\n"


def test_columns():
    assert format_columns([1, None, "a b", "_"]) == "1\t_\ta b\t_"


@pytest.mark.parametrize("value", ["", "a\tb", "a\nb", "a\r"])
def test_values_that_would_spoil_a_file_are_refused(value):
    with pytest.raises(ValueError, match="cannot be written to a column") as info:
        format_columns([1, value])
    assert repr(value) in str(info.value)
