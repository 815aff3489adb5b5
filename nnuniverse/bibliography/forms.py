"""How a work is written: as a line of text, or as an entry of BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from nnuniverse.bibliography.used import Cited
from nnuniverse.bibliography.works import Work

OTHERS = "others"

MOST_NAMED = 3
"""Authors that a line of text names."""

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}
"""Characters that TeX would obey."""

ACCENTS = {
    "\N{COMBINING ACUTE ACCENT}": "'",
    "\N{COMBINING GRAVE ACCENT}": "`",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "^",
    "\N{COMBINING DIAERESIS}": '"',
    "\N{COMBINING TILDE}": "~",
    "\N{COMBINING CEDILLA}": "c ",
    "\N{COMBINING CARON}": "v ",
}


def as_text(work: Work) -> str:
    """Return one line: authors, title, where and when, and the identifiers.

    ``work``: what is cited.
    """
    where = f"{work.journal} {work.volume}" if work.journal else ""
    where += f" ({work.number})" if work.number else ""
    where += f", {work.pages}" if work.pages else ""
    version = f"version {work.version}" if work.version else ""
    year = f"({work.year})" if work.year else ""
    parts = [_names(work), work.title, where, version]
    identifiers = [
        f"doi:{work.doi}" if work.doi else "",
        f"arXiv:{work.arxiv}" if work.arxiv and work.title != f"arXiv:{work.arxiv}" else "",
        work.url,
    ]
    line = " ".join([", ".join(filter(None, parts)), year]).strip()
    return ". ".join([line, *filter(None, [", ".join(filter(None, identifiers))])])


def _names(work: Work) -> str:
    named = [" ".join(reversed(name)) for name in work.authors if name[0] != OTHERS]
    if len(named) < len(work.authors) or len(named) > MOST_NAMED:
        return f"{named[0]} et al."
    return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))


def as_bibtex(cited: Sequence[Cited]) -> str:
    """Return the entries of BibTeX, each key once.

    ``cited``: what is cited; the entries of authors are taken as they are.
    """
    keys: dict[str, str] = {}
    for one in cited:
        text = one.bibtex or _entry(one.work)
        key = text.partition("{")[2].partition(",")[0].strip()
        keys.setdefault(key, text)
    return "\n\n".join(keys.values()) + "\n"


def _entry(work: Work) -> str:
    names = (f"{{{_tex(n[0])}}}" if _is_one(n) else _tex(", ".join(n)) for n in work.authors)
    fields = {
        "author": " and ".join(names),
        "title": f"{{{_tex(work.title)}}}",
        "journal": _tex(work.journal),
        "volume": work.volume,
        "number": work.number,
        "pages": work.pages.replace("-", "--"),
        "year": str(work.year or ""),
        "version": _tex(work.version),
        "doi": work.doi,
        "eprint": work.arxiv,
        "archivePrefix": "arXiv" if work.arxiv else "",
        "url": work.url,
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    key = re.sub(r"[^A-Za-z0-9]+", "_", work.key) + _of_version(work)
    return f"@{work.type}{{{key},\n" + ",\n".join(lines) + "\n}"


def _of_version(work: Work) -> str:
    """Return what tells versions of one program apart, which several runs may have used."""
    return f"_{re.sub(r'[^A-Za-z0-9]+', '_', work.version)}" if work.version else ""


def _is_one(name: tuple[str, ...]) -> bool:
    """Return whether a name is that of a group, which TeX must not take apart."""
    return len(name) == 1 and name[0] != OTHERS


def _tex(text: str) -> str:
    """Return ``text`` in ASCII, with nothing in it that TeX would obey."""
    return "".join(map(_tex_character, unicodedata.normalize("NFC", text)))


def _tex_character(character: str) -> str:
    if character.isascii():
        return SPECIAL.get(character, character)
    parts = unicodedata.normalize("NFD", character)
    if len(parts) == 2 and parts[1] in ACCENTS and parts[0].isascii():
        return f"{{\\{ACCENTS[parts[1]]}{parts[0]}}}"
    return character
