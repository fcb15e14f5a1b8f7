"""Named parts in one zip file, checked before anything in them is used.

Parts are stored, not compressed, so that together they are never larger than the file.
The last one, ``SHA256SUMS``, lists the digests of the others, and the zip file's comment
is the digest of all bytes before it.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
from collections.abc import Mapping

from ._errors import ArchiveError, DamagedArchiveError, OtherFileError
from ._shown import shown

#: A hundred networks of some hundred arrays each.
MAX_PARTS = 2**14

_SUMS = "SHA256SUMS"
_ARRAY = re.compile(r"arrays/(0|[1-9][0-9]{0,8})\.npy")
_MARK = b"PK\x03\x04"
_DIGEST_LENGTH = 64
#: The zip file's last record, and within it the size and the place of its list of parts.
_END = struct.Struct("<4s8xLLH")
_END_MARK, _LARGE_MARK = b"PK\x05\x06", b"PK\x06\x07"
#: What a part takes in that list at most: 46 bytes and its name.
_LISTED = 46 + 64
#: Equal parts make equal files, so the day and the system do not show in them.
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
        The description first, by whose name the file is known from its beginning; then arrays
        by `array_name`.

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


def is_whole(content: bytes) -> bool:
    """Whether a file ends in its digest, as those of `pack` do.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    whole : bool
        False where a byte of it was changed or is missing.
    """
    # Without a copy: a file may have a gigabyte.
    return _digest(memoryview(content)[:-_DIGEST_LENGTH]) == content[-_DIGEST_LENGTH:]


def unpack(content: bytes, description: str) -> dict[str, bytes]:
    """Check a file and take it apart.

    Parameters
    ----------
    content : bytes
        What may have come from `pack`.
    description : str
        Name of its first part.

    Returns
    -------
    parts : dict of str to bytes
        As they were packed.

    Raises
    ------
    OtherFileError
        If it does not begin as such a file does.
    DamagedArchiveError
        If it is damaged or cut short.
    ArchiveError
        If it is whole, and made up to do harm.
    """
    name = description.encode()
    if content[:4] != _MARK or content[30 : 30 + len(name)] != name:
        raise OtherFileError(f"it does not begin with a part named {description}.")
    if not is_whole(content):
        raise DamagedArchiveError(
            "it is damaged or cut short: its SHA-256 digest is not the one that it ends in."
        )
    _check_list(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive.infolist(), len(content), description)
            parts = {name: archive.read(name) for name in archive.namelist()}
    except ArchiveError:
        raise
    except (
        *(zipfile.BadZipFile, NotImplementedError, RuntimeError),
        *(EOFError, OSError, OverflowError, ValueError, struct.error),
    ) as error:
        raise ArchiveError(f"it is no valid zip file ({shown(error)}).") from error
    _check_digests(parts)
    return parts


def _check_list(content: bytes) -> None:
    """Refuse a list of too many parts, which takes time to read, or one for larger files."""
    record = content[-_DIGEST_LENGTH - _END.size :][: _END.size]
    mark, size, place, comment = _END.unpack(record.rjust(_END.size))
    end = len(content) - _DIGEST_LENGTH - _END.size
    is_large = content[max(0, end - 20) :][:4] == _LARGE_MARK
    if mark != _END_MARK or comment != _DIGEST_LENGTH or is_large or place + size != end:
        raise ArchiveError("it is no valid zip file (its list of parts is not where it ends).")
    if size > MAX_PARTS * _LISTED:
        raise ArchiveError(
            f"its list of parts takes {size:,} bytes, more than {MAX_PARTS:,} parts need."
        )


def _check_entries(entries: list[zipfile.ZipInfo], n_bytes: int, description: str) -> None:
    """Refuse what `pack` does not write, before any of it is read."""
    names = [entry.filename for entry in entries]
    expected = {description, _SUMS}
    strange = [name for name in names if name not in expected and not _ARRAY.fullmatch(name)]
    if strange or len(set(names)) < len(names) or not expected <= set(names):
        raise ArchiveError(
            f"expected one {description}, one {_SUMS} and arrays/0.npy, arrays/1.npy and so on, "
            f"found {shown(strange or sorted(names))}."
        )
    if len(names) > MAX_PARTS:
        raise ArchiveError(f"it has {len(names):,} parts, and {MAX_PARTS:,} are the most.")
    compressed = any(
        entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size
        for entry in entries
    )
    # Entries that share their bytes could still add up to more than the file.
    declared = sum(entry.file_size for entry in entries)
    if compressed or declared > n_bytes:
        raise ArchiveError(
            f"its parts say that they take {declared:,} bytes, but a file of {n_bytes:,} bytes "
            "can hold no more than that, uncompressed."
        )


def _check_digests(parts: dict[str, bytes]) -> None:
    """Take out the list of digests and hold the other parts against it."""
    listed = parts.pop(_SUMS)
    found = _digests(parts)
    if found != listed:
        lines = set(listed.decode("utf-8", "replace").splitlines())
        wrong = [line.split()[1] for line in found.decode().splitlines() if line not in lines]
        raise ArchiveError(
            f"the digests in {_SUMS} are not those of its parts: {shown(wrong or [_SUMS])}."
        )


def _digests(parts: Mapping[str, bytes]) -> bytes:
    """List digests as the command sha256sum does."""
    lines = (f"{_digest(part).decode()}  {name}\n" for name, part in parts.items())
    return "".join(lines).encode()


def _digest(content: bytes | memoryview) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
