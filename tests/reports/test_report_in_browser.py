"""The page in a browser: only its script runs, nothing is fetched, all is seen, on paper too."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("reports")

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
DESK, PHONE = (1280, 900), (390, 844)
SCRIPTS = {"page": 1, "hostile_page": 1, "judged_page": 0, "hostile_judged_page": 0}
"""Of each page, how many it has."""
PAGES = list(SCRIPTS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium; skips without one, or fails if NNU_REQUIRE_CHROMIUM=1."""
    program = os.environ.get("NNU_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        reason = "no Chromium: name one in NNU_CHROMIUM"
        if os.environ.get("NNU_REQUIRE_CHROMIUM") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Opened:
    """A page in a tab, and what happened in it."""

    tab: Any
    address: str
    events: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def show(
    browser: Any, request: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Opened]]:
    """Show a page in a window of some size; it is opened once for all tests."""
    folder = tmp_path_factory.mktemp("pages")
    for name in PAGES:
        content = request.getfixturevalue(name).encode(errors="replace")
        (folder / f"{name}.html").write_bytes(content)
    tabs: dict[str, Opened] = {}

    def opened(which: str) -> Opened:
        tab = browser.new_page(viewport={"width": DESK[0], "height": DESK[1]})
        page = Opened(tab, (folder / f"{which}.html").as_uri())
        tab.on("console", lambda m: page.events.append(m.text) if m.type == "error" else None)
        tab.on("pageerror", lambda error: page.events.append(str(error)))
        tab.on("dialog", lambda dialog: (page.events.append(dialog.message), dialog.dismiss()))
        tab.on("request", lambda asked: page.requests.append(asked.url))
        tab.goto(page.address)
        tab.wait_for_load_state("load")
        return page

    def shown(which: str, size: tuple[int, int]) -> Opened:
        if which not in tabs:
            tabs[which] = opened(which)
        tabs[which].tab.set_viewport_size({"width": size[0], "height": size[1]})
        return tabs[which]

    yield shown
    for page in tabs.values():
        page.tab.close()


@pytest.mark.parametrize("which", PAGES)
def test_nothing_foreign_runs_fails_or_is_fetched(which: str, show: Callable[..., Opened]) -> None:
    page = show(which, DESK)
    page.tab.wait_for_timeout(200)
    assert page.events == []
    assert page.requests[0] == page.address
    assert [url[:60] for url in page.requests[1:] if not url.startswith("data:")] == []
    assert page.tab.evaluate("typeof window.marker") == "undefined"
    assert page.tab.evaluate("document.scripts.length") == SCRIPTS[which]


@pytest.mark.parametrize("which", PAGES)
def test_every_figure_is_seen_and_said(which: str, show: Callable[..., Opened]) -> None:
    page = show(which, DESK)
    images = page.tab.evaluate(
        "[...document.images].map(i => [i.complete, i.naturalWidth, i.clientWidth, i.alt.trim()])"
    )
    assert len(images) >= (8 if SCRIPTS[which] else 5)
    for complete, natural, shown, words in images:
        assert complete
        assert natural > 0
        assert shown > 200
        assert words


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("which", PAGES)
def test_nothing_overflows_sideways(
    which: str, size: tuple[int, int], show: Callable[..., Opened]
) -> None:
    tab = show(which, size).tab
    assert tab.evaluate("document.documentElement.scrollWidth") <= size[0]
    # What is wider than the screen scrolls in its own box.
    wide = tab.evaluate(
        "[...document.querySelectorAll('table, pre, img, p, h1, h2, h3')]"
        ".filter(e => !e.closest('.scroll, pre'))"
        f".filter(e => e.getBoundingClientRect().right > {size[0]}).map(e => e.tagName)"
    )
    assert wide == []


def test_letters_can_be_read_on_a_phone(show: Callable[..., Opened]) -> None:
    tab = show("page", PHONE).tab
    sizes = tab.evaluate(
        "[...document.querySelectorAll('body, td, th, pre, p, figcaption')]"
        ".map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 12.0
    assert sizes[0] >= 16.0


def test_what_scrolls_can_be_reached_by_keyboard(show: Callable[..., Opened]) -> None:
    tab = show("page", PHONE).tab
    assert tab.evaluate(
        "[...document.querySelectorAll('*')]"
        ".filter(e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))"
        ".every(e => e.tabIndex === 0)"
    )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_slider_steps_through_the_snapshots(
    size: tuple[int, int], show: Callable[..., Opened]
) -> None:
    tab = show("page", size).tab
    slider = tab.locator(".slider")
    path = slider.locator(".now")

    def at() -> tuple[str, str]:
        return slider.locator("output").inner_text(), path.get_attribute("d")

    knob = slider.locator("input")
    knob.focus()
    tab.keyboard.press("End")
    assert slider.is_visible()
    last = at()
    assert last[0] == "epoch 4"
    tab.keyboard.press("ArrowLeft")
    assert at() != last
    tab.keyboard.press("Home")
    first = at()
    assert first == ("epoch 0", slider.locator(".before").get_attribute("d"))
    assert knob.get_attribute("aria-valuetext") == "epoch 0"
    box = path.bounding_box()
    assert box["x"] > 0
    assert box["x"] + box["width"] < size[0]
    assert box["height"] > 50


def test_the_page_is_whole_without_its_script(browser: Any, show: Callable[..., Opened]) -> None:
    address = show("page", DESK).address
    with browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(address)
        assert not tab.locator(".slider").is_visible(), "no control that does nothing"
        assert tab.locator("figure img").first.is_visible()
        assert tab.locator("table").last.is_visible()


def test_another_script_is_refused(
    page: str, browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("changed") / "page.html"
    file.write_text(page.replace("</body>", "<script>window.marker = 1</script></body>"))
    tab = browser.new_page()
    tab.goto(file.as_uri())
    assert tab.evaluate("typeof window.marker") == "undefined"
    assert tab.locator(".slider").is_visible()
    tab.close()


def test_the_first_column_stays_on_a_phone(show: Callable[..., Opened]) -> None:
    tab = show("page", PHONE).tab
    moved = tab.evaluate(
        """[...document.querySelectorAll('.scroll')]
        .filter(box => box.scrollWidth > box.clientWidth + 1)
        .map(box => {
            const [first, second] = box.querySelector('tbody tr').children;
            box.scrollLeft = box.scrollWidth;
            const edge = box.getBoundingClientRect().left;
            const at = [first, second].map(cell => cell.getBoundingClientRect().left - edge);
            const room = first.getBoundingClientRect().width / box.clientWidth;
            box.scrollLeft = 0;
            return [...at, room];
        })"""
    )
    assert moved, "there are wide tables"
    for first, second, room in moved:
        assert abs(first) < 1
        assert second < 200
        assert room < 0.5


def test_figures_of_a_row_are_equally_high(show: Callable[..., Opened]) -> None:
    tab = show("page", DESK).tab
    boxes = tab.evaluate(
        """[...document.querySelectorAll('.figures figure')].map(figure => [
            figure, figure.querySelector('figcaption')
        ].map(e => e.getBoundingClientRect()).map(box => [box.top, box.height]).flat())"""
    )
    rows: dict[float, set[tuple[float, ...]]] = {}
    for top, *heights in boxes:
        rows.setdefault(round(top), set()).add(tuple(map(round, heights)))
    assert len(rows) < len(boxes), "some stand beside each other"
    assert all(len(row) == 1 for row in rows.values())


@pytest.mark.parametrize("which", PAGES)
def test_the_page_prints(which: str, show: Callable[..., Opened]) -> None:
    tab = show(which, DESK).tab
    pdf = tab.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") > 1


def test_nothing_is_cut_off_on_paper(show: Callable[..., Opened]) -> None:
    # A4 within margins of a centimetre, in pixels of the style sheet.
    tab = show("page", (718, 1047)).tab
    tab.emulate_media(media="print")
    right, clipped = tab.evaluate(
        "[Math.max(...[...document.querySelectorAll('table, pre, img')]"
        ".map(e => e.getBoundingClientRect().right)),"
        " [...document.querySelectorAll('.scroll, pre')].filter(e => e.scrollWidth > e.clientWidth"
        " && getComputedStyle(e).overflowX !== 'visible').length]"
    )
    tab.emulate_media(media="null")
    assert right <= 718
    assert clipped == 0


def test_two_clicks_from_a_number_to_how_it_was_obtained(show: Callable[..., Opened]) -> None:
    tab = show("judged_page", DESK).tab
    link = tab.locator("table a", has_text="E4.mu2").first
    link.click()
    card = tab.locator("article:target")
    assert "mu2.final" in card.inner_text()
    assert "nnu reproduce paper.yaml --claim E4.mu2 --judge" in card.inner_text()
    card.get_by_text("tiny/").click()
    assert tab.locator("h3:target").inner_text().startswith("tiny/")
    facts = tab.locator("h3:target + .scroll")
    assert facts.bounding_box()["y"] < DESK[1]
    assert "nnu train configs/deep.yaml" in facts.inner_text()
    assert "c0de" in facts.inner_text()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_values_are_drawn_within_their_strip(
    size: tuple[int, int], show: Callable[..., Opened]
) -> None:
    tab = show("judged_page", size).tab
    outside = tab.evaluate(
        """[...document.querySelectorAll('.strip svg')].flatMap(svg => {
            const box = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('circle, path, text')]
                .map(part => part.getBoundingClientRect())
                .filter(at => at.left < box.left - 1 || at.right > box.right + 1
                    || at.top < box.top - 1 || at.bottom > box.bottom + 1)
                .map(at => [box.left, at.left, at.right, box.right]);
        })"""
    )
    assert tab.locator(".strip svg").count() == 6
    assert outside == []
