"""Configuration of the documentation: ``sphinx-build -W -b html docs docs/_build/html``.

Nothing is fetched from the network. The gallery runs every ``examples/plot_*.py``.
"""

import os
import re
import sys
import tomllib
import warnings
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

# TensorFlow writes to the terminal while it loads, here and in the examples' processes.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from docutils import nodes  # noqa: E402

import skdigits  # noqa: E402

SKLEARN = "https://scikit-learn.org/stable/modules/generated/%s.html"

project = "skdigits"
copyright = "the skdigits developers, BSD-3-Clause licence"  # noqa: A001 - Sphinx's name
author = "the skdigits developers"
version = release = skdigits.__version__

extensions = [
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "recipe_table",
]
exclude_patterns = ["_build", "_ext", "_templates"]
templates_path = ["_templates"]
default_role = "py:obj"
# The oldest versions that pyproject.toml allows: |python|, |keras| and so on.
with (HERE.parent / "pyproject.toml").open("rb") as file:
    _project = tomllib.load(file)["project"]
_lowest = re.findall(
    r"([\w-]+)>=([\d.]+)",
    "\n".join(["python" + _project["requires-python"], *_project["dependencies"]]),
)
rst_epilog = "\n".join(f".. |{name}| replace:: {lowest}" for name, lowest in _lowest)

nitpicky = True
nitpick_ignore_regex = [("py:obj", ".*")]  # docstrings put parameters between backticks too
suppress_warnings = ["config.cache"]  # the gallery's settings hold functions

# API pages: one a public name.
autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_use_plots = False

# Examples.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"benchmarks|__init__\.py",
    "within_subsection_order": "recipe_table.gallery_order",
    "doc_module": "skdigits",
    "backreferences_dir": "api/generated/backreferences",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "remove_config_comments": True,
}
# Keras converts its variables by NumPy's older protocol.
warnings.filterwarnings("ignore", message="__array__ implementation", category=DeprecationWarning)

# Copying leaves out prompts and output.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "skdigits"
html_static_path = ["_static"]
html_css_files = ["skdigits.css"]
html_js_files = ["tables.js"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "skdigits"},
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "show_prev_next": False,
    "show_toc_level": 2,
    # The examples' output is wide.
    "secondary_sidebar_items": {
        "**": ["page-toc"],
        **{f"auto_examples/{path.stem}": [] for path in HERE.glob("../examples/plot_*.py")},
    },
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
}
html_sidebars = {
    page: []
    for page in (
        "index",
        "install",
        "tour",
        "recipes",
        "recipe_trials",
        "faq",
        "speed",
        "how_it_works",
        "changelog",
    )
}


def _tidy_docstring(app, what, name, obj, options, lines):
    """Turn inherited references into scikit-learn's guide into text, and escape ``name_``."""
    text = "\n".join(lines)
    text = re.sub(r"See :ref:`sphx_glr_[^`]*`\s+for [^.]*\.", "", text)
    text = re.sub(r":(?:ref|term):`([^<`]+?)(?:\s*<[^>]+>)?`", r"\1", text)
    # In "shape (n_features_in_,)" reStructuredText would see a reference.
    text = re.sub(r"(?<![\w`])(n_features_in)_(?=[,)])", r"\1\\_", text)
    lines[:] = text.split("\n")


def _skip_member(app, what, name, obj, skip, options):
    """Leave out the fields of a named tuple, which its parameters have described."""
    return True if type(obj).__name__ == "_tuplegetter" else None


def _link_elsewhere(app, env, node, contnode):
    """Link scikit-learn's names to its site, and our short names to their pages."""
    name = node.get("reftarget", "")
    if name.startswith("sklearn."):
        return nodes.reference("", "", contnode, internal=False, refuri=SKLEARN % name)
    python = env.domains["py"]
    full = next((known for known in python.objects if known.endswith(f".{name}")), None)
    if name not in skdigits.__all__ or full is None:
        return None
    return python.resolve_xref(env, node["refdoc"], app.builder, "obj", full, node, contnode)


def setup(app):
    """Register what is ours."""
    app.connect("missing-reference", _link_elsewhere)
    app.connect("autodoc-skip-member", _skip_member)
    app.connect("autodoc-process-docstring", _tidy_docstring, priority=400)
