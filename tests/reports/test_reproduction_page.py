"""The page of judged numbers says how each was obtained; what files hold is text on it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from test_report_page import Reader, codes

from nnuniverse.claims.reproduction.judged_claims import JudgedPaper
from nnuniverse.reports import GENERATOR, REPRODUCTION, is_report, reproduction_page

# With the tests in a browser: the pages are made once.
pytestmark = pytest.mark.xdist_group("reports")


def card(page: str, id_: str) -> str:
    """What the page says of a claim, as HTML."""
    (found,) = re.findall(
        rf'<article class="claim" id="claim-{re.escape(id_)}">(.*?)</article>', page, re.DOTALL
    )
    return str(found)


def section(page: str, heading: str) -> str:
    """What stands between a heading of a run and the next."""
    after = page[page.index(f">{heading}</h3>") :]
    return after[: after.index("<h", 5)]


def test_every_claim_is_told_with_its_verdict(judged: JudgedPaper, judged_page: str) -> None:
    for claim in judged.claims:
        text = "".join(Reader(card(judged_page, claim.number.id)).text)
        assert claim.verdict in text
        assert f"printed: {claim.number.printed}" in text
        assert claim.why in text
    verdicts = {claim.verdict for claim in judged.claims}
    assert len(verdicts) == 5, "the fixture has one of each"


def test_two_links_lead_from_a_claim_to_the_command_that_trained_it(
    judged: JudgedPaper, judged_page: str
) -> None:
    reader = Reader(judged_page)
    targets = [link["href"].removeprefix("#") for link in reader.all("a")]
    anchors = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert set(targets) <= set(anchors)
    assert len(anchors) == len(set(anchors))
    for claim in judged.claims:
        id_ = claim.number.id
        assert f"claim-{id_}" in targets
        links = [link["href"] for link in Reader(card(judged_page, id_)).all("a")]
        if claim.measured is not None:
            names = [run.run for run in judged.runs if run.run in claim.measured.runs]
            assert links == [f"#run-{1 + [r.run for r in judged.runs].index(n)}" for n in names]
            for name in names:
                assert "nnu train configs/deep.yaml" in codes(section(judged_page, name))
                assert "c0de" in section(judged_page, name)


def test_how_a_number_was_obtained(judged_page: str) -> None:
    text = card(judged_page, "E4.mu2")
    assert {"mu2.final", "deep", "nnu reproduce paper.yaml --claim E4.mu2 --judge"} <= set(
        codes(text)
    )
    cells = dict(zip(Reader(text).cells[::2], Reader(text).cells[1::2], strict=True))
    assert "on the scale cbrt; agrees from 1.472 to 2.208" in cells["compared"]
    assert "after Holm over 2 claims (numbers)" in cells["compared"]
    assert cells["values by seed"].startswith("0: 1.925, 1: 1.874,")
    assert "1: none" in "".join(Reader(card(judged_page, "E5.clear")).cells)


def test_values_are_drawn_and_said(judged: JudgedPaper, judged_page: str) -> None:
    for claim in judged.claims:
        drawn = [e for e in Reader(card(judged_page, claim.number.id)).elements if e[0] == "circle"]
        if claim.measured is None:
            assert not drawn
            continue
        values = claim.measured.values
        dots = [attributes for _, attributes in drawn if attributes["class"] == "dot"]
        assert len(dots) == (values == values).sum()
    words = [svg["aria-label"] for svg in Reader(card(judged_page, "E4.mu2")).all("svg")]
    assert words[0].startswith("E4.mu2: 10 values from 1.647 to 2.161, mean 1.9")
    assert words[0].endswith("printed: 1.84.")
    ranked = Reader(card(judged_page, "E9"))
    assert {"rank of mu3.final", "rank of mu2.final"} <= set(ranked.text)
    assert sum("class" in a and a["class"] == "dot" for a in ranked.all("circle")) == 10


def test_figures_of_the_paper_have_ours_beside_them(judged_page: str) -> None:
    sections = dict(re.findall(r'<h2 id="(figure-\d)">(.*?)(?=<h2)', judged_page, re.DOTALL))
    shown = {name: len(Reader(text).all("img")) for name, text in sections.items()}
    assert shown == {"figure-1": 1, "figure-2": 2, "figure-5": 2, "figure-7": 0}
    assert all(len(image["alt"]) > 40 for image in Reader(judged_page).all("img"))


def test_errata_and_claims_lead_to_each_other(judged_page: str) -> None:
    assert 'href="#statement-A30"' in card(judged_page, "F1.extrema")
    (erratum,) = re.findall('id="statement-A30">(.*?)</article>', judged_page, re.DOTALL)
    assert 'href="#claim-F1.extrema"' in erratum
    assert "nnu verify A30" in codes(erratum)
    for verdict in ("wrong as printed", "needs a condition", "approximation"):
        assert f": {verdict}</h3>" in judged_page


def test_what_would_decide_has_seeds_hours_and_a_command(
    judged: JudgedPaper, judged_page: str
) -> None:
    (claim,) = (claim for claim in judged.claims if claim.number.id == "E4.sign")
    assert claim.seeds_needed is not None
    row = re.search('href="#claim-E4.sign">E4.sign</a></th>(<td>10</td>.*?)</tr>', judged_page)
    assert row is not None
    hours = (claim.seeds_needed - 10) * 360.0 / 3600.0
    assert f"<td>{hours:.1f}</td>" in row[1]
    command = f"--claim E4.sign --seeds {claim.seeds_needed} --budget full"
    assert codes(row[1]) == [f"nnu reproduce paper.yaml {command}"]
    assert "has 4 of 30,000 epochs" in judged_page


def test_the_same_numbers_give_the_same_page(judged: JudgedPaper, judged_page: str) -> None:
    assert reproduction_page(judged) == judged_page


def test_a_page_is_told_from_a_report(judged_page: str, page: str, tmp_path: Path) -> None:
    for content, generator in ((judged_page, REPRODUCTION), (page, GENERATOR)):
        file = tmp_path / "page.html"
        file.write_text(content)
        assert [is_report(file, one) for one in (REPRODUCTION, GENERATOR)] == [
            generator == REPRODUCTION,
            generator == GENERATOR,
        ]


TAGS = """
    html head meta title link style body h1 h2 h3 nav ul li a p div table thead tbody tr th td
    article figure img figcaption b span code svg path circle text
"""


@pytest.mark.parametrize("which", ["judged_page", "hostile_judged_page"])
def test_the_page_has_no_script_and_fetches_nothing(which: str, request: Any) -> None:
    reader = Reader(request.getfixturevalue(which))
    assert {tag for tag, _ in reader.elements} <= set(TAGS.split())
    for tag, attributes in reader.elements:
        assert not any(name.startswith("on") for name in attributes)
        if "src" in attributes:
            assert attributes["src"].startswith("data:image/svg+xml;base64,")
        if "href" in attributes:
            assert attributes["href"].startswith("#") or tag == "link"
    (policy,) = [m["content"] for m in reader.all("meta") if "http-equiv" in m]
    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'none'"
    )


def test_hostile_text_is_shown_as_text(hostile_judged_page: str) -> None:
    text = "".join(Reader(hostile_judged_page).text)
    for place in ("says", "where", "reading", "reason", "status", "commit", "data", "title", "run"):
        assert f"window.marker='{place}'" in text
    assert "{{ 7*7 }}" in text
    assert "<script" not in re.sub('src="data:[^"]*"', "", hostile_judged_page)
