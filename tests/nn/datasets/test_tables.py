"""Sixty kinds of tables that people have: each reads rightly, or gets an error that names what to do.

All hold the same flowers: two measurements, and species or another target. Each kind is such a table as
one program or person or another writes it, and what ``load_csv`` must make of it.
"""

import codecs
import gzip
import pickle
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nn import MLP, fit
from nn.datasets import TableError, load_csv, load_frame, standardise
from nn.datasets.numerals import Numerals, decimal_sign, decimal_signs

LONG = [1.5, 2.25, 3.125, 4.5, 5.75, 6.5, 7.25, 8.0]
WIDE = [10, 1020, 30, 40, 5060, 60, 70, 80]
KIND = list("abababab")
X = np.array([LONG, WIDE], dtype=np.float64)
Y = np.array([0, 1] * 4)


def lines(row="{long},{wide},{kind}", header="long,wide,kind", **columns):
    """A table of the flowers, a line formatted from each; columns are added, or put in place."""
    cells = {"long": LONG, "wide": WIDE, "kind": KIND, **columns}
    rows = [row.format(i=i, **{n: c[i] for n, c in cells.items()}) for i in range(8)]
    return "\n".join([*([header] if header is not None else []), *rows]) + "\n"


def comma(number):
    return f"{number}".replace(".", ",")


def german(number):
    return f"{number:,}".replace(",", "_").replace(".", ",").replace("_", ".")


COMMAS = {"long": list(map(comma, LONG))}
PLAIN = lines()

# Name of the kind: the text, and the arguments of load_csv if there are any. All are the same flowers.
SAME = {
    "as it should be": PLAIN,
    "no header": lines(header=None),
    "semicolons": PLAIN.replace(",", ";"),
    "tabs": PLAIN.replace(",", "\t"),
    "bars": PLAIN.replace(",", "|"),
    "bars with blanks": PLAIN.replace(",", " | "),
    "blanks": PLAIN.replace(",", " "),
    "aligned by blanks": lines("  {long:<8}  {wide:>6}   {kind} ", "long  wide  kind"),
    "blanks after commas": PLAIN.replace(",", ", "),
    "semicolons and decimal commas": lines("{long};{wide};{kind}", "long;wide;kind", **COMMAS),
    "tabs and decimal commas": lines("{long}\t{wide}\t{kind}", "long\twide\tkind", **COMMAS),
    "quoted decimal commas": lines('"{long}",{wide},{kind}', **COMMAS),
    "German thousands": lines(
        "{long};{wide};{kind}", "long;wide;kind", **COMMAS, wide=list(map(german, WIDE))
    ),
    "English thousands": lines('{long},"{wide:,.2f}",{kind}'),
    "English thousands without a fraction": lines('{long},"{wide:,}",{kind}'),
    "Swiss thousands": lines(
        "{long};{wide};{kind}", "l;w;kind", wide=[f"{w:,}".replace(",", "'") for w in WIDE]
    ),
    "French thousands": lines(
        "{long};{wide};{kind}", "l;w;k", **COMMAS, wide=[f"{w:,}".replace(",", "\u202f") for w in WIDE]
    ),
    "dollars": lines("{long},${wide},{kind}"),
    "euros behind": lines("{long};{wide} €;{kind}", "l;w;k", **COMMAS),
    "a unit in every cell": lines("{long} cm,{wide} mm,{kind}"),
    "per cent": lines("{long}%,{wide},{kind}"),
    "a plus before numbers": lines("+{long},+{wide},{kind}"),
    "exponents": lines("{long:e},{wide:.3E},{kind}"),
    "exponents of Fortran": lines("{long},{wide},{kind}", long=[f"{x:e}".replace("e", "D") for x in LONG]),
    "quotes around all": lines('"{long}","{wide}","{kind}"', '"long","wide","kind"'),
    "a comma in a quoted name": lines(header='"long, cm",wide,kind'),
    "a line end in a quoted name": lines(header='"long\n[cm]",wide,kind'),
    "a mark of the order of bytes": codecs.BOM_UTF8 + PLAIN.encode(),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-le"),
    "UTF-16, big end first, without a mark": PLAIN.encode("utf-16-be"),
    "UTF-32": PLAIN.encode("utf-32"),
    "Latin-1": lines(header="größe,wide,kind").encode("latin-1"),
    "Windows-1252": lines("{long};{wide} €;{kind}", "größe;wide;kind").encode("cp1252"),
    "line ends of Windows": PLAIN.replace("\n", "\r\n"),
    "line ends of old Macs": PLAIN.replace("\n", "\r"),
    "no line end at the end": PLAIN.rstrip("\n"),
    "blank lines": PLAIN.replace("\n", "\n\n"),
    "rows of empty cells, as spreadsheets leave them": PLAIN + ",,\n,,\n",
    "a comma at the end of each line": PLAIN.replace("\n", ",\n"),
    "a comma at the end of each sample": lines("{long},{wide},{kind},"),
    "sep=; of a spreadsheet": "sep=;\n" + PLAIN.replace(",", ";"),
    "a comment before": "# measured in June, by hand\n" + PLAIN,
    "comments between": PLAIN.replace("\n3.125", "\n# after the rain\n3.125"),
    "names in a comment": "# " + PLAIN,
    "row numbers of pandas": lines("{i},{long},{wide},{kind}", ",long,wide,kind"),
    "row names of R": lines('"{n}",{long},{wide},"{kind}"', '"long","wide","kind"', n=range(1, 9)),
    "row numbers from 1, no header": lines("{n},{long},{wide},{kind}", None, n=range(1, 9)),
    "an id": lines("{n},{long},{wide},{kind}", "flower_id,long,wide,kind", n=[5, 3, 8, 1, 2, 9, 4, 7]),
    "Unnamed: 0": lines("{i},{long},{wide},{kind}", "Unnamed: 0,long,wide,kind"),
    "dates": lines("2024-05-0{n},{long},{wide},{kind}", "day,long,wide,kind", n=range(1, 9)),
    "dates and times": lines("0{n}.05.2024 12:30,{long},{wide},{kind}", "day,long,wide,kind", n=range(1, 9)),
    "dates in figures": lines("2024050{n},{long},{wide},{kind}", "date,long,wide,kind", n=range(1, 9)),
    "a constant column": lines("{long},7,{wide},{kind}", "long,seven,wide,kind"),
    "an empty column": lines("{long},,{wide},{kind}", "long,notes,wide,kind"),
    "notes, all different": lines("{long},{wide},seen at {i},{kind}", "long,wide,notes,kind"),
    "years for names": lines(header="2019,2020,kind"),
    "numbers of columns for names": lines(header="0,1,2"),
    "names like markup": lines(header="[small],length [cm],:smile:"),
    "the target first": (lines("{kind},{long},{wide}", "kind,long,wide"), {"target": "kind"}),
    "the target first, by position": (lines("{kind},{long},{wide}", None), {"target": 0}),
    "decimal commas that only you know of": (
        lines("{long:.3f};{wide};{kind}", None).replace(".", ","),
        {"decimal": "comma"},
    ),
    "missing cells left out": (PLAIN + ",4,a\n5,,b\n3,4,\n?,NA,a\n", {"missing": "drop"}),
}


@pytest.fixture
def read(tmp_path):
    def read(text, **options):
        path = tmp_path / "own.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return load_csv(path, **options)

    return read


@pytest.mark.parametrize("kind", SAME)
def test_every_kind_of_table_is_the_same_flowers(read, kind):
    text, options = SAME[kind] if isinstance(SAME[kind], tuple) else (SAME[kind], {})
    data = read(text, **options)
    np.testing.assert_array_equal(data.X, X)
    assert (data.classes, data.y.tolist()) == (("a", "b"), Y.tolist())
    assert [column.role for column in data.columns if column.role != "ignore"].count("number") == 2
    assert all(column.says for column in data.columns)
    unnamed = ("no header", "by position", "only you know of")
    assert any(name.startswith("column") for name in data.features) == any(end in kind for end in unnamed)


# What cannot be read as it stands: the text, arguments, and what the message says and advises.
REFUSED = {
    "an empty cell": (
        PLAIN.replace("2.25", ""),
        {},
        r"line 3, column 1 \(long\): the cell is empty.*missing='drop'",
    ),
    "cells of -": (
        lines().replace("60,b", "-,b"),
        {},
        r"line 7, column 2 \(wide\): '-' means .*missing='mean'",
    ),
    "N/A among words": (PLAIN.replace("60,b", "60,N/A"), {}, r"line 7, column 3 \(kind\): 'N/A' means"),
    "a word among numbers": (
        PLAIN.replace("3.125", "tall"),
        {},
        r"line 4, column 1 \(long\): 'tall' is not .*roles=",
    ),
    "a number in another unit": (
        lines("{long} cm,{wide},{kind}").replace("3.125 cm", "31.25 mm"),
        {},
        r"'31.25 mm' is not a finite number",
    ),
    "both decimal signs": (
        lines("{long};{wide};{kind}", "l;w;k").replace("2.25", "2,25"),
        {},
        r"'2,25' is not a finite number",
    ),
    "commas that can be both": (
        lines("{long};{wide};{kind}", "l;w;k", long=["1,500", "2,250"] * 4),
        {},
        r"can be 1500 or 1.500; decimal='point'",
    ),
    "unquoted decimal commas": (
        lines(long=COMMAS["long"][::-1]),
        {},
        "line 2 has 4 columns, but line 1 has 3; a comma inside",
    ),
    "an infinite number": (PLAIN.replace("3.125", "inf"), {}, "'inf' is not a finite number"),
    "a line that is too long": (
        PLAIN.replace("60,b", "60,b,c"),
        {},
        "line 7 has 4 columns, but line 1 has 3",
    ),
    "a line that is too short": (PLAIN.replace("60,b", "60"), {}, "line 7 has 2 columns"),
    "a quote without its end": (PLAIN.replace("60,b", '60,"b'), {}, "line 9: unexpected end of data"),
    "the same name twice": (lines(header="long,long,kind"), {}, "2 columns are called 'long'; header=False"),
    "one class": (PLAIN.replace(",b", ",a"), {}, "holds one class only, 'a'.*target='NAME'"),
    "a target of notes": (lines("{long},{wide},seen at {i}"), {}, "8 different values .*target='NAME'"),
    "a target of dates": (
        lines("{long},{wide},2024-05-0{n}", n=[1, 2] * 4),
        {},
        "holds dates.*target='NAME'",
    ),
    "a constant quantity": (
        lines("{kind},{long},3.5"),
        {},
        "3.5.*nothing to learn|one class only.*target='NAME'",
    ),
    "nothing but ids": (lines("{i},{kind}", "id,kind"), {}, "nothing to learn 'kind' from: left out are id"),
    "every sample lacks something": (
        lines("{long},,{kind}").replace("1.5,,", "1.5,4,"),
        {"missing": "drop"},
        "holds one class only, 'a'",
    ),
    "a target that is not there": (PLAIN, {"target": "kin"}, "no column in .* 'kin'; did you mean 'kind'"),
    "a role that is not there": (PLAIN, {"roles": {"wide": "numbers"}}, "did you mean 'number'"),
    "a column that is not there": (PLAIN, {"roles": {"wid": "number"}}, "did you mean 'wide'"),
    "nothing": ("", {}, "is empty"),
    "empty cells": (",,\n,,\n", {}, "none of its cells holds anything"),
    "comments only": ("# nothing\n", {}, "holds comments only"),
    "one column": ("long\n1\n2\n", {}, "has one column"),
    "no samples": ("long,wide,kind\n", {}, "has a header but no samples"),
    "a workbook": (b"PK\x03\x04\x14\x00\x06\x00", {}, "a workbook of a spreadsheet .*save the table as CSV"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", {}, "save the table as CSV"),
    "a Parquet file": (b"PAR1\x15\x04", {}, "give the DataFrame to load_frame"),
    "a NumPy file": (b"\x93NUMPY\x01\x00", {}, "what np.load reads"),
    "a page": ("<!DOCTYPE html><html><table>", {}, "save the table as CSV"),
    "JSON": ('[{"long": 1}]', {}, "is JSON"),
    "ARFF": ("@relation iris\n@data\n1,2,a\n", {}, "ARFF.*follows @data"),
    "bytes that are no text": (b"a,b\n1,\x00\x01\n" + b"2,3\n" * 60, {}, "is not text"),
    "half a gzip file": (gzip.compress(PLAIN.encode())[:-9], {"gz": True}, "not a whole gzip file"),
    "an unknown decimal sign": (PLAIN, {"decimal": ","}, "no decimal sign ','"),
    "an unknown treatment": (PLAIN, {"missing": "zero"}, "no treatment of missing values 'zero'"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_says_where_it_is_and_what_to_do(tmp_path, kind):
    text, options, message = REFUSED[kind]
    path = tmp_path / ("own.csv.gz" if options.get("gz") else "own.csv")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message):
        load_csv(path, **{name: option for name, option in options.items() if name != "gz"})


def test_there_are_sixty_kinds():
    assert len(SAME) + len(REFUSED) >= 60


def table_of_people(number=40):
    """Passengers: an id, a class to tell, a class, names, words, numbers with gaps, and tickets."""
    rows = [
        f'{i + 1},{i % 2},{1 + i % 3},"Doe, {i}",{("male", "female")[i % 3 % 2]},'
        f"{'' if i % 9 == 4 else i / 2},"
        f"{100 + i if i % 2 else f'A/{i}'},{'SCQ'[i % 3]}"
        for i in range(number)
    ]
    return "\n".join(["PassengerId,Survived,Pclass,Name,Sex,Age,Ticket,Embarked", *rows]) + "\n"


def test_roles_are_guessed_and_said(read):
    with pytest.raises(
        TableError, match=r"line 6, column 6 \(Age\): the cell is empty; 4 values .* \(Age 4\)"
    ):
        read(table_of_people(), target="Survived")
    data = read(table_of_people(), target="Survived", missing="mean")
    assert {column.name: column.role for column in data.columns} == {
        "PassengerId": "ignore",
        "Survived": "target",
        "Pclass": "number",
        "Name": "ignore",
        "Sex": "category",
        "Age": "number",
        "Ticket": "ignore",
        "Embarked": "category",
    }
    assert data.features[1:3] == ("Sex=female", "Sex=male")
    sexes = [["male", "female"][i % 3 % 2] for i in range(40)]
    assert data.X[1].tolist() == [float(sex == "female") for sex in sexes]
    known = [i / 2 for i in range(40) if i % 9 != 4]
    assert data.X[3, 4] == pytest.approx(np.mean(known))
    assert any("4 values are missing in 4 of 40 samples" in remark.text for remark in data.remarks)
    data = read(table_of_people(), target="Survived", missing="drop", roles={"Ticket": "category"})
    assert len(data) == 36
    assert sum(name.startswith("Ticket=") for name in data.features) == 36


def test_a_missing_word_is_the_shares_of_the_words(read):
    text = PLAIN.replace("kind\n", "colour,kind\n")
    for row, colour in enumerate(["red", "red", "", "blue", "red", "blue", "red", "red"]):
        text = text.replace(f"{WIDE[row]},{KIND[row]}\n", f"{WIDE[row]},{colour},{KIND[row]}\n")
    data = read(text, missing="mean")
    assert data.features[2:] == ("colour=blue", "colour=red")
    assert data.X[2:, 2] == pytest.approx([2 / 7, 5 / 7])
    kept = read(text, missing="keep")
    assert np.isnan(kept.X[2:, 2]).all() and np.isfinite(np.delete(kept.X, 2, axis=1)).all()


@pytest.mark.parametrize(
    ("targets", "classes", "remark"),
    [
        ([0, 1], ("0", "1"), ""),
        ([2.5, -1], ("-1", "2.5"), ""),
        ([1, 2, 3], ("1", "2", "3"), "classes=False takes them for a quantity"),
        (range(15), (), "classes=True takes them for names of classes"),
        (np.linspace(0.0, 1.0, 60).tolist(), (), ""),
        (["Yes", "No"], ("No", "Yes"), ""),
        (["yes", "no", "Yes"], ("Yes", "no", "yes"), "'yes' (20×) and 'Yes' (20×) are read as different"),
        (["0", "1", "1.0"], ("0", "1", "1.0"), "'1' (20×) and '1.0' (20×) are read as different"),
    ],
)
def test_classes_and_quantities_are_told_apart_and_near_ties_said(read, targets, classes, remark):
    targets = list(targets)
    rows = [f"{i / 7},{targets[i % len(targets)]}" for i in range(60)]
    data = read("\n".join(["x,y", *rows]))
    assert data.classes == classes
    said = " ".join(each.in_python() for each in data.remarks)
    assert remark in said if remark else not said


def test_a_last_column_that_is_hardly_the_target_is_said(read):
    data = read(lines("{kind},{long},{wide}", "species,long,wide"))
    (remark,) = data.remarks
    assert remark.in_a_command() == (
        "the target is 'wide', as it is the last column; --target species takes that column"
    )


@pytest.mark.parametrize(
    ("stand_in", "said"), [("-999", True), ("9999.0", True), ("-99", True), ("9", False)]
)
def test_a_number_that_looks_as_if_it_meant_a_missing_value_is_said_and_can_be_taken_for_one(
    read, stand_in, said
):
    text = lines(wide=[10, 20, stand_in, 40, 50, stand_in, 70, 80])
    remarks = [remark.in_a_command() for remark in read(text).remarks]
    assert len(remarks) == said
    assert not said or f"--na {float(stand_in):g} says that it means a missing value" in remarks[0]
    for na in ([stand_in], [float(stand_in)], stand_in):
        data = read(text, na=na, missing="drop")
        assert data.X.tolist() == [
            [x for i, x in enumerate(LONG) if i not in (2, 5)],
            [10, 20, 40, 50, 70, 80],
        ]
        with pytest.raises(TableError, match="2 values are missing in 2 of 8 samples"):
            read(text, na=na)
    with pytest.raises(TypeError, match="na holds what means a missing value, such as -999, got None"):
        read(text, na=[None])


def test_a_word_can_be_taken_for_missing_and_a_quantity_may_have_stand_ins(read):
    text = lines("{long},{wide},{i}.5", wide=[10, 20, "later", 40, 50, 60, 70, 80])
    assert read(text, na=["later"], missing="drop").X[1].tolist() == [10, 20, 40, 50, 60, 70, 80]
    (remark,) = read(lines("{long},{t}", "long,t", t=[1.5, 2, 3, 4, 5, 6, -999, -999])).remarks
    assert remark.text == "column 't': -999 stands there 2 times, far from all other numbers"


def test_a_column_of_what_means_missing_only_has_no_numbers(read):
    data = read("-;1\n", roles={"column 1": "category"})
    assert (data.X.tolist(), read(".;1\n").X.tolist()) == ([[1.0]], [[1.0]])


def test_a_column_that_counts_is_learnt_from_and_said(read):
    data = read(lines("{i},{long},{kind}", "step,long,kind"))
    assert data.features == ("step", "long")
    assert [remark.advice[0].value for remark in data.remarks] == [{"step": "ignore"}]


def test_messages_name_options_as_python_and_as_a_command_has_them(read):
    with pytest.raises(TableError) as refused:
        read(PLAIN.replace("3.125", "tall").replace("long", "long [cm]"))
    assert "roles={'long [cm]': 'category'}" in str(refused.value)
    assert "--roles 'long [cm]=category'" in refused.value.remark.in_a_command()
    again = pickle.loads(pickle.dumps(refused.value))
    assert (str(again), again.remark) == (str(refused.value), refused.value.remark)


def test_numbers_at_the_ends_of_the_range_of_floats_are_standardised_without_a_warning(read):
    data = read(
        lines(long=[1e200, 3.0, -1e308, 1e308, 5e-324, 0.0, 1.0, 2.0], wide=[5e-324 * i for i in range(8)])
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        S = standardise(data.X)
    np.testing.assert_allclose(S.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(S.std(axis=1), 1.0, rtol=1e-12)


STYLES = {  # decimal sign, separator of thousands
    "english": (".", ","),
    "german": (",", "."),
    "swiss": (".", "'"),
    "french": (",", "\u202f"),
    "plain": (".", ""),
    "plain with a comma": (",", ""),
}


@given(
    st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=3, max_size=12),
    st.sampled_from(sorted(STYLES)),
    st.sampled_from(["", "$", "€"]),
    st.sampled_from(["", " %", " kg"]),
)
def test_numbers_are_read_as_they_were_written(numbers, style, currency, unit):
    point, thousands = STYLES[style]

    def written(number):
        digits = f"{abs(number):,f}".replace(",", "_").replace(".", point).replace("_", thousands)
        return f"{'-' if number < 0 else ''}{currency}{digits}{unit}"

    cells = [written(number) for number in numbers]
    signs = decimal_signs(cells)
    read = Numerals.of(cells, signs, decimal_sign([signs], ";"))
    assert (read.wrong, read.unclear) == (-1, False)
    assert read.values.tolist() == [float(number) for number in numbers]


@given(st.text(max_size=12))
def test_whatever_a_cell_holds_it_is_a_finite_number_or_none(cell):
    signs = decimal_signs([cell.strip()])
    read = Numerals.of([cell.strip()], signs, decimal_sign([signs], ";"))
    assert np.isfinite(read.values[0]) or np.isnan(read.values[0])


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused_with_its_name(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        data = load_csv(path)
    except ValueError as error:
        assert "any.csv" in str(error)
    else:
        assert np.isfinite(data.X).all() and len(data) == data.X.shape[1]


@given(st.text("0123456789.,;\t|-\n \"ab'#%$", max_size=80))
def test_any_text_of_the_signs_of_tables_is_read_or_refused_with_its_name(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(text, encoding="utf-8")
    try:
        data = load_csv(path)
    except ValueError as error:
        assert "any.csv" in str(error)
    else:
        assert np.isfinite(data.X).all() and len(data) == data.X.shape[1]


class Frame:
    """A data frame that gives its names in one way only, and its columns as lists."""

    def __init__(self, columns, how):
        self.cells = columns
        setattr(self, how, list(columns))

    def __getitem__(self, name):
        return self.cells[name]


class Lender:
    """A frame of which nothing is seen but one protocol."""

    def __init__(self, frame, protocol):
        setattr(self, protocol, getattr(frame, protocol))


class LazyFrame:
    """As polars has it: nothing is there before ``collect``."""

    def collect(self):
        return Frame(FLOWERS, "columns")


FLOWERS = {"long": LONG, "wide": WIDE, "kind": KIND}
FRAMES = {
    "dict": FLOWERS,
    "pandas": pandas.DataFrame(FLOWERS),
    "pandas with categories": pandas.DataFrame(FLOWERS).astype({"kind": "category"}),
    "structured array": np.array(
        list(zip(LONG, WIDE, KIND)), [("long", "f8"), ("wide", "i4"), ("kind", "U1")]
    ),
    "array of objects": np.array([LONG, WIDE, KIND], dtype=object).T,
    **{how: Frame(FLOWERS, how) for how in ("columns", "column_names")},
    "__dataframe__": Lender(pandas.DataFrame(FLOWERS), "__dataframe__"),
    "LazyFrame": LazyFrame(),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_tables_in_memory_are_read_as_files_are(kind):
    data = load_frame(FRAMES[kind])
    np.testing.assert_array_equal(data.X, X)
    assert (data.classes, data.y.tolist()) == (("a", "b"), Y.tolist())
    assert data.features == (("column 1", "column 2") if "objects" in kind else ("long", "wide"))


def test_a_stream_of_arrow_is_read_by_the_first_library_that_can(monkeypatch):
    """Arrow itself is not in the test extra: what its libraries would be called with is seen here."""
    frame = Lender(pandas.DataFrame(FLOWERS), "__arrow_c_stream__")
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # not installed
    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.setattr(pandas.DataFrame, "from_arrow", lambda lent: 1 // 0)
    with pytest.raises(TypeError, match=r"the Lender .* by __arrow_c_stream__.*pandas says: .*division"):
        load_frame(frame)
    read = {frame: Frame(FLOWERS, "columns")}
    monkeypatch.setitem(sys.modules, "polars", SimpleNamespace(DataFrame=read.__getitem__))
    np.testing.assert_array_equal(load_frame(frame).X, X)


COMING_THROUGH = {
    "t": pandas.to_datetime(["2024-01-01", None, "2024-01-02", "2024-01-03"]),
    "x": [1.5, None, 2.5, 3.5],
    "c": ["u", "v", None, "u"],
    "y": list("abab"),
}


def test_dates_words_and_what_is_missing_come_through_the_interchange_protocol():
    data = load_frame(Lender(pandas.DataFrame(COMING_THROUGH), "__dataframe__"), missing="keep")
    assert data.features == ("x", "c=u", "c=v")
    nan = np.nan
    np.testing.assert_array_equal(data.X, [[1.5, nan, 2.5, 3.5], [1, 0, nan, 1], [0, 1, nan, 0]])


@pytest.mark.parametrize("column", [pandas.Categorical(["u", "v", None, "u"]), [True, None, False, True]])
def test_no_missing_value_is_lost_by_the_interchange_protocol(column):
    """pandas 3.1 reads a missing category as the last one, and a missing truth value as False."""
    dtype = None if isinstance(column, pandas.Categorical) else "boolean"
    frame = pandas.DataFrame({**COMING_THROUGH, "c": pandas.Series(column, dtype=dtype)})
    try:
        data = load_frame(Lender(frame, "__dataframe__"), missing="keep")
    except TypeError as error:
        assert "it lost which of the values of column 'c' are missing" in str(error)
    else:  # by a library that keeps them
        assert np.isnan(data.X).any(axis=1).tolist() == [True, True, True]


class Chunked(list):
    """A column of words as pyarrow has it: as an array, it puts the last word where one is missing."""

    def to_pylist(self):
        return list(self)

    def __array__(self, dtype=None, copy=None):
        return np.array([cell or "v" for cell in self], dtype=dtype)


def test_no_missing_word_is_lost_in_a_column_of_arrow():
    columns = {**COMING_THROUGH, "c": Chunked(COMING_THROUGH["c"])}
    assert np.isnan(load_frame(Frame(columns, "column_names"), missing="keep").X[1:, 2]).all()


def test_a_frame_is_no_array_for_fit():
    frame = Lender(pandas.DataFrame(FLOWERS), "__dataframe__")
    with pytest.raises(TypeError, match=r"X is an array of numbers .* a Lender; load_frame reads frames"):
        fit(MLP(2, [1]), frame, Y)


def test_a_column_of_one_known_value_is_left_out():
    """As an input it would be the same in all samples, whatever is done about those that are missing."""
    frame = {"long": LONG, "cabin": ["C85", "", ""] + 5 * ["C85"], "kind": KIND}
    data = load_frame(frame)
    assert data.features == ("long",)
    assert data.columns[1].says == "it is 'C85' wherever it is known"


def test_numbers_that_identify_a_few_things_are_pointed_out():
    data = load_frame({"sensor_id": [101, 102, 103, 101, 102, 103, 101, 102], "long": LONG, "kind": KIND})
    assert data.features == ("sensor_id", "long")
    (remark,) = data.remarks
    assert "--roles sensor_id=category makes an input of each of its values" in remark.in_a_command()


def test_what_is_missing_in_memory_is_missing():
    for missing in (None, float("nan"), pandas.NA, pandas.NaT):
        frame = pandas.DataFrame({"x": [missing, 1.5, 2.5, 3.5], "y": list("abab")}, dtype=object)
        with pytest.raises(TableError, match=r"the DataFrame, row 0, column 1 \(x\): the cell is empty"):
            load_frame(frame)
    masked = np.ma.masked_array([[1.0, 5.0], [2.0, 6.5]], [[True, False], [False, False]])
    with pytest.raises(TableError, match="the MaskedArray, row 0, column 1: the cell is empty"):
        load_frame(masked)
    times = pandas.DataFrame(
        {"t": pandas.date_range("2024-01-01", periods=4), "x": LONG[:4], "y": list("abab")}
    )
    assert load_frame(times).features == ("x",)


@given(arrays(np.float64, (4, 3), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_floats_come_through_to_the_last_bit(table):
    table[:, 2] = [0.0, 1.0, 0.0, 1.0]
    roles = {"column 1": "number", "column 2": "number"}
    np.testing.assert_array_equal(load_frame(table, roles=roles).X, table[:, :2].T)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ([[1, 2], [3, 4]], "a table is a DataFrame, .* got .* of type list"),
        (np.zeros(3), r"got an array of shape \(3,\)"),
        ({"x": [1.0]}, "the dict has 1 columns"),
        ({"x": [1.0], "y": [1, 2]}, "different lengths: {'x': 1, 'y': 2}"),
        ({"x": [], "y": []}, "the dict has no samples"),
        ({"x": [[1, 2], [3, 4]], "y": [1, 2]}, r"a column has one cell a sample, got shape \(2, 2\)"),
    ],
)
def test_what_is_no_table_is_refused(frame, message):
    with pytest.raises((TypeError, TableError), match=message):
        load_frame(frame)
