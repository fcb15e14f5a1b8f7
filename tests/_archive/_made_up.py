"""Files that `pack` would never write, with digests that are right."""

from __future__ import annotations

import hashlib
import io
import zipfile


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
