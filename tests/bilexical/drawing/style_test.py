import pytest

from bilexical.drawing.style import CHART, COLORS, PAGE, PALETTE, PICTURE


def luminance(color):
    """Relative luminance of WCAG 2 (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear))


def contrast(a, b):
    low, high = sorted(map(luminance, (a, b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("name", sorted(set(PALETTE) - {"paper", "rule"}))
def test_text_can_be_read(name, theme):
    assert contrast(PALETTE[name][theme], PALETTE["paper"][theme]) >= 4.5


@pytest.mark.parametrize("css", [COLORS, PICTURE, CHART, PAGE])
def test_braces_and_variables(css):
    assert css.count("{") == css.count("}")
    for name in css.split("var(--")[1:]:
        assert name.partition(")")[0] in PALETTE


@pytest.mark.parametrize("css", [PICTURE, CHART])
def test_programs_without_variables_see_every_color(css):
    plain, _, with_variables = css.partition("@supports")
    assert "@" not in plain and "var(" not in plain
    for name in with_variables.split("var(--")[2:]:
        assert PALETTE[name.partition(")")[0]][0] in plain
