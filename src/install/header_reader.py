"""Reads include/conv.h for the manual pages and the HTML reference, so that the header stays the
only text: sections, and in them comments with the declarations that follow them."""

import re

TITLE = re.compile(r"/\* ---- (\d+) (.+?) -+ \*/\Z")
FUNCTION = re.compile(r"CONV_API\s[^;(]*?\b(conv\w*)\s*\([^;]*;", re.S)


class Item:
    """A comment and the code below it; either may be empty."""

    def __init__(self, comment, code):
        self.comment, self.code = comment, code

    def functions(self):
        return FUNCTION.findall(re.sub(r"/\*.*?\*/", "", self.code, flags=re.S))


class Section:
    def __init__(self, number, title, summary):
        self.number, self.title, self.summary, self.items = number, title, summary, []

    def functions(self):
        return [name for item in self.items for name in item.functions()]

    def page(self):
        return "conv_" + re.sub(r"\W+", "_", self.title.lower())


def without_conditions(text):
    """Without what the preprocessor chooses between; the guard goes, and its contents stay."""
    kept, depth = [], 0
    for line in text.splitlines():
        if re.match(r"\s*#\s*if", line):
            depth += "CONV_H" not in line
        elif re.match(r"\s*#\s*endif", line):
            depth -= depth > 0
        elif depth == 0 and not re.match(r"\s*#\s*(else|elif|include|define CONV_H\b)", line):
            kept.append(line)
    return "\n".join(kept)


def read(path):
    """The first comment's text, and the sections."""
    with open(path) as file:
        text = without_conditions(file.read())
    first, sections = None, []
    parts = re.split(r"^(/\*.*?\*/)[ \t]*$", text, flags=re.S | re.M)
    for comment, code in zip(parts[1::2], parts[2::2]):
        title = TITLE.match(comment)
        if first is None:
            first = comment
        elif title:
            # The table of contents has what it is about.
            entry = re.search(r"^ \*  *%s  %s +(.+)$" % title.groups(), first, re.M)
            sections.append(Section(*title.groups(), entry.group(1) if entry else title.group(2)))
            if code.strip():
                sections[-1].items.append(Item("", code.strip("\n")))
        elif sections:
            # What stands after an empty line has no comment of its own, and is shown by itself.
            own, gap, rest = code.strip("\n").partition("\n\n")
            sections[-1].items.append(Item(comment, own))
            if rest.strip():
                sections[-1].items.append(Item("", rest.strip("\n")))
        else:
            raise ValueError("%s: before the first section: %s" % (path, comment))
    return first, sections


def version(path):
    with open(path) as file:
        text = file.read()
    return ".".join(re.search(r"CONV_VERSION_%s (\d+)" % part, text).group(1)
                    for part in ("MAJOR", "MINOR", "PATCH"))


def paragraphs(comment):
    """Pairs: heading or None, lines, and whether they are set as they stand, such as formulas,
    pictures and tables."""
    body = re.sub(r"\s*\*/\Z", "", comment[2:])
    lines = [re.sub(r"\A \* ?|\A \*\Z", "", " *" + line if i == 0 else line).rstrip()
             for i, line in enumerate(body.splitlines())]
    found, block = [], []
    for line in lines + [""]:
        if line.strip():
            block.append(line)
            continue
        if block:
            found.extend(split_heading(block))
        block = []
    return found


def split_heading(block):
    rule = re.match(r"\s*---- (.+?) ----", block[0])
    if rule:
        rest = block[1:]
        return [(rule.group(1), rest, False)]
    capitals = re.match(r"([A-Z]{2}[A-Z, ]+|[A-Z]{3,})\. +", block[0])
    if capitals:
        return [(capitals.group(1), [block[0][capitals.end():]] + block[1:], is_literal(block[1:]))]
    # A table or a formula below a sentence that ends in a colon.
    for at in range(1, len(block)):
        is_prose = not any(re.search(r"\S {2,}\S", line) for line in block[:at])
        if is_prose and block[at - 1].endswith(":") and is_literal(block[at:]):
            end = at + sum(1 for line in block[at:] if line.startswith("  "))
            if is_literal(block[end:]) or not block[at].startswith("  "):
                end = len(block)
            below = [(None, block[end:], False)] if block[end:] else []
            return [(None, block[:at], False), (None, block[at:end], True)] + below
    return [(None, block, is_literal(block))]


def is_literal(lines):
    return any(line.startswith("  ") for line in lines)
