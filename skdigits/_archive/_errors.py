"""What is wrong with a file, for those who know what it should hold."""

from __future__ import annotations


class ArchiveError(ValueError):
    """A file is whole, and not what is written here: made up, or by another program."""


class OtherFileError(ArchiveError):
    """A file does not begin as an archive does."""


class DamagedArchiveError(ArchiveError):
    """A file begins as an archive does, and does not end in the digest of what is in it."""
