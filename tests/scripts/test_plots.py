from xml.etree import ElementTree

import pytest

from scripts import plots

SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)


def points(drawn: str) -> list[list[tuple[float, float]]]:
    """Return the points of each line of the picture."""
    found = [line.attrib["points"].split() for line in parsed(drawn).iter(f"{SVG}polyline")]
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in pairs)] for pairs in found]


def test_lines_keep_their_order_and_their_proportions() -> None:
    lines = [plots.Line("a", [(0, 0), (5, 10), (10, 20)]), plots.Line("b", [(0, 20), (10, 20)])]

    drawn = plots.lines("T", lines, x=plots.Axis("x"), y=plots.Axis("y"))
    first, second = points(drawn)

    assert first[1][0] - first[0][0] == pytest.approx(first[2][0] - first[1][0], abs=0.2)
    assert first[0][1] - first[1][1] == pytest.approx(first[1][1] - first[2][1], abs=0.2)
    assert second[0][1] == second[1][1] == first[2][1]


def test_on_a_logarithmic_axis_tens_are_evenly_apart() -> None:
    line = plots.Line("a", [(10, 1), (100, 1), (1000, 1)])

    ((one, two, three),) = points(plots.lines("T", [line], x=plots.Axis("x", log=True), y=plots.Axis("y")))

    assert two[0] - one[0] == pytest.approx(three[0] - two[0], abs=0.2)


def test_a_limit_is_a_line_across_and_inside_the_picture() -> None:
    line = plots.Line("a", [(1, 1), (2, 2)])

    drawn = parsed(plots.lines("T", [line], x=plots.Axis("x"), y=plots.Axis("y"), limit=12))
    (limit,) = [each for each in drawn.iter(f"{SVG}line") if each.attrib.get("class") == "limit"]

    assert plots.TOP <= float(limit.attrib["y1"]) < plots.HEIGHT / 2


def test_a_bar_beyond_its_limit_is_of_another_colour() -> None:
    drawn = parsed(plots.bars("T", [("fast", 0.5, "1 s"), ("slow", 3.0, "6 s")], foot="."))

    assert [bar.attrib["class"] for bar in drawn.iter(f"{SVG}rect")] == ["paper", "c0", "over"]


def test_names_are_text_and_no_marks() -> None:
    lines = [plots.Line("a < b & c", [(1, 1)])]

    drawn = plots.lines("<T>", lines, x=plots.Axis("x"), y=plots.Axis("y"))

    assert "a < b & c" in [text.text for text in parsed(drawn).iter(f"{SVG}text")]


def test_every_picture_has_colours_for_light_and_for_dark_screens() -> None:
    assert "prefers-color-scheme: dark" in plots.bars("T", [("a", 1.0, "")], foot="")


def test_without_points_nothing_can_be_drawn() -> None:
    with pytest.raises(ValueError, match="point"):
        plots.lines("T", [], x=plots.Axis("x"), y=plots.Axis("y"))


@pytest.mark.parametrize(("number", "text"), [(0.05, "0.05"), (12.0, "12"), (10_000, "10 k"), (2_500_000, "2.5 M")])
def test_numbers_along_an_axis_are_short(number: float, text: str) -> None:
    assert plots.short(number) == text
