#!/bin/sh
# Checks the floors of the library's house, top down: integer, volterra, varying and layer, which
# stand on the core; api; plan; methods; cost; integral and fft; problem
# and kernels; base. A file includes headers of its own directory or of a lower floor only, never
# from above or from the neighbour on its own floor; and headers include each other in no circle.
set -eu

source=${CONV_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$source/src"

find . -name '*.[ch]' | sed 's|^\./||' | sort | while IFS= read -r file; do
    printf '@ %s\n' "$file"
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file"
done | awk '
    BEGIN {
        floor["integer"] = 8; floor["varying"] = 8; floor["volterra"] = 8; floor["layer"] = 8; floor["api"] = 7; floor["plan"] = 6; floor["methods"] = 5
        floor["cost"] = 4; floor["integral"] = 3; floor["fft"] = 3
        floor["problem"] = 2; floor["kernels"] = 2; floor["base"] = 1
    }
    function place(path) { # the directory of a file
        return index(path, "/") ? substr(path, 1, index(path, "/") - 1) : "nowhere"
    }
    function wrong(text) { print text; bad++ }
    $1 == "@" { file = $2; files[file] = 1; next }
    { count++; from[count] = file; to[count] = $1 }
    # Follows headers depth first; the path so far is marked 1, what is done 2.
    function visit(node, trail,    i) {
        mark[node] = 1
        for (i = 1; i <= count; i++) {
            if (from[i] != node || !(target[i] in files)) continue
            if (mark[target[i]] == 1) wrong("circle: " trail " -> " target[i])
            else if (!mark[target[i]]) visit(target[i], trail " -> " target[i])
        }
        mark[node] = 2
    }
    END {
        for (i = 1; i <= count; i++) {
            target[i] = to[i]
            beside = from[i]
            sub(/[^\/]*$/, "", beside)
            if (!(target[i] in files) && (beside to[i]) in files) target[i] = beside to[i]
            here = place(from[i])
            there = place(target[i])
            if (to[i] == "conv.h" || target[i] ~ /^config\.h$/) continue
            checked++
            if (!(target[i] in files)) wrong(from[i] " includes " to[i] ", which is not there")
            else if (!(here in floor)) wrong(from[i] " lies in a directory without a floor")
            else if (here != there && floor[there] >= floor[here])
                wrong(from[i] " (" here ") includes " target[i] " (" there "): upwards or sideways")
        }
        for (file in files) if (!mark[file]) visit(file, file)
        if (checked == 0) wrong("no includes found: nothing was checked")
        print checked " includes, " bad + 0 " wrong"
        exit bad > 0
    }'
