#!/usr/bin/env python3
"""Writes the manual pages from the header, and convbench's from its own help.

    man_pages.py names HEADER              the pages' file names, one a line
    man_pages.py pages HEADER DIRECTORY    conv.3, a page for each section, a link for each function
    man_pages.py convbench HEADER PROGRAM OUTPUT"""

import os
import re
import subprocess
import sys
import textwrap

sys.dont_write_bytecode = True
import header_reader  # noqa: E402

WIDTH = 76  # of prototypes, so that a page fits a terminal of 80 columns and its margin


def escaped(line):
    line = line.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha")
    line = line.replace("~", "\\(ti").replace("`", "\\(ga").replace("'", "\\(aq")
    return "\\&" + line if line.startswith(".") else line


def wrapped(lines):
    """Prose in lines of a moderate length, none of which begins as a request does."""
    text = " ".join(escaped(line.strip()) for line in lines)
    return ["\\&" + line if line.startswith(".") else line
            for line in textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)]


def literal(lines):
    """Lines as they stand, indented as in the text around."""
    lines = textwrap.dedent("\n".join(lines)).splitlines()
    return [".PP", ".RS 4", ".nf"] + [escaped(line) for line in lines] + [".fi", ".RE"]


def prose(comment):
    out = []
    for heading, lines, as_it_stands in header_reader.paragraphs(comment):
        if heading:
            out.append('.SS "%s"' % escaped(heading))
        elif not as_it_stands:
            out.append(".PP")
        if as_it_stands:
            out.extend(literal(lines))
        else:
            out.extend(wrapped(lines))
    return out


def prototypes(code):
    """Functions with their arguments wrapped; other code as it stands."""
    out = []
    for function, behind, other in re.findall(
            r"^(CONV_API[^;]*;)([^\n]*)\n?|^((?!CONV_API)[^\n]*)\n?", code, re.M):
        if not function:
            out.append(other)
            continue
        words = " ".join(function[len("CONV_API"):].split())
        out.extend(textwrap.wrap(words, WIDTH, subsequent_indent=" " * 8, break_long_words=False,
                                 break_on_hyphens=False))
        if behind:
            out[-1] += "  " + behind.strip()
    while out and not out[-1]:
        out.pop()
    return out


def code_block(code):
    lines = [escaped(line) for line in prototypes(code)]
    return [".PP", ".nf", ".ft B"] + lines + [".ft R", ".fi"]


def title(name, section, version):
    return ['.\\" Made from the header conv.h; change that.',
            '.TH "%s" %s "" "libconv %s" "libconv"' % (escaped(name.upper()), section, version),
            ".nh", ".ad l"]


def see_also(names):
    out = [".SH SEE ALSO"]
    for i, name in enumerate(names):
        comma = "," if i + 1 < len(names) else ""
        out.append(".BR %s (%d)%s" % (escaped(name), 1 if name == "convbench" else 3, comma))
    return out


def first_page(comment, sections, version):
    sentences = header_reader.paragraphs(comment)
    summary = sentences[0][1][0].split(" - ", 1)[1].rstrip(".")
    out = title("conv", 3, version)
    out += [".SH NAME", "conv \\- " + escaped(summary)]
    out += [".SH SYNOPSIS", ".nf", ".B #include <conv.h>", ".PP",
            ".B cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs libconv) \\-lm", ".fi"]
    out += [".SH DESCRIPTION", "Every section has a page, and every function of it a name for that",
            "page:"]
    for section in sections:
        out += [".TP", ".BR %s (3)" % escaped(section.page()), escaped(section.summary)]
        names = section.functions()
        if names:
            out[-1] += ":"
            out += textwrap.wrap(", ".join(names), WIDTH)
    # After the list of sections, which the page has just given.
    body = comment.split("THE DEFINITION.", 1)[1]
    out += prose("/* THE DEFINITION." + body)
    return out + see_also([section.page() for section in sections] + ["convbench"])


def section_page(section, sections, version):
    names = section.functions()
    out = title(section.page(), 3, version)
    listed = [section.page()] + [name for name in names if name != section.page()]
    out += [".SH NAME"] + textwrap.wrap(", ".join(listed), WIDTH)
    out.append("\\- " + escaped(section.summary))
    out += [".SH SYNOPSIS", ".nf", ".B #include <conv.h>", ".fi", ".SH DESCRIPTION"]
    for item in section.items:
        code = code_block(item.code) if item.code.strip() else []
        text = prose(item.comment) if item.comment else []
        # Of a function first how it is called, of a type first what it is about.
        out += code + text if item.functions() else text + code
    others = [other.page() for other in sections if other is not section]
    return out + see_also(["conv"] + others)


def names_of(sections):
    pages = [section.page() for section in sections]
    links = [name for section in sections for name in section.functions() if name not in pages]
    return pages, links


def write(path, lines):
    # A paragraph begins below a heading by itself.
    lines = [line for before, line in zip([""] + lines, lines)
             if not (line == ".PP" and before.startswith((".SH", ".SS")))]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")


def write_pages(header, directory):
    first, sections = header_reader.read(header)
    version = header_reader.version(header)
    pages, links = names_of(sections)
    write(os.path.join(directory, "conv.3"), first_page(first, sections, version))
    for section in sections:
        write(os.path.join(directory, section.page() + ".3"),
              section_page(section, sections, version))
        for name in section.functions():
            if name not in pages:
                write(os.path.join(directory, name + ".3"), [".so man3/%s.3" % section.page()])


def convbench_page(program, version):
    def said(*arguments):
        return subprocess.run([program] + list(arguments), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, universal_newlines=True)
    overview = said("--help").stdout.splitlines()
    commands = [line.split() for line in overview if re.match(r"  [a-z]+ {2,}\S", line)]
    out = title("convbench", 1, version)
    out[0] = '.\\" Made from the program\'s help; change that.'
    out += [".SH NAME", "convbench \\- what libconv\\(aqs methods cost, and which one to take",
            ".SH SYNOPSIS", ".B convbench", ".I COMMAND", "[\\fIOPTION\\fR...]", ".SH DESCRIPTION"]
    out += literal(overview[1:])
    out.append(".SH COMMANDS")
    for command, *summary in commands:
        lines = said(command, "--help").stdout.splitlines()
        # What is handed on to a script of the sources has no help of its own here.
        own = lines and lines[0].startswith("Usage: convbench")
        out += ['.SS "%s"' % command] + literal(lines if own else [" ".join(summary)])
    return out + see_also(["conv"])


def main():
    task, header = sys.argv[1:3]
    if task == "names":
        pages, links = names_of(header_reader.read(header)[1])
        print("\n".join(name + ".3" for name in ["conv"] + pages + links))
    elif task == "pages":
        write_pages(header, sys.argv[3])
    elif task == "convbench":
        write(sys.argv[4], convbench_page(sys.argv[3], header_reader.version(header)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
