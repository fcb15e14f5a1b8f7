"""A table of comma-separated values: an image in each row."""

from __future__ import annotations

import codecs
import csv
import gzip
import lzma
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from skdigits._plurals import counted
from skdigits._typing import AnyArray
from skdigits.exceptions import DatasetFormatError

from ._framing import Framing
from ._idx import DECOMPRESSION_ERRORS, GZIP_MAGIC, XZ_MAGIC, decompressed_pieces
from ._source import Labelled, Source, check_size
from ._values import MOST_NAMED, PixelWriter, rows_at_a_time

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = ",;\t"
#: Excel writes its "Unicode text" in UTF-16, and may name the separator in a line of its own.
_UTF_16, _SEPARATOR_LINE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), re.compile('"?sep=."?')
#: The first line of a table is not longer than this many bytes.
_MOST_OF_A_LINE = 1 << 20
#: A number is not longer than so many letters, and a label of a row than `_MOST_OF_A_LABEL`.
_MOST_OF_A_NUMBER, _MOST_OF_A_LABEL = 32, 1 << 12
_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
_LINE_END = re.compile(r"\r\n|\n|\r")
#: Columns of pixels are numbered, like "pixel0", "1x1" or "pixel_27_27".
_NUMBERED = re.compile(r".*[0-9]")
_HEADER = 'a first line with the names of the columns, such as "label,pixel0,pixel1"'


class CsvFile(Source):
    """A file of comma-separated values, plain or compressed with gzip or xz.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    label_column : str or None
        Name of the column with the labels; None to find it.
    """

    def __init__(self, path: Path, label_column: str | None) -> None:
        self._path = path
        self.parts = [""]
        start, self._n_lines, n_bytes = self._scan()
        self._encoding = _encoding_of(start)
        first, *rest = _LINE_END.split(start.decode(self._encoding, "replace"), 2)
        self._n_skipped = int(bool(rest) and _SEPARATOR_LINE.fullmatch(first) is not None)
        header = rest[0] if self._n_skipped else first
        self._separator = max(_SEPARATORS, key=header.count)
        names = self._split(header)
        if all(_NUMBER.fullmatch(name) for name in names) and not _is_count(names):
            raise DatasetFormatError(
                f"{path}: expected {_HEADER}, found a line of numbers. Add such a line"
            )
        self._label = self._find_label(names, label_column)
        self._n_columns = len(names)
        self._n_pixels = len(names) - (self._label is not None)
        most = (self._n_lines + 1) * (self._n_columns * _MOST_OF_A_NUMBER + _MOST_OF_A_LABEL)
        if n_bytes > max(most, 2 * _MOST_OF_A_LINE):
            raise DatasetFormatError(
                f"{path}: expected at most {_MOST_OF_A_NUMBER} letters for each pixel, found "
                f"{n_bytes:,} bytes in {counted(self._n_lines + 1, 'line')} of "
                f"{counted(self._n_columns, 'column')}. Check the file"
            )

    def read(self, part: str, framing: Framing, max_bytes: int) -> Labelled:
        """Read the table into one array, some rows at a time."""
        check_size(self._n_lines * self._n_pixels, max_bytes, str(self._path))
        # Memory is only used for rows that are there.
        pixels = np.empty((self._n_lines, self._n_pixels), np.uint8)
        writer = PixelWriter(pixels, str(self._path))
        labels: list[AnyArray] = []
        for frame in self._read_frames():
            if frame.empty:
                break
            columns = [column for column in range(frame.shape[1]) if column != self._label]
            n_before = writer.n_written
            writer.write(self._to_numbers(frame.iloc[:, columns], n_before))
            if self._label is not None:
                labels.append(self._to_texts(frame.iloc[:, self._label], n_before))
        if writer.n_written == 0:
            raise DatasetFormatError(
                f"{self._path}: expected a row for each image below the names of the columns, "
                "found none. Check that this is the whole file"
            )
        found = np.concatenate(labels) if labels else None
        return Labelled(pixels[: writer.n_written], found)

    def _scan(self) -> tuple[bytearray, int, int]:
        """Read the first lines, and count those after the first and all bytes."""
        n_lines, n_bytes, start, last = 0, 0, bytearray(), b""
        with self._path.open("rb") as file:
            try:
                for piece in decompressed_pieces(file):
                    if n_lines < 2 and n_bytes < _MOST_OF_A_LINE:
                        start += piece
                    n_bytes += len(piece)
                    # Lines end in "\n", "\r\n" or "\r", which may be divided between pieces.
                    text = piece.replace(b"\0", b"") if start.startswith(_UTF_16) else piece
                    n_lines += text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
                    n_lines -= last == b"\r" and text.startswith(b"\n")
                    last = text[-1:]
            except DECOMPRESSION_ERRORS as error:
                raise self._damaged(error) from error
        return start, n_lines, n_bytes

    def _split(self, header: str) -> list[str]:
        """Find the names of the columns, which may stand in quotation marks."""
        try:
            (names,) = csv.reader([header], delimiter=self._separator)
        except csv.Error as error:
            raise self._damaged(error) from error
        return [name.strip() for name in names]

    def _find_label(self, names: list[str], label_column: str | None) -> int | None:
        """Find the column of the labels: the named one, or the only one without a number."""
        others = [name for name in names if not _NUMBERED.fullmatch(name)]
        if "" in others or "Unnamed: 0" in names:
            raise DatasetFormatError(
                f"{self._path}: expected a name for each column, found a column without one, "
                "which is probably the index of a data frame. Save the table with index=False"
            )
        if label_column is not None:
            if label_column not in names:
                raise DatasetFormatError(
                    f"{self._path}: expected a column named {label_column!r}, found "
                    f"{_shorten(names)}. Pass the name of the column with the labels"
                )
            others = [name for name in others if name != label_column]
            if others and len(others) < len(names) - 1:
                raise DatasetFormatError(
                    f"{self._path}: expected only pixels beside the column {label_column!r}, "
                    f"found {_shorten(others)}. Remove these columns"
                )
            return names.index(label_column)
        if len(others) > 1:
            raise DatasetFormatError(
                f"{self._path}: expected one column of labels, and numbered columns of pixels "
                f"such as pixel0, found {_shorten(others)}. Remove the columns that are neither "
                "labels nor pixels. If the columns of pixels have no numbers in their "
                "names, name the column of the labels with label_column (--label-column on the "
                "command line)"
            )
        return names.index(others[0]) if others else None

    def _read_frames(self) -> Iterator[pd.DataFrame]:
        """Read the rows as data frames of a limited size."""
        import pandas

        with self._path.open("rb") as file, warnings.catch_warnings():
            # About rows with more values than there are columns.
            warnings.simplefilter("error", pandas.errors.ParserWarning)
            try:
                yield from pandas.read_csv(
                    _decompress(file),
                    sep=self._separator,
                    encoding=self._encoding,
                    skiprows=self._n_skipped,
                    header=0,
                    names=range(self._n_columns),
                    index_col=False,
                    dtype=None if self._label is None else {self._label: str},
                    # A label may be a text such as "NA".
                    keep_default_na=False,
                    na_values=[""],
                    chunksize=rows_at_a_time(self._n_columns),
                    low_memory=False,
                )
            except UnicodeDecodeError as error:
                raise DatasetFormatError(
                    f"{self._path}: expected text in UTF-8, found another encoding ({error}). "
                    'Save the table as "CSV UTF-8"'
                ) from error
            except (
                *DECOMPRESSION_ERRORS,
                pandas.errors.ParserError,
                pandas.errors.ParserWarning,
            ) as error:
                raise self._damaged(error) from error

    def _to_texts(self, column: pd.Series, n_before: int) -> AnyArray:
        """Make an array of the labels of some rows."""
        missing = np.flatnonzero(column.isna())
        if len(missing):
            raise DatasetFormatError(
                f"{self._path}: expected a label in each row, found none in row "
                f"{n_before + missing[0] + 1}. Add the label or remove the row"
            )
        return column.to_numpy(str)

    def _to_numbers(self, frame: pd.DataFrame, n_before: int) -> AnyArray:
        """Make an array of the pixels of some rows."""
        texts = frame.select_dtypes(exclude="number").astype(str)
        for name in texts:
            wrong = np.flatnonzero(~texts[name].str.fullmatch(_NUMBER))
            if len(wrong):
                raise DatasetFormatError(
                    f"{self._path}: expected numbers as pixels, found "
                    f"{texts[name].iloc[wrong[0]]!r} in row {n_before + wrong[0] + 1}. Correct "
                    "this value, or remove the column"
                )
        # A column of texts is now one of numbers that no integer can hold.
        return (frame.astype(float) if texts.shape[1] else frame).to_numpy()

    def _damaged(self, error: Exception) -> DatasetFormatError:
        """Make the error about a table that cannot be read."""
        return DatasetFormatError(
            f"{self._path}: expected a table of comma-separated values, found something else "
            f"({type(error).__name__}: {str(error).strip()}). Check the file"
        )


def _decompress(file: IO[bytes]) -> IO[bytes]:
    """Open a plain, gzip or xz file to read what is in it."""
    start = file.read(len(XZ_MAGIC))
    file.seek(0)
    if start == XZ_MAGIC:
        return cast("IO[bytes]", lzma.LZMAFile(file))
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if start.startswith(GZIP_MAGIC) else file


def _is_count(names: list[str]) -> bool:
    """Say whether names are the numbers of the columns, such as "0" to "783"."""
    return names == [str(number) for number in range(len(names))]


def _shorten(names: list[str]) -> str:
    """List names, but not hundreds of them."""
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{rest}"


def looks_like_table(path: Path) -> bool:
    """Say whether a file starts with a line of text that has several columns."""
    with path.open("rb") as file:
        try:
            start = next(decompressed_pieces(file), b"")[:_MOST_OF_A_LINE]
        except DECOMPRESSION_ERRORS:
            return False
    line = re.split(rb"[\r\n]", start, maxsplit=1)[0]
    try:
        # What is cut off may end within a character.
        text = codecs.getincrementaldecoder(_encoding_of(line))().decode(line)
    except UnicodeDecodeError:
        return False
    return "\0" not in text and any(separator in text for separator in _SEPARATORS)


def _encoding_of(start: bytes | bytearray) -> str:
    """Tell the encoding of a text by how it starts."""
    return "utf-16" if start.startswith(_UTF_16) else "utf-8-sig"
