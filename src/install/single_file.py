#!/usr/bin/env python3
"""Writes the library as one file, conv.c, for those who put their dependencies' sources beside
their own: the portable loops and the library's own transform, without FFTW3.

    single_file.py OUTPUT SRC VERSION --sources FILE... --leaf NAME:TYPES FILE... --leaf ...

Every source is a translation unit whose file-scope names are its own; put one after the other they
collide. So each name that more than one unit defines gets the unit's name behind it, macros end
with their unit, and leaf files (base/leaf.h) are repeated for each element type. Headers that do
not see an element type are written once."""

import os
import re
import sys
from collections import Counter

TOKEN = re.compile(r"""/\*.*?\*/ | //[^\n]* | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
                       | [A-Za-z_]\w* | \.?\d(?:[eEpP][+-]|[\w.])* | -> | \.\.\. | \s+ | .""",
                   re.S | re.X)
IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"[^\n]*\n', re.M)
LEAF_DEFINES = {"f32": "0", "f64": "0", "c32": "1", "c64": "1", "c32r": "2", "c64r": "2"}
KEYWORDS = set("""auto break case char const continue default do double else enum extern float for
    goto if inline int long register restrict return short signed sizeof static struct
    switch typedef union unsigned void volatile while bool _Bool _Atomic _Complex _Thread_local
    _Static_assert __attribute__ __extension__ __inline""".split())


class Tree:
    """The sources, by the paths that they include each other by."""

    def __init__(self, src):
        self.src, self.texts, self.typed = src, {}, {"base/leaf.h": True}

    def text(self, name):
        if name not in self.texts:
            with open(os.path.join(self.src, name)) as file:
                self.texts[name] = file.read()
        return self.texts[name]

    def is_typed(self, header):
        """Whether a header sees an element type."""
        if header not in self.typed:
            self.typed[header] = False
            self.typed[header] = any(self.is_typed(inner) for inner in self.includes(header))
        return self.typed[header]

    def includes(self, name):
        return [inner for inner in INCLUDE.findall(self.text(name)) if inner != "conv.h"]

    def with_typed(self, name, seen):
        """A file's text with its typed headers in place, each once, and no other include."""
        def replace(match):
            inner = match.group(1)
            if inner == "conv.h" or not self.is_typed(inner) or inner in seen:
                return ""
            seen.add(inner)
            return self.with_typed(inner, seen)
        return INCLUDE.sub(replace, self.text(name))

    def is_conditional(self, name, at):
        """Whether what stands at this place of a header is under a condition, its guard aside."""
        before = self.text(name)[:at]
        opened = len(re.findall(r"^\s*#\s*if", before, re.M))
        return opened - len(re.findall(r"^\s*#\s*endif", before, re.M)) > name.endswith(".h")

    def without_includes(self, name):
        """A header's text; what it includes under a condition is in its place."""
        def replace(match):
            inner = match.group(1)
            conditional = self.is_conditional(name, match.start()) and inner != "conv.h"
            return self.without_includes(inner) if conditional else ""
        return INCLUDE.sub(replace, self.text(name))

    def plain_headers(self, name, seen):
        """The headers without a type that a file needs, innermost first, each once."""
        found = []
        for match in INCLUDE.finditer(self.text(name)):
            inner = match.group(1)
            if inner not in seen and inner != "conv.h" and not self.is_conditional(
                    name, match.start()):
                seen.add(inner)
                found += self.plain_headers(inner, seen)
                if not self.is_typed(inner):
                    found.append(inner)
        return found


def code_tokens(text):
    """Tokens without comments and preprocessor lines."""
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", "", text, flags=re.M)
    return [t for t in TOKEN.findall(text) if not t.isspace() and t[:2] not in ("/*", "//")]


def chunks(tokens):
    """Declarations and definitions at file scope."""
    chunk, depth = [], 0
    for token in tokens:
        chunk.append(token)
        depth += (token == "{") - (token == "}")
        if depth == 0 and (token == ";" or (token == "}" and is_function(chunk))):
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def is_function(chunk):
    head = without_attributes(chunk[:chunk.index("{")])
    return bool(head) and head[-1] == ")" and "=" not in head


def without_attributes(tokens):
    kept, i = [], 0
    while i < len(tokens):
        if tokens[i] in ("__attribute__", "_Pragma") and i + 1 < len(tokens):
            depth, i = 0, i + 1
            while i < len(tokens):
                depth += (tokens[i] == "(") - (tokens[i] == ")")
                i += 1
                if depth == 0:
                    break
            continue
        kept.append(tokens[i])
        i += 1
    return kept


def flat(tokens):
    """What lies in no brackets of any kind; a bracket's place is kept by its first character."""
    kept, depth = [], 0
    for token in tokens:
        if token in "([{" and len(token) == 1:
            if depth == 0:
                kept.append(token)
            depth += 1
        elif token in ")]}" and len(token) == 1:
            depth -= 1
        elif depth == 0:
            kept.append(token)
    return kept


def enumerators(chunk):
    """The constants of the enumerations in a chunk, and the tags of its structures."""
    names = []
    for i, token in enumerate(chunk):
        if token in ("struct", "union", "enum") and i + 2 < len(chunk) and chunk[i + 2] == "{":
            names.append(chunk[i + 1])
        if token == "enum":
            start = i + 1 if chunk[i + 1] == "{" else i + 2
            if start >= len(chunk) or chunk[start] != "{":
                continue
            wanted, depth = True, 0
            for inner in chunk[start + 1:]:
                if inner == "}":
                    break
                depth += (inner == "(") - (inner == ")")
                if wanted and IDENTIFIER.match(inner):
                    names.append(inner)
                    wanted = False
                wanted = wanted or (inner == "," and depth == 0)
    return names


def defined(text):
    """The names that a unit defines at file scope, but those that the library's rule keeps apart
    (conv_), and its macros."""
    names = set()
    for chunk in chunks(code_tokens(text)):
        names.update(enumerators(chunk))
        plain = without_attributes(chunk)
        if "{" in plain and is_function(plain):
            plain = plain[:plain.index("{")]
        line = flat(plain)
        if "(" in line and plain[plain.index("(") + 1] == "*":
            pointer = [t for t in plain[plain.index("(") + 2:] if t not in ("const", "*")]
            names.add(pointer[0])
            continue
        if "(" in line and "=" not in line[:line.index("(")]:
            names.update(line[line.index("(") - 1:line.index("(")])
            continue
        before = ""
        for token in line:
            if token in ("=", "[", ",", ";") and IDENTIFIER.match(before):
                names.add(before)
            if token != "[":
                before = token
            if token == "=":
                before = ""
    names = {n for n in names if IDENTIFIER.match(n) and not n.lower().startswith("conv_")}
    return names - KEYWORDS - {"FN"}


def macros(text):
    return set(re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", text, re.M))


def renamed(text, names, suffix):
    """The text with these names followed by the suffix: but members, and what FN() names."""
    tokens, out = TOKEN.findall(text), []
    solid = [i for i, t in enumerate(tokens) if not t.isspace() and t[:2] not in ("/*", "//")]
    place = {index: order for order, index in enumerate(solid)}
    structures = []

    def near(index, step):
        order = place[index] + step
        return tokens[solid[order]] if 0 <= order < len(solid) else ""

    for i, token in enumerate(tokens):
        if i not in place:
            out.append(token)
            continue
        if token == "{":
            opening = near(i, -1) in ("struct", "union") or near(i, -2) in ("struct", "union")
            structures.append(opening)
        elif token == "}" and structures:
            structures.pop()
        if token in names:
            is_member = near(i, -1) in (".", "->")
            is_named = near(i, -1) == "(" and near(i, -2) == "FN"
            in_structure = bool(structures) and structures[-1]
            is_declared = (in_structure and near(i, 1) in (";", ",", "[", ":", ")")
                           and (IDENTIFIER.match(near(i, -1)) or near(i, -1) in ("*", ",")))
            if not (is_member or is_named or is_declared):
                token += suffix
        out.append(token)
    return "".join(out)


def path_in(src, word):
    """A source's path below src; Meson gives files as seen from the build, wherever that lies."""
    return os.path.relpath(word, src) if os.path.exists(word) else word


def main(output, src, version, *words):
    tree, units = Tree(src), []
    groups = []
    for word in words:
        if word in ("--sources", "--leaf"):
            groups.append([word])
        else:
            groups[-1].append(path_in(src, word))
    for group in groups:
        if group[0] == "--sources":
            units += [("", "", name, [name]) for name in group[1:]]
        else:
            folder, types = group[1].split(":")
            units += [(folder, type_, folder + "_" + type_, group[2:])
                      for type_ in types.split(",")]

    texts = {}
    for folder, type_, name, files in units:
        seen = set()
        texts[name] = "\n".join(tree.with_typed(file, seen) for file in files)
    seen, headers = set(), []
    for folder, type_, name, files in units:
        for file in files:
            headers += tree.plain_headers(file, seen)
    plain = "\n".join(tree.without_includes(header) for header in headers)
    common = macros(plain) | {"conv_desc_init"}
    count = Counter(n for text in texts.values() for n in defined(text))
    count.update(defined(plain))

    whole = plain + "".join(texts.values())
    with open(output, "w") as file:
        file.write(HEAD % version)
        for header in sorted(set(re.findall(r"#\s*include\s+<([\w./]+)>", whole)) - NOT_FIRST):
            file.write("#if __has_include(<%s>)\n#include <%s>\n#endif\n" % (header, header))
        file.write("#pragma GCC visibility push(hidden)\n")
        file.write(plain)
        for folder, type_, name, files in units:
            text = texts[name]
            text = re.sub(r"^#define _GNU_SOURCE[^\n]*\n", "", text, flags=re.M)
            suffix = "_in_" + re.sub(r"\W", "_", os.path.splitext(name)[0])
            text = renamed(text, {n for n in defined(text) if count[n] > 1}, suffix)
            file.write("\n/* ---- %s ---- */\n" % name)
            if type_:
                file.write("#define CONV_LEAF_TYPE %s\n#define CONV_LEAF_LEVEL baseline\n"
                           "#define CONV_LEAF_COMPLEX %s\n" % (type_, LEAF_DEFINES[type_]))
                if "64" in type_:
                    file.write("#define CONV_LEAF_DOUBLE\n")
            file.write(text)
            for macro in sorted(macros(text) - common):
                file.write("#undef %s\n" % macro)
            for macro in re.findall(r"^#undef (conv_\w+)", text, re.M):
                file.write("#define %s %s_2\n" % (macro, macro))
            if type_:
                file.write("#undef CONV_LEAF_TYPE\n#undef CONV_LEAF_LEVEL\n"
                           "#undef CONV_LEAF_COMPLEX\n"
                           "#undef CONV_LEAF_DOUBLE\n")


HEAD = """/* libconv %s as one file, made from sources by src/install/single_file.py, MIT licence.
 * Portable loops and the library's own transform, without FFTW3.
 *
 *     cc -O2 -c conv.c         then link conv.o with -lm -pthread; conv.h is the manual
 *
 * GNU C: gcc or clang. Loops are compiled for what the compiler aims at: -march=x86-64-v3 or
 * -march=native make them faster. */
#define _GNU_SOURCE
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off", "no-math-errno")
#endif
#include "conv.h"
/* Before what follows is hidden from other objects. */
"""
# Vectors' headers, which depend on the processor, and those of options that are not there.
NOT_FIRST = {"immintrin.h", "arm_neon.h", "fftw3.h", "cblas.h", "oneapi/dnnl/dnnl.h", "omp.h"}

if __name__ == "__main__":
    main(*sys.argv[1:])
