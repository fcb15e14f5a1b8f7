"""ONNX Runtime, loaded without its telemetry.

From version 1.29 on, importing it starts a thread that collects data about the machine in the home
folder and sends them to its maker. A forked process that inherits this thread never ends.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import onnx

_ERRORS_ONLY = 3
#: Read while ONNX Runtime is imported.
_SWITCH = "ORT_DISABLE_TELEMETRY"


def _load() -> Any:
    """Import ONNX Runtime, and leave the environment as it was."""
    is_given = _SWITCH in os.environ
    os.environ.setdefault(_SWITCH, "1")
    try:
        import onnxruntime
    finally:
        if not is_given:
            del os.environ[_SWITCH]
    return onnxruntime


_onnxruntime = _load()


def open_session(
    model: onnx.ModelProto, *, keep_memory: bool = True, disabled_optimizers: Sequence[str] = ()
) -> Any:
    """Make what runs a model, without threads of its own.

    Parameters
    ----------
    model : onnx.ModelProto
        The model.
    keep_memory : bool, default=True
        Whether the memory that one run has needed is kept for the next.
    disabled_optimizers : sequence of str, default=()
        Changes of the graph that ONNX Runtime must not make.

    Returns
    -------
    session : onnxruntime.InferenceSession
        Logs errors only.
    """
    options = _onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    # One pattern is kept for each number of rows, and each call may have another.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = keep_memory
    return _onnxruntime.InferenceSession(
        model.SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=list(disabled_optimizers),
    )
