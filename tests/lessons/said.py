"""What a lesson's text says that can be wrong: formulas, equations, and numbers."""

import io
import re
import tokenize

DISPLAYED = re.compile(r"\$\$.+?\$\$", re.DOTALL)
INLINE = re.compile(r"\$[^$]+\$")
NUMBER = re.compile(r"(?<![\w.\[{_^\\])-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")
WORDS = re.compile(
    r"\b(three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|sixteen|twenty|thirty|fifty|hundred|"
    r"thousand|dozen|half|third|quarter|fifths|tenth|thousandth|twice)\b",
    re.IGNORECASE,
)
RELATION = re.compile(r"=|\\approx|\\leftarrow|<|>")
GIVEN = re.compile(r"\$[\w\\\s{}']+ ?= ?-?[\d.]+\$")  # a name and its number, which a cell has, too

# What is no claim: code, where links lead, the time, how many hints there are, and which lesson is meant.
NO_CLAIM = (
    re.compile(r"^\*\*Time\.\*\* .*$", re.MULTILINE),
    re.compile(r"[Tt]hree hints.*?, then 2, then 3"),
    re.compile(r"`[^`]*`"),
    re.compile(r"\]\([^)]*\)"),
    re.compile(r"^#+ .*$", re.MULTILINE),
    re.compile(r"[Ll]essons? \d+(?:(?:,| and| to) \d+)*|Exercise \d+"),
)


def to_be_held(text, numbers):
    """The parts of a text that are claims: formulas on a line of their own, equations, and numbers, in digits
    or in words, that are none of ``numbers``."""
    for pattern in NO_CLAIM:
        text = pattern.sub(" ", text)
    found = DISPLAYED.findall(text)
    text = DISPLAYED.sub(" ", text)
    found += [each for each in INLINE.findall(text) if RELATION.search(each) and not GIVEN.fullmatch(each)]
    found += [each[0] for each in WORDS.finditer(text)]
    return found + [each for each in NUMBER.findall(text) if number_of(each) not in numbers]


def number_of(digits):
    return float(digits.replace(",", ""))


def numbers_in(cells):
    """The numbers in the code of cells, and in what they print."""
    found = set()
    for cell in cells:
        for token in tokenize.generate_tokens(io.StringIO(cell.source).readline):
            if token.type == tokenize.NUMBER:
                found.add(float(eval(token.string)))
            elif token.type in (tokenize.STRING, tokenize.COMMENT):
                found |= {number_of(each) for each in NUMBER.findall(token.string)}
        printed = "".join(
            each.get("text", "") + each.get("data", {}).get("text/plain", "") for each in cell.outputs
        )
        found |= {number_of(each) for each in NUMBER.findall(printed)}
    return found
