#!/bin/sh
# Checks that no object files of the library call each other in a circle: who defines a symbol, who
# uses it (nm), and the strongly connected components of the graph of files.
#
#     check_calls.sh ARCHIVE-OR-OBJECT...
set -eu

nm -A -P "$@" 2>/dev/null | awk '
    # "archive[member]: symbol type value size" or "file: symbol type ..."
    {
        file = $1
        sub(/:$/, "", file)
        if (match(file, /\[[^]]*\]$/)) file = substr(file, RSTART + 1, RLENGTH - 2)
        sub(/^.*\//, "", file)
        sub(/\.c\.o$/, ".c", file)
        # A leaf file is compiled for every type and level into objects of one name; those are one.
        if ($3 == "U") { uses++; user[uses] = file; used[uses] = $2 }
        else if ($3 ~ /^[A-TV-Z]$/) owner[$2] = file
        files[file] = 1
    }
    # Tarjan: components of the graph of files.
    function visit(v,    i, w, list, size) {
        order[v] = low[v] = ++counter
        stack[++top] = v
        on[v] = 1
        for (i = 1; i <= degree[v]; i++) {
            w = edge[v, i]
            if (!(w in order)) {
                visit(w)
                if (low[w] < low[v]) low[v] = low[w]
            } else if (on[w] && order[w] < low[v]) low[v] = order[w]
        }
        if (low[v] != order[v]) return
        size = 0
        list = ""
        do {
            w = stack[top--]
            on[w] = 0
            size++
            list = w " " list
        } while (w != v)
        if (size > 1) { print "circle of " size ": " list; circles++ }
    }
    END {
        for (i = 1; i <= uses; i++) {
            from = user[i]
            to = owner[used[i]]
            if (to == "" || to == from || ((from, to) in seen)) continue
            seen[from, to] = 1
            edge[from, ++degree[from]] = to
            edges++
        }
        for (file in files) { count++; if (!(file in order)) visit(file) }
        if (edges == 0) { print "no calls found: nothing was checked"; circles++ }
        print count + 0 " object files, " edges + 0 " calls between them, " circles + 0 " circles"
        exit circles > 0
    }'
