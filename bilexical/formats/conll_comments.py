"""What the comments of a CoNLL file say about the sentence after them."""

from typing import List, Optional, Sequence


def sentence_id(comments: List[str]) -> str:
    """The value of `# sent_id = ...`, the last of several; empty if there is none."""
    return comment_value(comments, "sent_id")


def comment_value(comments: List[str], name: str) -> str:
    """The value of `# name = ...`, the last of several; empty if there is none."""
    return next(filter(None, (_value(comment, name) for comment in reversed(comments))), "")


def with_comment(comments: Sequence[str], name: str, value: str) -> List[str]:
    """The comments with `# name = value` after them, in place of what they say of it."""
    others = [comment for comment in comments if _value(comment, name) is None]
    return [*others, f"# {name} = {value}"]


def _value(comment: str, name: str) -> Optional[str]:
    """What a comment says of `name`; `None` if it says nothing of it."""
    key, equals, value = comment[1:].partition("=")
    return value.strip() if equals and key.strip() == name else None
