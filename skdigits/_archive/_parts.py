"""Named parts in one zip file, checked before anything in them is used.

Parts are stored without compression, so that together they are never larger than the file.
The last part, ``SHA256SUMS``, lists the digests of the others, and the zip file's comment
is the digest of all bytes before it.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
from collections.abc import Mapping

from ._errors import ArchiveError, DamagedArchiveError, OtherFileError, shown

#: Enough for a hundred networks with more than a hundred arrays each.
MAX_PARTS = 2**14

_SUMS = "SHA256SUMS"
_ARRAY = re.compile(r"arrays/(0|[1-9][0-9]{0,8})\.npy")
_MARK = b"PK\x03\x04"
_DIGEST_LENGTH = 64
#: The zip file's last record, with the size and the offset of its list of parts.
_END = struct.Struct("<4s8xLLH")
_END_MARK, _LARGE_MARK = b"PK\x05\x06", b"PK\x06\x07"
#: Maximum size of an entry in that list: 46 bytes and the name.
_LISTED = 46 + 64
#: The same for every file, so that equal parts give equal files on any day and system.
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
        The description first, because its name is how the file is recognised; then the arrays,
        named by `array_name`.

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
    """Say whether a file ends with its digest, as those of `pack` do.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    whole : bool
        False if a byte was changed or is missing.
    """
    # Without a copy: a file may be a gigabyte large.
    return _digest(memoryview(content)[:-_DIGEST_LENGTH]) == content[-_DIGEST_LENGTH:]


def unpack(content: bytes, description: str) -> dict[str, bytes]:
    """Check a file and split it into its parts.

    Parameters
    ----------
    content : bytes
        Bytes that may come from `pack`.
    description : str
        Name of its first part.

    Returns
    -------
    parts : dict of str to bytes
        As they were packed.

    Raises
    ------
    OtherFileError
        If it does not start like such a file.
    DamagedArchiveError
        If it is damaged or truncated.
    ArchiveError
        If it is complete, but forged.
    """
    name = description.encode()
    if content[:4] != _MARK or content[30 : 30 + len(name)] != name:
        raise OtherFileError(f"it does not start with a part named {description}.")
    if not is_whole(content):
        raise DamagedArchiveError(
            "it is damaged or truncated: its SHA-256 digest differs from the one at its end."
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
        raise ArchiveError(f"it is not a valid zip file ({shown(error)}).") from error
    _check_digests(parts)
    return parts


def _check_list(content: bytes) -> None:
    """Refuse a list of too many parts, which is slow to read, or in the format of large files."""
    record = content[-_DIGEST_LENGTH - _END.size :][: _END.size]
    mark, size, place, comment = _END.unpack(record.rjust(_END.size))
    end = len(content) - _DIGEST_LENGTH - _END.size
    is_large = content[max(0, end - 20) :][:4] == _LARGE_MARK
    if mark != _END_MARK or comment != _DIGEST_LENGTH or is_large or place + size != end:
        raise ArchiveError("it is not a valid zip file (its list of parts is not at its end).")
    if size > MAX_PARTS * _LISTED:
        raise ArchiveError(
            f"its list of parts has {size:,} bytes, more than {MAX_PARTS:,} parts need."
        )


def _check_entries(entries: list[zipfile.ZipInfo], n_bytes: int, description: str) -> None:
    """Refuse parts that `pack` does not write, before any of them is read."""
    names = [entry.filename for entry in entries]
    expected = {description, _SUMS}
    strange = [name for name in names if name not in expected and not _ARRAY.fullmatch(name)]
    if strange or len(set(names)) < len(names) or not expected <= set(names):
        raise ArchiveError(
            f"expected one {description}, one {_SUMS} and arrays/0.npy, arrays/1.npy and so on, "
            f"found {shown(strange or sorted(names))}."
        )
    if len(names) > MAX_PARTS:
        raise ArchiveError(f"it has {len(names):,} parts; the maximum is {MAX_PARTS:,}.")
    compressed = any(
        entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size
        for entry in entries
    )
    # Entries that share bytes could still add up to more than the file.
    declared = sum(entry.file_size for entry in entries)
    if compressed or declared > n_bytes:
        raise ArchiveError(
            f"its parts declare {declared:,} bytes, but they must be uncompressed and fit into "
            f"the {n_bytes:,} bytes of the file."
        )


def _check_digests(parts: dict[str, bytes]) -> None:
    """Remove the list of digests and compare the other parts with it."""
    listed = parts.pop(_SUMS)
    found = _digests(parts)
    if found != listed:
        lines = set(listed.decode("utf-8", "replace").splitlines())
        wrong = [line.split()[1] for line in found.decode().splitlines() if line not in lines]
        raise ArchiveError(
            f"the digests in {_SUMS} do not match its parts: {shown(wrong or [_SUMS])}."
        )


def _digests(parts: Mapping[str, bytes]) -> bytes:
    """List digests in the format of the command sha256sum."""
    lines = (f"{_digest(part).decode()}  {name}\n" for name, part in parts.items())
    return "".join(lines).encode()


def _digest(content: bytes | memoryview) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
