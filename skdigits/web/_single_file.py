"""The page as one file that needs no server: its parts, and networks that it computes itself."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._files import write_whole
from .._plurals import counted
from ..exceptions import ExportError

if TYPE_CHECKING:
    from .._typing import Classifier

_SIDE = 28
#: Modules in offline/ take the place of those of the same name in page/.
_FOLDERS = ("page", "offline")
_START = "main"
_IMPORT = re.compile(r'^import \{([\w\s,]+)\} from "\./(\w+)\.js";$', re.MULTILINE)
#: A row of the table of ONNX' operations that offline/network.js computes.
_OPERATION = re.compile(r"^  ([A-Z]\w+): ", re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?=(?:async )?(?:const|function|class) (\w+|\[[\w, ]+\]))", re.MULTILINE
)


def write_page(models: Mapping[str, Classifier], path: Path) -> int:
    """Write the page as one file, which reads drawings without a server.

    Parameters
    ----------
    models : mapping of str to classifier
        Fitted classifiers, by the name that the page shows. Each is a network that `to_onnx`
        exports, or a Pipeline of it, perhaps with an `MNISTNormalizer` as its first step.
    path : pathlib.Path
        The file; an old one is replaced.

    Returns
    -------
    size : int
        Size of the file in bytes.

    Raises
    ------
    ExportError
        If the page cannot compute a model. Nothing is written.
    """
    content = make_page(models).encode()
    write_whole(path, lambda unfinished: unfinished.write_bytes(content))
    return len(content)


def make_page(models: Mapping[str, Classifier]) -> str:
    """Make the text of the file that `write_page` writes."""
    networks = [describe_network(name, model) for name, model in models.items()]
    page = files(__package__) / "page"
    style, script = (page / "style.css").read_text(), _join_modules()
    icon = base64.b64encode((page / "icon.svg").read_bytes()).decode("ascii")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    # In JSON, "<" stands only in texts; a name must not end the element.
    data = json.dumps(networks, separators=(",", ":")).replace("<", "\\u003c")
    replacements = {
        '<meta charset="utf-8">': '<meta charset="utf-8">\n  '
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=False)}">',
        'href="/icon.svg"': f'href="data:image/svg+xml;base64,{icon}"',
        '<link rel="stylesheet" href="/style.css">': f"<style>{style}</style>",
        '<script type="module" src="/main.js"></script>': '<script type="application/json" '
        f'id="networks">{data}</script>\n  <script type="module">{script}</script>',
    }
    text = (page / "index.html").read_text()
    for old, new in replacements.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def describe_network(name: str, model: Classifier) -> dict[str, Any]:
    """Describe a model for the page: its classes, and what computes its logits.

    Parameters
    ----------
    name : str
        The name that the page shows.
    model : classifier
        As for `write_page`.

    Returns
    -------
    network : dict
        Ready for JSON.

    Raises
    ------
    ExportError
        If the page cannot compute it.
    """
    from sklearn.pipeline import Pipeline

    from ..export import to_onnx
    from ..export._plain_graph import plain_graph
    from ..images._classify import class_labels
    from ..images._refusal import can_refuse, refusal_threshold
    from ..preprocessing import MNISTNormalizer

    rest: Any = model
    if isinstance(model, Pipeline) and isinstance(model[0], MNISTNormalizer):
        rest = model[1:]
    try:
        onnx = to_onnx(rest, logits=True)
    except (ExportError, ValueError) as error:
        raise ExportError(
            f"the page cannot compute the model {name!r}, which it needs as to_onnx exports it: "
            f"{error}"
        ) from error
    graph = plain_graph(onnx, "logits")
    n_values = 1
    for side in graph["shape"]:
        n_values *= side
    if n_values != _SIDE**2:
        raise ExportError(
            f"the page frames drawings as {_SIDE} x {_SIDE} pixels, but the model {name!r} takes "
            f"{counted(n_values, 'value')}. Choose another model."
        )
    script = (files(__package__) / "offline" / "network.js").read_text()
    unknown = sorted({node[0] for node in graph["nodes"]} - {*_OPERATION.findall(script)})
    if unknown:
        raise ExportError(
            f"the page cannot compute the model {name!r}: its network needs the ONNX operations "
            f"{', '.join(unknown)}. Build the network without the layers that need them."
        )
    return graph | {
        "name": name,
        "classes": [str(label) for label in class_labels(model)],
        "threshold": refusal_threshold(model) if can_refuse(model) else None,
    }


def _join_modules() -> str:
    """Join the modules, each in a function of its own, after those that it imports."""
    sources = {
        file.name.removesuffix(".js"): file.read_text()
        for folder in _FOLDERS
        for file in _scripts(files(__package__) / folder)
    }
    joined: dict[str, str] = {}

    def add(name: str) -> None:
        source = sources[name]
        for _, imported in _IMPORT.findall(source):
            if imported not in joined:
                add(imported)
        exports = ", ".join(each.strip("[]") for each in _EXPORT.findall(source))
        code = _EXPORT.sub("", _IMPORT.sub(r"const {\1} = modules.\2;", source))
        joined[name] = f"modules.{name} = (() => {{\n{code}return {{ {exports} }};\n}})();\n"

    add(_START)
    script = "\n".join(["\nconst modules = {};", *joined.values()])
    assert "</script" not in script
    return script


def _scripts(folder: Traversable) -> list[Traversable]:
    """List the modules in a folder of the package."""
    return [file for file in folder.iterdir() if file.name.endswith(".js")]


def _hash(text: str) -> str:
    """Compute the hash by which a policy allows a script or a style sheet."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
