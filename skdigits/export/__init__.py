"""Fitted models as ONNX files, which programs without Python and skdigits can run."""

from ._skl2onnx import register_skl2onnx_converter
from ._to_onnx import to_onnx

__all__ = ["register_skl2onnx_converter", "to_onnx"]
