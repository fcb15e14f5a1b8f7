"""Files that save_model would never write, with digests that are right."""

from __future__ import annotations

import json

from skdigits._archive import pack, unpack
from skdigits.persistence._model_files import DESCRIPTION


def change(content, edit, arrays=None):
    """Edit the description in a file of save_model, and give other contents to some arrays."""
    parts = unpack(content, DESCRIPTION)
    description = json.loads(parts[DESCRIPTION])
    edit(description)
    return pack({**parts, DESCRIPTION: json.dumps(description).encode(), **(arrays or {})})
