"""What every error about a line of a file says."""

import pytest

from bilexical.formats.errors import FormatError


def assert_refused(path, read, text, line, problem, remedy):
    """A file of `text` is refused with a message about a line, which says the remedy too."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError) as info:
        list(read(path))
    message = str(info.value)
    assert info.value.line == line
    assert message.startswith(f"{path}, line {line}: ")
    assert problem in message
    assert remedy in message


def assert_second_is_refused(path, read, sound, old, new, line, problem, remedy):
    """
    As above, for a sentence that differs from a sound one by `new` in place of `old`. It stands
    second, so that the layout is that of the first; `line` counts from its start.
    """
    assert sound.count(old) == 1
    text = sound + sound.replace(old, new)
    assert_refused(path, read, text, sound.count("\n") + line, problem, remedy)
