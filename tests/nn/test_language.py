"""What is printed in Korean: sentences of the judge as they come, with particles that fit."""

import re

import pytest

from nn.judging.file_verdict import FileVerdict, Row
from nn.judging.verdict import Finding, Verdict
from nn.language import Sentences, say, spoken

SENTENCES = [
    "It is the gradient of the forward pass.",
    "It follows from dA2, which is wrong; given that, it is right.",
    "W is not transposed, and should be, or the other way round. It should be dA2 = W3ᵀ·dZ3.",
    "twice too large, sign flipped",
    "It is what the last sample alone gives, over 5: add up, += for =.",
    "Without the term with reg: it is the right one times 5, the number of samples: a sum, and the loss is a "
    "mean.",
    "1/m missing: It is the right one times 5, the number of samples: a sum, and the loss is a mean. Look at "
    "line 14.",
    "In dW2 there is A2 where A1 should be",
    "W2 is wrong. Look at dZ2, line 7. It is about what is multiplied with what.",
    "x has shape (3, 4) and w has (3, 2): a product needs as many columns on the left as rows on the right. "
    "w.T would fit.",
    "Held to central differences of the forward pass in float64, off by at most 1.2e-09 of the largest; "
    "on your arguments and 4 random ones, as float64.",
    "line 4, in f raised ValueError: no",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_nothing_but_names_and_formulas_stays_in_english(sentence):
    said = say(sentence, "ko")
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", said), said
    assert not re.search(r"\b(is|the|of|and|should|for)\b", said), said
    for formula in re.findall(r"\bd?[AWZ]\d\b|W3ᵀ·dZ3|\d+e-\d+|\(\d, \d\)|float64|\d+", sentence):
        assert formula in said or formula == "1", said


def test_the_first_words_that_fit_do_not_swallow_the_next_sentence():
    korean = Sentences(
        [("It is {n} times {what}.", "{what} {n}배."), ("Mend {it} first.", "{it} 먼저 고치세요.")]
    )
    assert korean("It is 3 times W. Mend b first.") == "W 3배. b 먼저 고치세요."
    assert korean("It is 3 times W. Nobody knows this.") == "W 3배. Nobody knows this."
    assert korean("") == ""


def test_a_verdict_is_printed_in_a_language_and_stays_as_it_is():
    verdict = Verdict(
        "f", [Finding("W", False, "sign flipped", "It is the right one times -1: drop the minus.")], ""
    )
    korean = verdict.in_language("ko")
    assert "부호 반대" in str(korean) and "빼기 기호를 지우세요" in korean._repr_html_()
    assert korean.hint(2) == "W: 틀렸습니다. 실마리: 부호."
    assert korean.findings == verdict.findings
    assert "✗ sign flipped" in str(verdict.in_language("en"))
    file = FileVerdict(
        [Row("f", "W", True, "right"), Row("g", "W", False, "sign flipped: It was not returned.")]
    )
    assert "맞음" in str(file.in_language("ko")) and "부호 반대: 반환되지 않았습니다." in str(
        file.in_language("ko")
    )


def test_a_language_without_a_catalog_is_english():
    assert say("sign flipped", "de") == "sign flipped"
    assert spoken("de") == "en" and spoken("ko") == "ko"


@pytest.mark.parametrize("name", ["tanh′ missing", "dZ2 for dA2", "relu of the gradient"])
def test_a_name_in_small_letters_keeps_them(name):
    said = say(name, "ko")
    assert re.search("[가-힣]", said)
    assert {*re.findall("[A-Za-z]+", said)} <= {*re.findall("[A-Za-z]+", name)}
