"""Text that Markdown leaves as it is, tables and anchors."""

from __future__ import annotations

import pytest

from nnuniverse.markdown import anchor, escaped, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("|x| < 1", r"|x| \< 1"),
        ("a_i^2 and N_> of lambda_i", "a_i^2 and N_> of lambda_i"),
        ("||A^2||_F^2 and _x_", r"||A^2||\_F^2 and \_x_"),
        ("[a] ~ 2 * 3 `x`", r"\[a\] \~ 2 \* 3 \`x\`"),
    ],
)
def test_plain_text_shows_as_it_stands(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_a_bar_does_not_end_a_cell() -> None:
    assert table(["a", "b"], [["|x|", "1"]]) == "| a | b |\n| --- | --- |\n| \\|x\\| | 1 |"


@pytest.mark.parametrize(
    ("heading", "link"),
    [
        ("Fig. 1: -Laplacian F of the two-peak model", "fig-1--laplacian-f-of-the-two-peak-model"),
        ("Deeper, more skewed, better? (Sec. 9)", "deeper-more-skewed-better-sec-9"),
        ("results.h5", "resultsh5"),
        ("A30", "a30"),
    ],
)
def test_anchors_are_those_of_github(heading: str, link: str) -> None:
    assert anchor(heading) == link
