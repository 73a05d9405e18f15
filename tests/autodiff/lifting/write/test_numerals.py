"""Numbers as a reader would write them."""

import math
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff.lifting.write.numerals import numeral

SEEN = {
    6.0: "6",
    -2.0: "-2",
    -0.0: "-0",
    0.5: "0.5",
    0.01: "0.01",
    1e-4: "0.0001",
    1 / 16: "1/16",
    1 / 30: "1/30",
    -2 / 3: "-2/3",
    2 / 1797: "2/1797",
    1 / 8627: "1/8627",
    79 / 640: "0.1234375",
    0.1 + 0.2: "0.30000000000000004",
    3.0**-0.5: "1/√3",
    math.sqrt(2.0): "√2",
    math.log(2.0): "ln 2",
    math.pi: "π",
    -math.pi / 3: "-π/3",
    2 * math.pi: "2·π",
    1 / math.sqrt(2 * math.pi): "1/√(2·π)",
    math.sqrt(2 / math.pi): "√(2/π)",
    math.sqrt(2) / math.sqrt(math.pi) * (1 - 2**-53): "√(2/π)",
    2 / math.sqrt(math.pi): "2/√π",
    0.044715 * math.sqrt(2 / math.pi): "0.044715·√(2/π)",
    1 / 0.07: "1/0.07",
    2 / 0.07: "2/0.07",
    1 / 0.7: "1/0.7",
    20 / 3: "20/3",
    -1e9: "-1e9",
    1.2e7: "1.2e7",
    100_000.0: "100000",
    -12345678912.0: "-12345678912",
    -1e9 + math.log(2): "-999999999.3068528",
    -6996979305051247 / 524288: "-13345678911.306852",
    1e22: "1e22",
    1.5e300: "1.5e300",
    5e-324: "5e-324",
    math.inf: "inf",
}


def said(text):
    """What a numeral says."""
    text = re.sub(r"ln (\d+)(π?)", r"log(\1·1\2)", text).replace("1π", "π").replace("·", "*")
    return eval(re.sub(r"√(\d+|π)", r"√(\1)", text).replace("√", "sqrt"), {**vars(math), "π": math.pi})


@pytest.mark.parametrize(("value", "text"), SEEN.items())
def test_numbers_people_meet(value, text):
    assert numeral(value)[0] == text


NEAR = st.floats() | st.fractions(max_denominator=5000).map(float) | st.integers(-(10**15), 10**15).map(float)


@given(NEAR)
def test_every_numeral_reads_back(value):
    text, numpy, latex = numeral(value)
    if re.search("[√lπ]|/0[.]", text):
        assert said(text) == pytest.approx(value, rel=1e-15)
        assert eval(numpy) == value
        return
    back = eval(numpy, {"np": math})
    typeset = re.sub(r"\\tfrac\{(\d+)\}\{(\d+)\}", r"\1/\2", latex)
    typeset = re.sub(r"(?:([\d.]+) \\cdot )?10\^\{(-?\d+)\}", lambda m: f"{m[1] or 1}e{m[2]}", typeset)
    if math.isfinite(value):
        assert [float(Fraction(word)) for word in (text, typeset)] == [value, value]
        assert back == value
        assert math.copysign(1.0, back) == math.copysign(1.0, value)
    else:
        assert math.isnan(back) == math.isnan(value)
        assert math.isnan(value) or back == float(text) == value


CLOSED = st.builds(
    lambda p, q, of: of(p / q),
    st.integers(1, 32),
    st.integers(1, 32),
    st.sampled_from(
        [
            lambda x: x * math.pi,
            lambda x: x / math.pi,
            lambda x: math.sqrt(x * math.pi),
            lambda x: math.sqrt(x / math.pi),
            lambda x: x * math.sqrt(2 / math.pi),
            lambda x: 1.0 / round(x, 2 - math.floor(math.log10(x))),
        ]
    ),
)


@given(CLOSED)
def test_every_closed_form_says_the_number(value):
    assert said(numeral(value)[0]) == pytest.approx(value, rel=1e-15)


@given(NEAR.filter(math.isfinite))
def test_a_numeral_is_no_longer_than_the_number(value):
    assert len(numeral(value)[0]) <= len(repr(value))


@given(st.decimals(-1000, 1000, places=6).map(float))
def test_a_decimal_that_somebody_wrote_is_no_fraction_of_large_numbers(value):
    p, _, q = numeral(value)[0].partition("/")
    assert not q or (abs(int(p)) == 1 and int(q) < 1_000_000)


@given(st.integers(2, 999))
def test_roots_are_roots(n):
    for value in (math.sqrt(n), 1.0 / math.sqrt(n), math.log(n)):
        text = numeral(value)[0]
        found = re.fullmatch(r"(1/)?√(\d+)|ln (\d+)", text)
        if found:
            below, root, log = found.groups()
            back = math.log(int(log)) if log else math.sqrt(int(root))
            assert (1.0 / back if below else back) == pytest.approx(value, rel=1e-15)
        else:
            assert n > 10 or math.sqrt(n).is_integer()
