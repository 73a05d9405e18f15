"""Korean particles: which form one has depends on the sound that the word before it ends in."""

from __future__ import annotations

import re

__all__ = ["with_particles"]

# The form after a consonant, and after a vowel.
FORMS = {"이(가)": "이가", "은(는)": "은는", "을(를)": "을를", "과(와)": "과와"}
TO = "(으)로"  # which after the consonant ㄹ is as after a vowel
BOTH = re.compile("|".join(map(re.escape, (*FORMS, TO))))

# As they are read: 일, 칠, 팔, 엘, 알 end in ㄹ; 영, 삼, 육, 엠, 엔 in another consonant; the rest in vowels.
ENDS_IN_L, ENDS_IN_CONSONANT = "178lrLR", "036mnMN"


def with_particles(text: str) -> str:
    """A text in which a particle has both forms, with the one that fits.

    >>> with_particles("dZ2이(가) W3을(를) 거쳐 모양이 (3, 1)(으)로, 합(으)로")
    'dZ2가 W3을 거쳐 모양이 (3, 1)로, 합으로'
    """
    return BOTH.sub(lambda found: _form(found[0], _sound(text[: found.start()])), text)


def _form(both: str, sound: str) -> str:
    if both == TO:
        return "으로" if sound == "consonant" else "로"
    return FORMS[both][sound == "vowel"]


def _sound(before: str) -> str:
    """What a word ends in: "l", another "consonant", or a "vowel"."""
    last = re.sub(r"[^\w]+$", "", before)[-1:]
    if "가" <= last <= "힣":
        final = (ord(last) - ord("가")) % 28
        return "vowel" if final == 0 else "l" if final == 8 else "consonant"
    return (
        "l" if last in ENDS_IN_L and last else "consonant" if last in ENDS_IN_CONSONANT and last else "vowel"
    )
