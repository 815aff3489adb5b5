"""Files beside docs/ that its pages link to are part of the site, and links lead to them there.

A page of docs/ links to `../configs/graph.yaml`, as one reads it in a checkout; in the site, whose
root is docs/, that file lies at `configs/graph.yaml`.  A notebook is a page there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[3]
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)(?=[)#])")
PAGES = ("CONTRIBUTING.md", "CODE_OF_CONDUCT.md", "SECURITY.md", "CHANGELOG.md")
"""Pages of the site that lie beside docs/, whether or not anything links to them."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what pages link to outside docs/."""
    texts = {
        f"docs/{file.src_uri}": file.content_string for file in files.documentation_pages()
    } | {name: (ROOT / name).read_text("utf-8") for name in PAGES if (ROOT / name).exists()}
    wanted = {target for place, text in texts.items() for target in _targets(place, text)}
    outside = {one for one in wanted if not one.startswith(("docs/", ".."))} | set(PAGES)
    for name in sorted(outside):
        if (ROOT / name).is_file() and files.get_file_from_path(_in_site(name)) is None:
            files.append(File.generated(config, _in_site(name), abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return a page whose links lead to where their targets lie in the site."""
    here = page.file.src_uri
    place = here if page.file.generated_by else f"docs/{here}"

    def moved(link: re.Match[str]) -> str:
        target = _in_site(posixpath.normpath(posixpath.join(posixpath.dirname(place), link[1])))
        return posixpath.relpath(target, posixpath.dirname(here) or ".")

    return LINK.sub(moved, markdown)


def _targets(place: str, text: str) -> Iterator[str]:
    """Yield what a page links to, as paths from the root of the checkout."""
    for link in LINK.findall(text):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(place), link))


def _in_site(path: str) -> str:
    """Return where a file of the checkout lies in the site."""
    notebook = path.startswith("notebooks/") and path.endswith(".ipynb")
    return path.removesuffix(".ipynb") + ".md" if notebook else path.removeprefix("docs/")
