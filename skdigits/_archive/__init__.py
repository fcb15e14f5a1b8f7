"""Files of named parts with a digest that shows damage: for models and checkpoints."""

from __future__ import annotations

from ._arrays import KINDS, array_from_bytes, array_to_bytes
from ._errors import ArchiveError, DamagedArchiveError, OtherFileError, shown
from ._parts import array_name, is_whole, pack, unpack
from ._plain_json import is_count, json_from_bytes, json_to_bytes

__all__ = [
    "KINDS",
    "ArchiveError",
    "DamagedArchiveError",
    "OtherFileError",
    "array_from_bytes",
    "array_name",
    "array_to_bytes",
    "is_count",
    "is_whole",
    "json_from_bytes",
    "json_to_bytes",
    "pack",
    "shown",
    "unpack",
]
