"""Named parts in one zip file, checked before anything in them is used.

Parts are stored, not compressed, so that together they are never larger than the file.
The last one, ``SHA256SUMS``, lists the digests of the others, and the zip file's comment
is the digest of all bytes before it.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping

from ..exceptions import ModelFileError

#: The part that describes the model; it comes first, so that a file is known by its beginning.
DESCRIPTION = "model.json"
#: No file is larger: it is read into memory.
MAX_BYTES = 2**30

_SUMS = "SHA256SUMS"
_NAME = re.compile(r"model\.json|SHA256SUMS|arrays/[0-9]+\.npy")
_BEGINNING = re.compile(rb"PK\x03\x04.{26}model\.json", re.DOTALL)
_DIGEST_LENGTH = 64
#: Equal models make equal files, so the day and the system do not show in them.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX, _READABLE = 3, 0o644 << 16


def array_name(number: int) -> str:
    """Name the part that holds an array.

    Parameters
    ----------
    number : int
        From 0.

    Returns
    -------
    name : str
        Such as ``"arrays/0.npy"``.
    """
    return f"arrays/{number}.npy"


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Put parts into a zip file.

    Parameters
    ----------
    parts : mapping of str to bytes
        `DESCRIPTION` first, then arrays by `array_name`.

    Returns
    -------
    content : bytes
        The file; equal for equal parts.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, part in {**parts, _SUMS: _digests(parts)}.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            archive.writestr(entry, part)
        archive.comment = bytes(_DIGEST_LENGTH)
    body = buffer.getvalue()[:-_DIGEST_LENGTH]
    return body + _digest(body)


def unpack(content: bytes) -> dict[str, bytes]:
    """Check a file and take it apart.

    Parameters
    ----------
    content : bytes
        What may have come from `pack`.

    Returns
    -------
    parts : dict of str to bytes
        As they were packed.

    Raises
    ------
    ModelFileError
        If it is another kind of file, damaged, cut short, or made up to do harm.
    """
    if not _BEGINNING.match(content):
        raise ModelFileError(
            "it is not a file of skdigits.persistence.save_model. If joblib.dump wrote it and "
            "you trust its author, use joblib.load."
        )
    body, digest = content[:-_DIGEST_LENGTH], content[-_DIGEST_LENGTH:]
    if _digest(body) != digest:
        raise ModelFileError(
            "it is damaged or cut short: its SHA-256 digest is not the one that it ends in. Copy "
            "it again, or save the model again with skdigits.persistence.save_model."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive.infolist(), len(content))
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelFileError(f"it is no valid zip file ({error}). Do not use it.") from error
    _check_digests(parts)
    return parts


def _check_entries(entries: list[zipfile.ZipInfo], n_bytes: int) -> None:
    """Refuse what `pack` does not write, before any of it is read."""
    names = [entry.filename for entry in entries]
    strange = [name for name in names if not _NAME.fullmatch(name)]
    if strange or len(set(names)) < len(names) or not {DESCRIPTION, _SUMS} <= set(names):
        raise ModelFileError(
            f"expected one {DESCRIPTION}, one {_SUMS} and arrays/0.npy, arrays/1.npy and so on, "
            f"found {strange or sorted(names)}. Do not use it."
        )
    compressed = any(
        entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size
        for entry in entries
    )
    # Entries that share their bytes could still add up to more than the file.
    declared = sum(entry.file_size for entry in entries)
    if compressed or declared > n_bytes:
        raise ModelFileError(
            f"its parts say that they take {declared:,} bytes, but a file of {n_bytes:,} bytes "
            "can hold no more than that, uncompressed. Do not use it."
        )


def _check_digests(parts: dict[str, bytes]) -> None:
    """Take out the list of digests and hold the other parts against it."""
    listed = parts.pop(_SUMS)
    found = _digests(parts)
    if found != listed:
        lines = set(listed.decode("utf-8", "replace").splitlines())
        wrong = [line.split()[1] for line in found.decode().splitlines() if line not in lines]
        raise ModelFileError(
            f"the digests in {_SUMS} are not those of its parts: {', '.join(wrong) or _SUMS}. Do "
            "not use it."
        )


def _digests(parts: Mapping[str, bytes]) -> bytes:
    """List digests as the command sha256sum does."""
    lines = (f"{_digest(part).decode()}  {name}\n" for name, part in parts.items())
    return "".join(lines).encode()


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
