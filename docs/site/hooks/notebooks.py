"""Notebooks are run when the site is built, and become pages with what they show.

A notebook that fails ends the build.  ``NOTEBOOKS=no`` leaves them as they are, without outputs,
for whoever writes on other pages.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

ROOT = Path(__file__).parents[3]
LONGEST = 600
"""Seconds that a cell may take."""
SILENT = ("application/vnd.jupyter.widget-view+json",)
"""Progress bars, which are gone when the cell has ended."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for every notebook, with its figures as files."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if os.environ.get("NOTEBOOKS") != "no":
            _run(notebook)
        page, figures = _as_page(notebook, path.stem)
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=page))
        for name, image in figures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=image))
        files.append(File.generated(config, f"notebooks/{path.name}", abs_src_path=str(path)))
    return files


def _run(notebook: NotebookNode) -> None:
    """Run a notebook in a process of its own, to which sockets in a temporary folder lead."""
    with tempfile.TemporaryDirectory() as folder:
        sockets = Config(KernelManager={"transport": "ipc", "ip": f"{folder}/kernel"})
        NotebookClient(notebook, timeout=LONGEST, config=sockets).execute()


def _as_page(notebook: NotebookNode, name: str) -> tuple[str, dict[str, bytes]]:
    """Return a notebook as Markdown, and its figures by the names that the page has for them."""
    parts: list[str] = []
    figures: dict[str, bytes] = {}
    for cell in notebook.cells:
        parts.append(
            cell.source if cell.cell_type == "markdown" else _fenced(cell.source, "python")
        )
        for output in cell.get("outputs", ()):
            parts.extend(_shown(output, f"{name}-{len(figures) + 1}.png", figures))
    title, *rest = parts
    whole = f'This page is a notebook: <a href="{name}.ipynb">{name}.ipynb</a>.'
    return "\n\n".join(
        [*title.split("\n", 1)[:1], whole, *title.split("\n", 1)[1:], *rest]
    ), figures


def _shown(output: NotebookNode, figure: str, figures: dict[str, bytes]) -> Iterator[str]:
    """Yield an output as Markdown; of its forms the richest that a page can show."""
    if output.output_type == "stream":
        if output.name == "stdout":
            yield _fenced(output.text.rstrip(), "text")
        return
    data = output.get("data", {})
    if any(kind in data for kind in SILENT):
        return
    if "image/png" in data:
        figures[figure] = base64.b64decode(data["image/png"])
        yield f"![what the cell draws]({figure})"
    elif "text/html" in data:
        yield f'<div class="output">{_without_blank_lines(data["text/html"])}</div>'
    elif "text/plain" in data:
        yield _fenced(data["text/plain"], "text")


def _without_blank_lines(html: str) -> str:
    """Return HTML that Markdown takes for one block."""
    return "\n".join(line.strip() for line in html.splitlines() if line.strip())


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"
