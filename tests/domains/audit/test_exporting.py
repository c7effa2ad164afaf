"""Cells of the export: shown by a spreadsheet, and never calculated."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwalo.audit.exporting import lines, neutral

DANGEROUS = tuple("=+-@\t\r")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
CELLS = TEXT | st.builds(str.__add__, st.sampled_from(DANGEROUS), TEXT)
TABLES = st.integers(1, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1))


@given(TABLES)
def test_no_cell_is_a_formula_and_nothing_is_lost(table: list[list[str]]) -> None:
    """What a reader of RFC 4180 gets back is the text, with an apostrophe before what would be calculated."""
    read = list(csv.reader(io.StringIO(lines(table), newline=""), strict=True))
    for row, found in zip(table, read, strict=True):
        # The library reads an empty line for one empty cell.
        for cell, shown in zip(row, found or [""], strict=True):
            assert not shown.startswith(DANGEROUS)
            assert shown in {cell, f"'{cell}"}
            assert (shown == cell) or cell.startswith((*DANGEROUS, *"＝＋－＠"))  # noqa: RUF001


@given(TABLES)
def test_every_line_ends_as_the_rfc_says(table: list[list[str]]) -> None:
    """CR and LF; those inside of a cell are quoted."""
    text = lines(table)
    assert text.endswith("\r\n")
    outside = "".join(text.split('"')[::2])
    assert outside.replace("\r\n", "").count("\n") == outside.replace("\r\n", "").count("\r") == 0


@pytest.mark.parametrize("cell", ["=1+1", "+49 30 1", "-1", "@SUM(A1)", "\tx", "\r=1", '=HYPERLINK("http://x")'])
def test_a_formula_becomes_text(cell: str) -> None:
    """By the apostrophe that spreadsheets know."""
    assert neutral(cell) == f"'{cell}"
