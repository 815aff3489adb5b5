"""Pages from templates: everything that is put in is escaped, and no request leaves a page."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape


def rendered(template: str, **content: object) -> str:
    """Return the page that a template of this package makes of its ``content``."""
    environment = Environment(
        loader=PackageLoader("nnuniverse.reports", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked_up"] = marked_up
    return environment.get_template(template).render(**content)


def marked_up(text: str) -> Markup:
    """Return ``text`` with what stands between backticks as code, and all of it escaped."""
    parts = re.split(r"`([^`]*)`", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
