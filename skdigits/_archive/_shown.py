"""What a file says, as it is shown in an error."""

from __future__ import annotations

import reprlib

_MOST = 200
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


def shown(value: object) -> str:
    """Give the text for something of a file: short, and without codes that steer a terminal.

    Parameters
    ----------
    value : object
        A name, a number, or plain values within each other; or an error whose text may have
        such things in it.

    Returns
    -------
    text : str
        At most 200 characters, a text in quotes.

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
