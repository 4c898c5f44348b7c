"""The part of a page that shows a sentence: its words and its picture."""

from bilexical.drawing.markup import element, escape
from bilexical.drawing.pages import Section, figure
from bilexical.drawing.picture import Picture
from bilexical.drawing.svg_pictures import svg
from bilexical.drawing.text import is_right_to_left

#: What a page says before the pictures.
EXPLANATION = "The tree is above the words and the graph below them."


def picture_section(picture: Picture) -> Section:
    """The section of a page for a picture."""
    right_to_left = is_right_to_left(picture.words)
    direction = "rtl" if right_to_left else "ltr"
    text = element("p", escape(" ".join(picture.words)), class_="sentence", dir=direction)
    drawn = figure(svg(picture, standalone=False), picture.caption, picture.title, right_to_left)
    return Section(picture.title, text + drawn)
