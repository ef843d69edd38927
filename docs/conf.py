"""Settings of the documentation: sphinx-build -W -b html docs OUT."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import metadata
from typing import Any

import latex2mathml.converter
from docutils import nodes

import mosaicdb

project = "mosaicdb"
author = "the authors of mosaicdb"
project_copyright = author
release = version = metadata.version("mosaicdb")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns: list[str] = []
myst_heading_anchors = 3
myst_enable_extensions = ["dollarmath"]
default_role = "code"

html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"mosaicdb {release}"
html_static_path = ["static"]
html_css_files = ["tables.css"]
html_theme_options = {"navigation_with_keys": True}

autodoc_default_options = {"members": True, "undoc-members": False, "member-order": "bysource"}
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_type_aliases = {"Size": "Size", "ArrayLike": "ArrayLike"}
napoleon_google_docstring = True
napoleon_numpy_docstring = False

for name in mosaicdb.__all__:  # automodule lists only what has been imported
    setattr(mosaicdb, name, getattr(mosaicdb, name))


def _escape(found: re.Match[str]) -> str:
    return found[1] or "\\" + found[2]


def _option_fields(options: type) -> Iterator[str]:
    """Describe the fields of a class of options by their help, as parameters."""
    for declared in fields(options) if is_dataclass(options) else ():
        if kind := declared.metadata.get("kind"):
            yield f":param {declared.name}: {declared.metadata['help']}; {kind.allowed}"


def _mark_up(_app: Any, what: str, _name: str, described: Any, _options: Any, lines: Any) -> None:
    """Make what is indented in the prose of a docstring a literal block, and bars plain text."""
    in_section = False
    if what in ("attribute", "property") and lines:
        lines.insert(0, "\\")  # or napoleon takes what stands before a colon for a type
    for place, line in enumerate(lines):
        if re.fullmatch(r"(Args|Returns|Raises|References|Yields):", line):
            in_section = True
        follows_blank = place > 0 and not lines[place - 1].strip()
        if not in_section and line.startswith("    "):
            if follows_blank:
                lines[place - 1] = "\n::\n"
        else:
            lines[place] = re.sub(r"(`[^`]*`)|([|*])", _escape, line)
    if what == "class":
        lines += ["", *_option_fields(described)]
    lines[:] = "\n".join(lines).split("\n")


def _visit_math(translator: Any, node: nodes.math | nodes.math_block) -> None:
    """Write a formula as MathML, which needs no script from elsewhere."""
    display = "block" if isinstance(node, nodes.math_block) else "inline"
    translator.body.append(latex2mathml.converter.convert(node.astext(), display=display))
    raise nodes.SkipNode


def setup(app: Any) -> None:
    """Connect to Sphinx."""
    app.add_html_math_renderer("mathml", (_visit_math, None), (_visit_math, None))
    app.connect("autodoc-process-docstring", _mark_up, priority=400)  # before napoleon's 500
