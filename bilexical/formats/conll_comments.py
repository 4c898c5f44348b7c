"""What the comments of a CoNLL file say about the sentence after them."""

from typing import List

from conllu.parser import parse_comment_line


def sentence_id(comments: List[str]) -> str:
    """The value of `# sent_id = ...`, empty if there is none."""
    for comment in filter(None, comments):
        for key, value in parse_comment_line(comment):
            if key == "sent_id" and value:
                return value
    return ""
