"""Counts in what is printed or raised."""

from __future__ import annotations


def counted(n: int, noun: str) -> str:
    """Write a number with a noun in the singular or plural.

    Parameters
    ----------
    n : int
        The number.
    noun : str
        In the singular, with a plural in "s" or, after an "s", in "es".

    Returns
    -------
    text : str
        Both, with commas between thousands.

    Examples
    --------
    >>> from skdigits._plurals import counted
    >>> counted(1, "class"), counted(2, "class"), counted(60000, "test image")
    ('1 class', '2 classes', '60,000 test images')
    """
    if n == 1:
        return f"1 {noun}"
    return f"{n:,} {noun}{'es' if noun.endswith('s') else 's'}"
