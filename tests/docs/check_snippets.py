"""The pages' programs, compiled and run: every fenced block ```c that has a main, in any page of
the project and in the comments of the header. What it prints is what its comments say: those that
begin with "prints" hold the output, line by line. TAP; CC compiles.

    check_snippets.py SOURCES LIBRARY [CONVBENCH]

Beside the programs: what the pages name of the library is in the header, links lead somewhere,
lines of ```sh are of a kind that is tried somewhere, and options of the build are explained."""

import os
import re
import shlex
import subprocess
import sys
import tempfile

SOURCES, LIBRARY = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
CONVBENCH = sys.argv[3] if len(sys.argv) > 3 and os.path.exists(sys.argv[3]) else None
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)


def pages():
    for folder, folders, files in os.walk(SOURCES):
        folders[:] = sorted(name for name in folders
                            if not name.startswith((".", "build")) and name != "out")
        for name in sorted(files):
            if name.endswith(".md"):
                path = os.path.join(folder, name)
                with open(path) as file:
                    yield os.path.relpath(path, SOURCES), file.read()


def blocks(text, kind):
    """Line and contents."""
    return [(text.count("\n", 0, match.start()) + 1, match.group(2))
            for match in FENCE.finditer(text) if match.group(1) == kind]


def header_programs(header):
    """Programs within the header's comments, which cannot hold comments themselves."""
    for match in re.finditer(r"/\*.*?\*/", header, re.S):
        if re.search(r"\bint main\(", match.group()):
            yield (header.count("\n", 0, match.start()) + 1,
                   re.sub(r"^ \* ?", "", match.group()[2:-2], flags=re.M))


def said(code):
    lines = []
    for comment in re.findall(r"/\* prints (.*?) ?\*/", code, re.S):
        lines += [line.strip(" *") for line in comment.splitlines()]
    return [" ".join(line.split()) for line in lines if line]


def compiled_and_run(code, folder):
    source = os.path.join(folder, "snippet.c")
    with open(source, "w") as file:
        file.write(code)
    command = shlex.split(os.environ.get("CC", "cc")) + [
        "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", os.path.join(SOURCES, "include"), source,
        LIBRARY, "-Wl,-rpath," + os.path.dirname(LIBRARY), "-lm", "-pthread",
        "-o", os.path.join(folder, "snippet")]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True)
    assert made.returncode == 0, made.stdout
    ran = subprocess.run([os.path.join(folder, "snippet")], stdout=subprocess.PIPE, cwd=folder,
                         universal_newlines=True, timeout=30)
    assert ran.returncode == 0, "ends with %d" % ran.returncode
    return [" ".join(line.split()) for line in ran.stdout.splitlines() if line.strip()]


def check_program(code):
    want = said(code)
    assert want, "no comment says what it prints"
    with tempfile.TemporaryDirectory() as folder:
        got = compiled_and_run(code, folder)
    assert got == want, "prints\n%s\nnot\n%s" % ("\n".join(got), "\n".join(want))


def check_names(text, header):
    """conv1d_f32, CONV_SAME, conv_desc.rule: what stands in backquotes and looks like one of ours.
    A name that ends in _ stands for all that begin so."""
    known = set(re.findall(r"\b(?:conv|CONV)\w*", header))
    for name in re.findall(r"`[^`\n]*`", re.sub(FENCE, "", text)):
        for word in re.findall(r"(?<!::)\b(?:conv[12]?d?_\w+|CONV_\w+)(?![\w.]*\.\w)", name):
            if re.search(re.escape(word) + r"(_\.\.\.|\*|_?[.]{3})", name) or word.endswith("_"):
                assert any(other.startswith(word) for other in known), word
            else:
                assert word in known or word in INTERNAL, word


# What src/README.md and the tests' pages name of the inside.
INTERNAL = set()


def check_options(all_pages):
    """Every option of the build is read by it, and explained on a page."""
    with open(os.path.join(SOURCES, "meson_options.txt")) as file:
        options = re.findall(r"^option\('(\w+)'", file.read(), re.M)
    read = ""
    for folder, _, files in os.walk(SOURCES):
        if "meson.build" in files and "build-" not in folder:
            with open(os.path.join(folder, "meson.build")) as file:
                read += file.read()
    assert options
    for option in options:
        assert "get_option('%s')" % option in read, option + " is not read"
        assert any(re.search("(`|-D)%s\\b" % option, text) for text in all_pages.values()), (
            option + " is on no page")


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def check_links(name, text, all_pages):
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(FENCE, "", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
        assert os.path.exists(os.path.join(SOURCES, path)), "no %s" % path
        if anchor:
            headings = re.findall(r"^#+ (.*)$", re.sub(FENCE, "", all_pages[path]), re.M)
            assert anchor in map(slug, headings), "no heading for #%s in %s" % (anchor, path)


def check_shell(block):
    """convbench's lines are read by convbench; scripts are there; the rest is README's, which
    tests/consumers types."""
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[0] in ("sh", "python3"):
            assert os.path.exists(os.path.join(SOURCES, words[1])), line
        elif os.path.basename(words[0]) == "convbench":
            if CONVBENCH:
                read = subprocess.run([CONVBENCH] + words[1:] + ["--help"],
                                      stderr=subprocess.STDOUT, stdout=subprocess.PIPE,
                                      universal_newlines=True)
                assert read.returncode == 0, "%s\n%s" % (line, read.stdout)
        else:
            raise AssertionError("no test runs: " + line)


def main():
    with open(os.path.join(SOURCES, "include", "conv.h")) as file:
        header = file.read()
    all_pages = dict(pages())
    tests = []
    for name, text in sorted(all_pages.items()):
        for line, code in blocks(text, "c"):
            if re.search(r"\bmain\(", code):
                tests.append(("%s:%d, a program" % (name, line), check_program, (code,)))
        for line, code in blocks(text, "sh"):
            tests.append(("%s:%d, lines to type" % (name, line), check_shell, (code,)))
        tests.append((name + ", its links", check_links, (name, text, all_pages)))
        if name in ("README.md", "CHANGELOG.md") or name.startswith("examples"):
            tests.append((name + ", names of the library", check_names, (text, header)))
    for line, code in header_programs(header):
        tests.append(("conv.h:%d, a program" % line, check_program, (code,)))
    tests.append(("meson_options.txt", check_options, (all_pages,)))
    print("1..%d" % len(tests))
    for number, (name, check, arguments) in enumerate(tests, 1):
        try:
            check(*arguments)
            print("ok %d - %s" % (number, name))
        except (AssertionError, OSError, subprocess.SubprocessError) as fault:
            print("not ok %d - %s" % (number, name))
            print("\n".join("# " + line for line in str(fault).splitlines()))


main()
