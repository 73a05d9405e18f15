"""The text in a file, in whichever encoding it was written."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from nn.datasets.table import Remark, TableError

__all__ = ["read_text"]

# How files begin that are no text, or no table: what they are, and what to do.
KNOWN = {
    b"PK\x03\x04": "a workbook of a spreadsheet or a .zip file; open it and save the table as CSV",
    b"\xd0\xcf\x11\xe0": "a workbook of an old spreadsheet; open it and save the table as CSV",
    b"PAR1": "a Parquet file; read it with pandas or polars and give the DataFrame to load_frame",
    b"ARROW1": "an Arrow file; read it with pandas or polars and give the DataFrame to load_frame",
    b"\x93NUMPY": "a NumPy array; give what np.load reads to load_frame",
    b"\x89HDF": "an HDF5 file; read it with pandas and give the DataFrame to load_frame",
    b"SQLite format 3": "a data base; export the table as CSV",
    b"%PDF": "a PDF; a table is text with one sample a line",
    b"\x80\x04\x95": "a pickle; it is not opened, as it might run code. Save the table as CSV",
    b"\x80\x05\x95": "a pickle; it is not opened, as it might run code. Save the table as CSV",
}
KNOWN_TEXT = {
    r"<!doctype html|<html|<table|<\?xml": "a page or XML; save the table as CSV",
    r"\{\s*[\"}]|\[\s*[\[{]": "JSON; read it with pandas.read_json and give the DataFrame to load_frame",
    r"@relation\b": "an ARFF file; leave only what follows @data, and write a line of names before it",
}
MARKS = {  # of the order of bytes; the longer first, as one begins like another
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


def read_text(path: Path) -> tuple[str, tuple[Remark, ...]]:
    """The text of a file, decompressed if its name ends in ``.gz``, and what was taken for granted.

    UTF-8, UTF-16 and UTF-32 are recognised; text in neither is taken for Windows-1252, which contains
    Latin-1.

    Raises:
        OSError: if it cannot be read.
        TableError: if it holds something else than text.
    """
    data = path.read_bytes()
    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise TableError(f"{path} is not a whole gzip file: {error}") from None
    for start, what in KNOWN.items():
        if data.startswith(start):
            raise TableError(f"{path} is {what}")
    text, remarks = _decoded(path, data)
    for pattern, what in KNOWN_TEXT.items():
        if re.match(pattern, text.lstrip()[:200], re.IGNORECASE):
            raise TableError(f"{path} is {what}")
    control = re.search(r"[\x00-\x08\x0e-\x1f]", text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise TableError(f"{path} is not text: line {line} has the control character {control[0]!r}")
    return text, remarks


def _decoded(path: Path, data: bytes) -> tuple[str, tuple[Remark, ...]]:
    encoding = next((name for mark, name in MARKS.items() if data.startswith(mark)), "")
    if not encoding and b"\x00" in data[:200]:  # of two bytes a sign, that of Western text are 0
        encoding = "utf-16-le" if data[1:2] == b"\x00" else "utf-16-be"
    try:
        return data.decode(encoding or "utf-8-sig"), ()
    except UnicodeDecodeError as error:
        what = f"is not text in {(encoding or 'utf-8').upper()}: {error.reason} at byte {error.start}"
        if encoding:
            raise TableError(f"{path} {what}") from None
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise TableError(f"{path} {what}; save it as UTF-8") from None
    return text, (Remark(f"{path} {what}, and was read as Windows-1252 (Latin-1)"),)
