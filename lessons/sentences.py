"""The messages in sources: what a module says, as a catalog has it.

An f-string is a message with the names of its parts, ``f"{len(rows)} rows"`` the message ``{rows} rows``.
"""

import ast
import contextlib
import re


def messages(source, of_say_alone=False):
    """The messages of a module, in their order: what stands in a call of ``say``, and unless it is that
    alone, names of mistakes, and sentences that are no documentation."""
    tree = ast.parse(source)
    left_out, names, said = set(), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            left_out.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            left_out.update(node.values, (getattr(part, "format_spec", None) for part in node.values))
        if isinstance(node, (ast.Call, ast.Tuple)):
            names |= beside_a_sentence(node)
            said |= said_by(node)
    found = (node for node in ast.walk(tree) if node not in left_out)
    texts = {
        (node.lineno, node.col_offset, text): text
        for node in found
        if (text := message(node))
        and (node in said or (not of_say_alone and (node in names or is_sentence(text))))
    }
    return [*dict.fromkeys(text for _, text in sorted(texts.items()))]


def message(node):
    """What a string is as a message; None if it is no string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.strip()
    if not isinstance(node, ast.JoinedStr):
        return None
    text, taken = "", {}
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += part.value
            continue
        shown = ast.unparse(part.value)
        name = called(part.value)
        while taken.setdefault(name, shown) != shown:
            name += "_"
        # Nothing is between two parts that says where the one ends: they are one.
        text = text if text.endswith("}") else text + "{" + name + "}"
    return text.strip()


def called(value):
    """A name for what an expression gives."""
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.Attribute):
        return value.attr.strip("_")
    if isinstance(value, (ast.Subscript, ast.Starred)):
        return called(value.value)
    if isinstance(value, ast.Call):
        return called(value.args[-1] if value.args else value.func)
    if isinstance(value, ast.BinOp):
        return called(value.left)
    if isinstance(value, ast.GeneratorExp):
        return called(value.generators[0].iter)
    return "it"


def is_sentence(text):
    """Whether there are words in it: two that are no code."""
    words = re.sub(r"\{\w+\}|`[^`]*`", "", text)
    return bool(re.search("[A-Za-z]{2}", words)) and " " in words and not is_code(text)


def is_code(text):
    """Whether Python reads it, or the module for regular expressions."""
    with contextlib.suppress(SyntaxError):
        return bool(ast.parse(text)) and not re.fullmatch("[a-z ]+", text)
    return "\n" in text or re.search(r"\[\^|\(\.\*|\\\w|\\\+|\w ?\||^\^|\(\?", text) is not None


def said_by(node):
    """The strings that a call of ``say`` has as they stand, or of ``in_words``, which knows the language."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return set()
    return {*node.args[:1]} if node.func.id in ("say", "in_words") else set()


def beside_a_sentence(node):
    """Names of mistakes: single words that stand beside what is said of the mistake."""
    parts = node.args if isinstance(node, ast.Call) else node.elts
    texts = [message(part) for part in parts]
    if not any(text and is_sentence(text) and text[-1] == "." for text in texts):
        return set()
    return {part for part, text in zip(parts, texts) if text and re.fullmatch("[a-z]{3,}", text)}
