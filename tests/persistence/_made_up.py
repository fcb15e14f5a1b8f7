"""Files that save_model would never write, with digests that are right."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from skdigits.persistence._archive import DESCRIPTION, pack, unpack


def seal(entries, compression=zipfile.ZIP_STORED):
    """Make a zip file of (name, content) pairs that ends in its digest."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
        archive.comment = b"0" * 64
    return reseal(buffer.getvalue())


def reseal(content):
    """Write the right digest at the end of a file that was changed."""
    return content[:-64] + hashlib.sha256(content[:-64]).hexdigest().encode()


def sums(parts):
    """List the digests of parts."""
    lines = (f"{hashlib.sha256(part).hexdigest()}  {name}\n" for name, part in parts)
    return ("SHA256SUMS", "".join(lines).encode())


def change(content, edit, arrays=None):
    """Edit the description in a file of save_model, and give other contents to some arrays."""
    parts = unpack(content)
    description = json.loads(parts[DESCRIPTION])
    edit(description)
    return pack({**parts, DESCRIPTION: json.dumps(description).encode(), **(arrays or {})})
