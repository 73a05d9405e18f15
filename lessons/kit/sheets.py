"""The two sheets of questions and their key, made of ``questions.yaml`` by ``lessons/editions.py``."""

from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
FORMS = ("A", "B")
LETTERS = "abcd"

TASK = (
    "Ten questions, ten minutes, no computer. Mark one answer each; if you do not know it, mark none. "
    "Your code, not your name:"
)


def asked():
    """The questions, in the order of the sheets: of each its skill and, by form, text and choices."""
    return yaml.safe_load((FOLDER / "questions.yaml").read_text(encoding="utf-8"))


def meaning(question, form, letter):
    """What the choice of a letter says: "right", or the mistake that leads to it."""
    return list(question[form]["choices"].values())[LETTERS.index(letter)]


def sheet(form):
    """The sheet that is handed out."""
    lines = [f"# Form {form}", "", f"{TASK} ______", ""]
    for number, question in enumerate(asked(), start=1):
        lines += [f"**{number}.** {question[form]['text']}", ""]
        lines += [f"- ({letter}) `{choice}`" for letter, choice in zip(LETTERS, question[form]["choices"])]
        lines.append("")
    return "\n".join(lines)


def key():
    """The right letters, and the mistake behind each other one."""
    lines = ["# Key", "", "| | skill | form |" + " |".join(f" ({each})" for each in LETTERS) + " |"]
    lines.append("|---" * (3 + len(LETTERS)) + "|")
    for number, question in enumerate(asked(), start=1):
        for form in FORMS:
            cells = (meaning(question, form, letter) for letter in LETTERS)
            told = ("**right**" if cell == "right" else cell for cell in cells)
            lines.append(f"| {number} | {question['skill']} | {form} | {' | '.join(told)} |")
    return "\n".join([*lines, ""])


def sheets():
    """What each file has to be, by its path."""
    made = {FOLDER / f"form_{form}.md": sheet(form) for form in FORMS}
    return {**made, FOLDER / "key.md": key()}
