"""Prints: cells and pixels that come out at the size that was asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaicdb.errors import UsageError
from mosaicdb.print_size import PrintSize, choose_grid, length, plan_print, viewing_distances

SQUARE = (50, 50)


@given(
    st.floats(50, 5000), st.integers(1, 300), st.integers(1, 300), st.floats(50, 600),
    st.integers(20, 200), st.integers(20, 200),
)  # fmt: skip
def test_a_print_is_exactly_as_wide_as_asked_with_a_resolution_near_the_wanted(
    width: float, columns: int, rows: int, dpi: float, across: int, down: int
) -> None:
    pixels = width / 25.4 * dpi / columns
    if pixels < 2 or max(pixels, pixels * down / across) > 9000 or pixels * down / across < 2:
        return
    plan = plan_print(PrintSize(width, dpi=dpi), (columns, rows), (across, down))
    assert plan.millimetres[0] == pytest.approx(width)
    assert abs(plan.dpi / dpi - 1) <= 0.5 / (pixels - 0.5)  # half a pixel of a cell
    assert abs(plan.tile_size[1] - plan.tile_size[0] * down / across) <= 0.5


@given(st.floats(100, 5000), st.integers(100, 10_000), st.integers(100, 10_000))
def test_a_chosen_grid_gives_a_print_of_the_targets_shape(
    width: float, across: int, down: int
) -> None:
    if max(across, down) > 5 * min(across, down):
        return
    size = PrintSize(width)
    plan = plan_print(size, choose_grid(size, (across, down), SQUARE), SQUARE)
    printed = plan.millimetres
    assert printed[0] == pytest.approx(width)
    assert abs(printed[1] - width * down / across) <= plan.cell_mm * 0.51
    assert plan.cell_mm <= 10.2


def test_a_poster_has_cells_of_a_centimetre() -> None:
    size = PrintSize("120cm", "90cm")
    plan = plan_print(size, choose_grid(size, (400, 300), SQUARE), SQUARE)
    assert (plan.grid, plan.tile_size) == ((120, 90), (79, 79))
    assert plan.millimetres == pytest.approx((1200, 900))
    assert plan.dpi == pytest.approx(200.66, abs=0.01)
    sharp, near, far = viewing_distances(plan)
    assert (round(sharp), round(near), round(far)) == (435, 400, 2000)


def test_a_height_alone_is_met_too() -> None:
    size = PrintSize(height="47in", dpi=100)
    plan = plan_print(size, (40, 30), SQUARE)
    assert plan.millimetres[1] == pytest.approx(47 * 25.4)


@pytest.mark.parametrize("text", ["120", "12 parsecs", "0cm", "-3mm", "nancm", "1e9cm", "", "cm"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not allowed: give a length"):
        PrintSize(text)


@pytest.mark.parametrize(("text", "mm"), [("120cm", 1200), ("3 mm", 3), ("2in", 50.8), (7.5, 7.5)])
def test_lengths_have_units_and_numbers_are_millimetres(text: str | float, mm: float) -> None:
    assert PrintSize(text).width == pytest.approx(mm)


@pytest.mark.parametrize(
    ("size", "grid", "message"),
    [
        (PrintSize("120cm", "60cm"), (40, 30), "is 120 cm wide is 90 cm high, not 60 cm"),
        (PrintSize("1cm"), (400, 300), "would have 0 x 0 pixels"),
        (PrintSize("90m", dpi=600), (2, 2), "pixels, which is not 1 to 10,000"),
        (PrintSize("1cm", bleed="5cm"), (2, 2), "a bleed of 5 cm is larger than the print"),
    ],
)
def test_a_print_that_no_cell_fits_is_refused(
    size: PrintSize, grid: tuple[int, int], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        plan_print(size, grid, SQUARE)


@pytest.mark.parametrize("options", [{"dpi": 300}, {"bleed": 3}, {"sheets": "A4"}])
def test_what_belongs_to_a_print_needs_its_size(options: dict) -> None:
    with pytest.raises(UsageError, match="need the width or the height of the print"):
        PrintSize(**options)


def test_lengths_are_written_as_people_say_them() -> None:
    assert [length(mm) for mm in (8.466, 90, 297, 1200, 2540)] == [
        "8.47 mm", "9 cm", "29.7 cm", "120 cm", "2.54 m"
    ]  # fmt: skip
