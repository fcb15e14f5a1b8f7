"""``skdigits export``: convert a saved model to an ONNX file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..._files import check_target
from .._model_file import check_is_file, load_classifier
from .._predictions import printable
from .._streams import make_console


def add_parser(commands: Any) -> None:
    """Declare the command's arguments."""
    parser = commands.add_parser(
        "export",
        help="convert a saved model to ONNX",
        description="Load a classifier that was saved with save_model or joblib and convert it to "
        "an ONNX file, which programs in many languages can run. The file is checked against the "
        "classifier before it is written. Loading a joblib file runs the code in it: only use "
        "files from people you trust.",
    )
    parser.add_argument("model", metavar="MODEL", type=Path, help="a .skdigits or .joblib file")
    parser.add_argument(
        "--output", metavar="FILE", type=Path, required=True, help="ONNX file to write"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Load, convert and say what the file takes and returns."""
    check_is_file(options.model)
    check_target(options.output, "--output", options.model)
    from ...export import to_onnx
    from ...export._to_onnx import describe_interface

    model = to_onnx(load_classifier(options.model), options.output)
    line = f"{options.output}: {describe_interface(model)}"
    make_console().print(printable(line), markup=False, highlight=False, soft_wrap=True)
    return 0
