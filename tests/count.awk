# Reads what `meson test` wrote as JSON, one line per test program, and prints records for run.sh:
#
#   passed N CONFIGURATION             failed N CONFIGURATION: what
#                                      skipped N CONFIGURATION: what and why
#
# A program that speaks TAP counts its cases; what it announced and did not get to has failed, and
# one that ended badly has at least one failure. Any other program counts once.
#
#   awk -v configuration=NAME -v status=N -f count.awk testlog.json
#
# where N is what `meson test` ended with.

# The value of a field of one JSON object; of text, the text with its escapes.
function field(object, name,    at, rest) {
    at = index(object, "\"" name "\": ")
    if (at == 0) return ""
    rest = substr(object, at + length(name) + 4)
    if (substr(rest, 1, 1) != "\"") {
        sub(/[,}].*/, "", rest)
        return rest
    }
    match(rest, /^"([^"\\]|\\.)*"/)
    return substr(rest, 2, RLENGTH - 2)
}

function fault(count, what) {
    print "failed " count " " configuration ": " what
    failed += count
}

function leave_out(what) {
    print "skipped 1 " configuration ": " what
    skipped++
}

{
    name = field($0, "name")
    result = field($0, "result")
    # The lines of its output; in JSON they are parted by the two characters \n.
    lines = split(field($0, "stdout"), line, /\\n/)
    planned = 0
    before = passed + failed + skipped
    failed_before = failed
    for (i = 1; i <= lines; i++) {
        if (line[i] ~ /^1\.\.[0-9]+/) planned = substr(line[i], 4) + 0
        else if (line[i] ~ /^ok [0-9]+.*# *[Ss][Kk][Ii][Pp]/) leave_out(name ": " line[i])
        else if (line[i] ~ /^ok [0-9]/) passed++
        else if (line[i] ~ /^not ok [0-9]/) fault(1, name ": " line[i])
    }
    cases = passed + failed + skipped - before
    if (planned > cases) fault(planned - cases, name ": " planned - cases " cases never ran")
    else if (planned == 0 && cases == 0 && result == "OK") passed++
    else if (planned == 0 && cases == 0 && result == "SKIP") leave_out(name ": " line[1])
    if (result != "OK" && result != "SKIP" && failed == failed_before) fault(1, name ": " result)
}

END {
    if (status != 0 && failed == 0) fault(1, "meson test ended with " status)
    if (passed + failed + skipped == 0) fault(1, "no test ran")
    if (passed > 0) print "passed " passed " " configuration
}
