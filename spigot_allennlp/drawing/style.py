"""
The colours of pictures, charts and pages, in light and dark.

Hues are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people with any kind of
colour vision can tell apart, made darker or lighter until text in them reads well on the paper.
"""

from typing import Dict, Tuple

FONT = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans","DejaVu Sans",'
    "sans-serif"
)

#: For each name the colour in light and in dark.
PALETTE: Dict[str, Tuple[str, str]] = {
    "paper": ("#ffffff", "#16191d"),
    "ink": ("#1b1f24", "#e8eaed"),
    "quiet": ("#5a636e", "#a3acb6"),
    "rule": ("#d5dae0", "#3a4149"),
    "tree": ("#0063a5", "#6cb8f0"),
    "graph": ("#00745a", "#35c99f"),
    "right": ("#0063a5", "#6cb8f0"),
    "spurious": ("#b84300", "#ff8f4d"),
    "missing": ("#6a727c", "#98a1ab"),
    "series-1": ("#0072b2", "#56b4e9"),
    "series-2": ("#c24a00", "#ff8a47"),
    "series-3": ("#007d5e", "#22c493"),
    "series-4": ("#a8447c", "#e58fbf"),
    "series-5": ("#7a6a00", "#e3cf3c"),
    "series-6": ("#4d4d4d", "#c9c9c9"),
}

NUM_SERIES = sum(name.startswith("series-") for name in PALETTE)


def paint(attribute: str, name: str) -> str:
    """
    A declaration of CSS: the light colour for programs that know no variables, then the variable.
    """
    return f"{attribute}:{PALETTE[name][0]};{attribute}:var(--{name});"


def _variables(theme: int) -> str:
    return "".join(f"--{name}:{colors[theme]};" for name, colors in PALETTE.items())


COLORS = (
    f".spigot{{{_variables(0)}}}"
    f"@media (prefers-color-scheme:dark){{.spigot{{{_variables(1)}color-scheme:dark;}}}}"
    f"@media print{{.spigot{{{_variables(0)}}}}}"
)


def _arc(kind: str, line: str, label: str, extra: str = "") -> str:
    """The rules for a kind of arc: the colours of its line and of its label."""
    return (
        f".spigot .line.{kind}{{{paint('stroke', line)}{extra}}}"
        f".spigot .tip.{kind}{{{paint('fill', line)}}}"
        f".spigot .label.{kind}{{{paint('fill', label)}}}"
    )


PICTURE = (
    f".spigot text{{font-family:{FONT};white-space:pre;}}"
    f".spigot .paper{{{paint('fill', 'paper')}}}"
    f".spigot .word{{font-size:15px;text-anchor:middle;{paint('fill', 'ink')}}}"
    f".spigot .word.changed{{{paint('fill', 'spurious')}text-decoration:underline;}}"
    ".spigot .label{font-size:11px;text-anchor:middle;}"
    f".spigot .note{{font-size:12px;{paint('fill', 'ink')}}}"
    ".spigot .line{fill:none;stroke-width:1.4px;}"
    + _arc("tree", "tree", "tree")
    + _arc("graph", "graph", "graph")
    + _arc("right", "right", "right")
    + _arc("spurious", "spurious", "spurious", "stroke-width:2.2px;")
    + _arc("missing", "missing", "missing", "stroke-dasharray:5 3;")
    + _arc("relabeled", "right", "spurious")
    + ".spigot .line.top{stroke-dasharray:0.1 4;stroke-linecap:round;stroke-width:2px;}"
    ".spigot .arc:hover .line{stroke-width:3px;}"
)

CHART = (
    f".spigot text{{font-family:{FONT};}}"
    f".spigot .paper{{{paint('fill', 'paper')}}}"
    f".spigot .axis{{fill:none;{paint('stroke', 'quiet')}}}"
    f".spigot .grid{{fill:none;{paint('stroke', 'rule')}}}"
    f".spigot .tick{{font-size:11px;{paint('fill', 'quiet')}}}"
    f".spigot .name{{font-size:12px;{paint('fill', 'ink')}}}"
    f".spigot .heading{{font-size:13px;font-weight:600;{paint('fill', 'ink')}}}"
    ".spigot .curve{fill:none;stroke-width:2px;stroke-linejoin:round;}"
    ".spigot .band{fill-opacity:.18;}"
    + "".join(
        f".spigot .series-{n}.curve{{{paint('stroke', f'series-{n}')}}}"
        f".spigot .series-{n}.band,.spigot .series-{n}.mark{{{paint('fill', f'series-{n}')}}}"
        for n in range(1, NUM_SERIES + 1)
    )
)

PAGE = (
    f"body.spigot{{margin:0 auto;max-width:76rem;padding:1rem 1.25rem 4rem;font:16px/1.5 {FONT};"
    f"{paint('color', 'ink')}{paint('background', 'paper')}}}"
    "h1{font-size:1.5rem;line-height:1.25;}h2{font-size:1.15rem;margin-top:2.5rem;}"
    "h3{font-size:1rem;}p{max-width:46rem;}p.sentence{max-width:none;}"
    "figure{margin:1rem 0;}"
    f"figcaption,.quiet,.sentence{{{paint('color', 'quiet')}font-size:.9rem;}}"
    ".wide{overflow-x:auto;}"
    f".wide:focus-visible{{outline:2px solid;{paint('outline-color', 'tree')}}}"
    "svg{display:block;}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;}"
    f"th,td{{padding:.25rem .75rem;text-align:start;{paint('border-color', 'rule')}"
    "border-style:solid;border-width:0 0 1px;}"
    "th{font-weight:600;}td.number,th.number{text-align:end;}"
    f"a{{{paint('color', 'tree')}}}"
    "code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.9em;}"
    "pre{overflow-x:auto;}"
    "@media print{.wide{overflow:visible;}section{break-inside:avoid;}}"
)
