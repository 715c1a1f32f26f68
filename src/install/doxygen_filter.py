#!/usr/bin/env python3
"""Prints conv.h as Doxygen understands it: its comments are plain ones, and stay so. Called by
Doxygen as INPUT_FILTER."""

import re
import sys

sys.dont_write_bytecode = True
import header_reader  # noqa: E402


def escaped(text):
    return re.sub(r'([\\@<>&#%"])', r"\\\1", text)


def documentation(comment):
    out = []
    for heading, lines, as_it_stands in header_reader.paragraphs(comment):
        if heading:
            out.append("@par " + escaped(heading.capitalize()))
        if as_it_stands:
            out += ["@verbatim"] + lines + ["@endverbatim"]
        elif lines:
            # One line: a line that begins with a dash would be a list.
            out.append(escaped(" ".join(line.strip() for line in lines)))
        out.append("")
    return "\n".join(out)


def member(match):
    """A comment within a structure: behind its member, or above it."""
    before, text = match.groups()
    text = escaped(" ".join(re.sub(r"^\s*\*", "", line).strip() for line in text.splitlines()))
    return before + ("/**< %s */" if before.strip() else "/** %s */") % text


def code_of(item):
    code = item.code.replace("CONV_API ", "")
    return re.sub(r"^([^\n]*?)/\*(.*?)\*/", member, code, flags=re.S | re.M)


def main():
    first, sections = header_reader.read(sys.argv[1])
    print("/** @mainpage libconv\n%s*/" % documentation(first))
    for section in sections:
        print("/** @defgroup %s %s. %s: %s\n@{ */" % (section.page(), section.number,
                                                     section.title.capitalize(), section.summary))
        for item in section.items:
            comment = "/** %s */" % documentation(item.comment) if item.comment else ""
            if item.code.strip():
                together = len(item.functions()) > 1
                print("\n".join((["/** @{ */"] if together else []) + [comment, code_of(item)] +
                                (["/** @} */"] if together else [])))
            elif comment:
                print("/** @addtogroup %s\n%s*/" % (section.page(), documentation(item.comment)))
        print("/** @} */")


if __name__ == "__main__":
    main()
