"""
Pictures of sentences, charts and pages: SVG and HTML that need nothing from elsewhere.

Nothing here imports torch, numpy or AllenNLP.
"""

from bilexical.drawing.bar_charts import Bars, bar_chart
from bilexical.drawing.differences import compare
from bilexical.drawing.heat_maps import heat_map
from bilexical.drawing.line_charts import Line, line_chart
from bilexical.drawing.markup import element, escape
from bilexical.drawing.pages import Section, figure, page
from bilexical.drawing.picture import Picture, PictureArc, Status, picture_of
from bilexical.drawing.svg_pictures import svg, svg_legend
from bilexical.drawing.terminal import terminal_drawing

__all__ = [
    "Bars",
    "Line",
    "Picture",
    "PictureArc",
    "Section",
    "Status",
    "bar_chart",
    "compare",
    "element",
    "escape",
    "figure",
    "heat_map",
    "line_chart",
    "page",
    "picture_of",
    "svg",
    "svg_legend",
    "terminal_drawing",
]
