#!/bin/sh
# check_exports.sh LIBRARY HEADER MAP: the shared library exports the functions of the header and
# nothing else, those that a release's node of the version script names under that node's version.
set -eu

library=$1 header=$2 map=$3
if ! command -v nm >/dev/null 2>&1; then
    echo "nm is not there"
    exit 77
fi
case $library in
*.dylib) symbols=$(nm -gU "$library" | awk '{ sub(/^_/, "", $3); print $3 }') ;;
*) symbols=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }') ;;
esac

# Names in front of the parenthesis of what is declared CONV_API, comments left out.
declared=$(awk '
    { gsub(/\/\*[^*]*\*\//, "") }
    /^ *\/\*/ { inside = 1 }
    !inside && /^CONV_API/ { open = 1 }
    open { text = text " " $0 }
    open && /\(/ { sub(/\(.*/, "", text); n = split(text, word, /[ *]+/); print word[n]; open = 0; text = "" }
    /\*\// { inside = 0 }' "$header")

{
    awk '/^LIBCONV_/ { node = $1 } /^        conv[a-z0-9_]*;$/ { print "node", node, substr($1, 1, length($1) - 1) }' "$map"
    printf '%s\n' "$declared" | sed 's/^/declared /'
    printf '%s\n' "$symbols" | sed 's/^/exported /'
} | awk '
    function bad(text) { print text; faults++ }
    $1 == "node" { named[$3] = $2 }
    $1 == "declared" { declared[$2]; functions++ }
    $1 == "exported" {
        name = $2
        version = ""
        if (split($2, part, "@@*") > 1) { name = part[1]; version = part[2]; versions++ }
        exported[name] = version
    }
    END {
        for (name in declared)
            if (!(name in exported)) bad("declared, not exported: " name)
        for (name in exported) {
            # Programs compiled with an older header call these; its own name is a macro for the last.
            if (!(name in declared) && name !~ /^conv_desc_init_[0-9]$/) bad("exported, not declared: " name)
            if (name in named && versions && exported[name] != named[name])
                bad(name " has the version " exported[name] ", not " named[name])
            if (versions && exported[name] == "") bad(name " has no version")
        }
        for (name in named)
            if (!(name in exported)) bad("of an older version, and gone: " name)
        print functions + 0 " functions declared, " versions + 0 " symbols with a version, " faults + 0 " faults"
        exit faults > 0 || functions < 53
    }'
