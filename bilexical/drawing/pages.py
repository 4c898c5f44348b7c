"""Pages of HTML that need nothing from elsewhere, and no script."""

from typing import NamedTuple, Sequence

from bilexical.drawing import style
from bilexical.drawing.markup import element, escape


class Section(NamedTuple):
    """
    # Parameters

    heading : `str`
    body : `str`
        HTML.
    """

    heading: str
    body: str


def page(title: str, sections: Sequence[Section], introduction: str = "") -> str:
    """
    A page of HTML in the colors of the pictures and charts, in light and dark.

    # Parameters

    title : `str`
    sections : `Sequence[Section]`
        Each has an `id`, `section-1`, `section-2`, ..., to be linked to.
    introduction : `str`
        HTML between the title and the first section.
    """
    body = [section_of_page(number, section) for number, section in enumerate(sections, 1)]
    return page_start(title, introduction) + "".join(body) + PAGE_END


def page_start(title: str, introduction: str = "") -> str:
    """What comes before the first section of a page; the parameters are those of `page`."""
    css = style.COLORS + style.PAGE + style.PICTURE + style.CHART
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{css}</style>\n</head>\n"
        '<body class="spigot">\n<main>\n'
        + "".join(f"{part}\n" for part in (element("h1", escape(title)), introduction) if part)
    )


def section_of_page(number: int, section: Section) -> str:
    """The section of this number, from 1, with its line end."""
    heading = element("h2", escape(section.heading))
    return f'<section id="section-{number}">{heading}\n{section.body}\n</section>\n'


#: What comes after the last section.
PAGE_END = "</main>\n</body>\n</html>\n"


def figure(svg: str, caption: str = "", name: str = "", right_to_left: bool = False) -> str:
    """
    A picture or chart with its caption, which scrolls sideways where it is wider than the page.

    # Parameters

    svg : `str`
    caption : `str`
        Text.
    name : `str`
        What somebody who does not see the figure calls it, as it takes the keyboard's focus.
    right_to_left : `bool`, optional (default = `False`)
        Whether the right end is what is to be seen first.
    """
    wide = element(
        "div",
        svg,
        class_="wide",
        tabindex="0",
        role="group",
        aria_label=name or caption or None,
        dir="rtl" if right_to_left else None,
    )
    return element("figure", wide + (element("figcaption", escape(caption)) if caption else ""))
