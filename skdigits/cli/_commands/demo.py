"""``skdigits demo``: a page to draw digits on."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._files import check_target
from ..._optional import import_optional
from .._arguments import whole_number
from .._model_file import check_is_file, load_classifier, load_picture_classifier
from .._predictions import printable

if TYPE_CHECKING:
    from ..._typing import ProbabilisticClassifier

#: What the page calls the network of `load_pretrained`.
_INCLUDED = "included network"
_HIGHEST_PORT = 65_535


def add_parser(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "demo",
        help="draw digits in the browser and see what a network reads",
        description="Serve a page on this machine only (127.0.0.1) and open it in the browser. "
        "Draw a digit or drop a photograph of digits, and see what the included "
        "network reads and how sure it is. Press Ctrl-C to stop. With --export, write the page as "
        "one file instead, which works without a server.",
    )
    parser.add_argument(
        "--model",
        metavar="FILE",
        dest="models",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        help=".skdigits or .joblib files of models to show beside the included "
        "network. Loading a joblib file runs the code in it: only use files from people you "
        "trust",
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=whole_number(0),
        help="port, or 0 for any free port (default: 8028, or the next free port)",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address without opening a browser"
    )
    parser.add_argument(
        "--export",
        metavar="FILE",
        type=Path,
        help="write the page as one HTML file, which reads drawings in any browser without a "
        "server or a network connection",
    )
    parser.add_argument(
        "--keep",
        metavar="FOLDER",
        type=Path,
        help="let the page save images in FOLDER/LABEL/, with the label that you choose, so that "
        "a network can learn from them (default: save nothing)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve the page, and load the models."""
    try:
        for name in ("starlette", "uvicorn"):
            import_optional(name, extra="web", purpose="skdigits demo")
    except ImportError as error:
        print(f"skdigits: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if options.port is not None and options.port > _HIGHEST_PORT:
        raise ValueError(f"--port must be at most {_HIGHEST_PORT}, got {options.port}")
    if options.export is not None:
        return _export(options)
    if options.keep is not None:
        _check_keep(options.keep)
    from ...web import open_socket, serve

    # Before the models are loaded, so that a busy port is reported at once.
    with open_socket(options.port) as listening:
        models = _Models(options.models)
        on_start = _print if options.no_browser else _print_and_open
        serve(models, listening, keep=options.keep, on_start=on_start)
    return 0


def _export(options: argparse.Namespace) -> int:
    """Write the page as one file."""
    if options.port is not None or options.no_browser or options.keep is not None:
        raise ValueError(
            "--export writes a file and starts no server; omit --port, --no-browser and --keep"
        )
    names = _name_models(options.models)
    check_target(options.export, "--export", *names.values())
    from ...neural_network._loading import keep_tensorflow_quiet
    from ...pretrained import load_pretrained
    from ...web._single_file import write_page

    keep_tensorflow_quiet()
    models = {
        name: load_pretrained() if path is None else load_classifier(path)
        for name, path in names.items()
    }
    size = write_page(models, options.export)
    print(  # noqa: T201
        printable(f"{options.export}: {size / 1e6:.1f} MB. Open it in a browser.")
    )
    return 0


def _check_keep(folder: Path) -> None:
    """Refuse a folder in which no image could be kept."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--keep {folder} is a file. Name a folder.")
    if not folder.parent.is_dir():
        raise ValueError(f"there is no folder {folder.parent}; create it first")


def _name_models(paths: list[Path]) -> dict[str, Path | None]:
    """Give the included network and the models in files a name each; None is the former."""
    names: dict[str, Path | None] = {_INCLUDED: None}
    for path in paths:
        check_is_file(path)
        name, n = path.stem, 2
        while name in names:
            name, n = f"{path.stem} ({n})", n + 1
        names[name] = path
    return names


class _Models(Mapping[str, "ProbabilisticClassifier"]):
    """The included network and the models in files, each under a name of its own.

    Files are loaded at once, so that the command reports what is wrong with them. The included
    network is loaded when it is first read, so that the page does not wait for it.
    """

    def __init__(self, paths: list[Path]) -> None:
        self._load_included = threading.Lock()
        self._loaded: dict[str, ProbabilisticClassifier | None] = {
            name: None if path is None else load_picture_classifier(path)
            for name, path in _name_models(paths).items()
        }

    def __getitem__(self, name: str) -> ProbabilisticClassifier:
        with self._load_included:
            model = self._loaded[name]
            if model is None:
                model = self._loaded[name] = load_picture_classifier(None)
        return model

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


def _print(address: str) -> None:
    """Say where the page is."""
    print(f"Draw at {address} (press Ctrl-C to stop)", flush=True)  # noqa: T201


def _print_and_open(address: str) -> None:
    """Say where the page is and open it, in a thread: some browsers block until closed."""
    import webbrowser

    _print(address)
    threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
