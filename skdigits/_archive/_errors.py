"""What is wrong with an archive, and how its contents are shown in an error."""

from __future__ import annotations

import reprlib

_MOST = 200
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


class ArchiveError(ValueError):
    """A file is complete, but not as this package writes it: forged, or by another program."""


class OtherFileError(ArchiveError):
    """A file does not start like an archive."""


class DamagedArchiveError(ArchiveError):
    """A file starts like an archive, but does not end with the digest of its contents."""


def shown(value: object) -> str:
    """Format part of a file for an error: short, and without codes that control a terminal.

    Parameters
    ----------
    value : object
        A name, a number or nested plain values; or an error whose text may contain them.

    Returns
    -------
    text : str
        At most 200 characters; a text is in quotes.

    Examples
    --------
    >>> from skdigits._archive import shown
    >>> print(shown("\\x1b[2J" + "a" * 1000))
    '\\x1b[2Jaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
    """
    text = " ".join(str(value).split()) if isinstance(value, Exception) else _SHORT.repr(value)
    if len(text) > _MOST:
        text = f"{text[: _MOST - 3]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
