"""What the comments of a CoNLL file say about the sentence after them."""

from typing import List, Sequence


def sentence_id(comments: List[str]) -> str:
    """The value of `# sent_id = ...`, the last of several; empty if there is none."""
    return comment_value(comments, "sent_id")


def comment_value(comments: List[str], name: str) -> str:
    """The value of `# name = ...`, the last of several; empty if there is none."""
    for comment in reversed(comments):
        key, _, value = comment[1:].partition("=")
        if key.strip() == name and value.strip():
            return value.strip()
    return ""


def with_comment(comments: Sequence[str], name: str, value: str) -> List[str]:
    """The comments with `# name = value` after them, in place of what they say of it."""
    others = [comment for comment in comments if comment[1:].partition("=")[0].strip() != name]
    return [*others, f"# {name} = {value}"]
