"""The site loads nothing from elsewhere: it is read without a network, and tells nobody of it.

Links may lead anywhere; what a page needs to be shown may not.
"""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError

ELSEWHERE = r"[\"']?(?:https?:)?//"
LOADED = {
    "*.html": re.compile(
        rf"<(?:script|img|iframe|source|video|audio|embed|object|input)\b[^>]*"
        rf"\s(?:src|srcset|data|poster)={ELSEWHERE}|<link\b[^>]*\shref={ELSEWHERE}",
        re.IGNORECASE,
    ),
    "*.css": re.compile(rf"@import\s+{ELSEWHERE}|url\(\s*{ELSEWHERE}", re.IGNORECASE),
}


def on_post_build(config: MkDocsConfig) -> None:
    """End the build if a page or a style sheet loads something from elsewhere."""
    for kind, pattern in LOADED.items():
        for path in sorted(Path(config.site_dir).rglob(kind)):
            if found := pattern.search(path.read_text("utf-8")):
                raise PluginError(f"{path} loads something from elsewhere: {found[0]}")
