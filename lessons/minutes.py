"""How many minutes a lesson takes: an estimate, of somebody who reads everything and runs each cell.

What stands under a heading with the word *further* can be left out, and is counted apart.
"""

import re

BEGIN = "### BEGIN SOLUTION"
CHECK = r"check\.(\w+)\("

WORDS_A_MINUTE = 130
A_FORMULA, A_CELL, A_LINE, A_GUESS, AN_EXERCISE = 1.0, 0.25, 0.1, 1.0, 4.0  # minutes
FORMULA = (
    f"The minutes are an estimate: words / {WORDS_A_MINUTE} + {A_FORMULA:g} a formula on a line of its own + "
    f"{A_CELL:g} a cell of code + {A_LINE:g} a line of code to read + {A_GUESS:g} a guess + {AN_EXERCISE:g} "
    "an exercise, or what its cell states, rounded to five. What is marked *further* can be left out, and is "
    "counted apart."
)
HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)


def is_check(cell):
    """Whether a cell hands an answer to what checks it."""
    return cell.cell_type == "code" and re.match(CHECK, cell.source) is not None


def is_guess(cell):
    return cell.cell_type == "code" and cell.source.startswith("guess = ")


def minutes(notebook):
    """Of an edition with answers, the minutes without what is marked further, and those of that."""
    taken, part = {False: 0.0, True: 0.0}, False
    for cell in notebook.cells:
        if cell.cell_type == "code":
            taken[part] += of_code(cell)
            continue
        for piece in re.split(r"(?m)^(?=#{2,3} )", cell.source):
            if heading := HEADING.match(piece):
                part = re.search(r"\bfurther\b", heading[1], re.IGNORECASE) is not None
            taken[part] += len(piece.split()) / WORDS_A_MINUTE + A_FORMULA * piece.count("$$") / 2
    return tuple(5 * round(each / 5) for each in (taken[False], taken[True]))


def of_code(cell):
    if is_guess(cell):
        return A_CELL + A_GUESS
    if BEGIN in cell.source:
        return A_CELL + cell.metadata.get("minutes", AN_EXERCISE)
    lines = [line for line in cell.source.splitlines() if re.match(r"\s*(?!import |from )\S", line)]
    return A_CELL + A_LINE * len(lines) * (not is_check(cell))


def in_words(taken):
    """The minutes of a lesson as tables have them: those of what is further after a plus."""
    core, further = taken
    return f"{core} + {further}" if further else f"{core}"
