"""The clinic's patients are each ill in one line, which the judge names, and healthy with the right one."""

import pytest

from duograd.course.answers import NotYet
from duograd.course.clinic import PATIENTS, mended, patient

every_patient = pytest.mark.parametrize("number", PATIENTS)


def test_there_are_twelve_and_no_two_alike():
    assert [*PATIENTS] == [*range(1, 13)]
    assert len({each.source for each in PATIENTS.values()}) == 12


@every_patient
def test_the_judge_names_what_is_wrong_and_takes_the_healthy_line(number):
    ill = patient(number)
    with pytest.raises(NotYet) as refused:
        mended(number, ill.line, ill.wrong)
    assert refused.value.name not in ("", "missing", "an error")
    mended(number, ill.line, ill.healthy_line)


def test_hints_say_where_then_of_what_kind_and_a_patient_shows_its_lines():
    first = patient(1)
    assert first.hint(1) == "W2 is wrong. Look at dA2."
    assert first.hint(2) == "W2 is wrong. Look at dA2. It is about a matrix and its transpose."
    assert " 8          dA = twin.W[l] @ dZ" in repr(first).splitlines()


def test_numbers_that_are_not_there():
    with pytest.raises(KeyError, match="1 to 12"):
        patient(13)
    with pytest.raises(NotYet, match="lines 1 to 9, not 10"):
        mended(1, 10, "return grads")


def test_what_python_does_not_read():
    with pytest.raises(NotYet, match="Python does not understand") as refused:
        mended(1, 8, "dA = twin.W[l].T @")
    assert refused.value.name == "an error"
    with pytest.raises(NotYet, match="with 'dZ = dA' as line 3, Python does not understand line 4"):
        mended(1, 3, "dZ = dA")
