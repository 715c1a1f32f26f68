# Verdicts of the checks of single examples; see examples.sh. Printed figures have d digits behind
# their point: they are off by half a unit there, which the limits count.

function verdict(good, what) {
    print (good ? "ok - " : "not ok - ") what
    return good
}

# worst must be a number that does not exceed the limit.
function within(what, worst, limit) {
    return verdict(worst == worst + 0 && worst >= 0 && worst <= limit,
        sprintf("%s: worst %.3g, limit %.3g", what, worst, limit))
}

# A field that is no number counts as an infinite one, so that no comparison passes by it.
function number(text) {
    return text ~ /^[-+]?[0-9.]+(e[-+]?[0-9]+)?$/ ? text + 0 : 1e300
}

function abs(x) {
    return x < 0 ? -x : x
}

function max(a, b) {
    return a > b ? a : b
}
