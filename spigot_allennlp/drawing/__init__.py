"""
Pictures of sentences, charts and pages: SVG and HTML that need nothing from elsewhere.

Nothing here imports torch, numpy or AllenNLP.
"""

from spigot_allennlp.drawing.bar_charts import Bars, bar_chart
from spigot_allennlp.drawing.comparison import compare
from spigot_allennlp.drawing.line_charts import Line, line_chart
from spigot_allennlp.drawing.markup import element, escape
from spigot_allennlp.drawing.pages import Section, figure, page
from spigot_allennlp.drawing.picture import Picture, PictureArc, Status, picture_of
from spigot_allennlp.drawing.svg_pictures import svg, svg_legend
from spigot_allennlp.drawing.terminal import terminal_drawing

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
    "line_chart",
    "page",
    "picture_of",
    "svg",
    "svg_legend",
    "terminal_drawing",
]
