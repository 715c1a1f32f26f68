# volterra: what it printed, then its csv, whose blocks are three equations and the errors. All three
# solutions are known, and all three methods are of second order. Ten digits of a value are written.
function erf(x,    k, term, sum) {
    term = x
    for (k = 0; k < 80; k++) {
        sum += term / (2 * k + 1)
        term *= -x * x / (k + 1)
    }
    return 2 / sqrt(atan2(0, -1)) * sum
}

function exact(equation, t) {
    return equation == 1 ? 1 - exp(-4 * t) : equation == 2 ? exp(-t) : exp(t) * erf(sqrt(t))
}

FILENAME == "volterra.out" {
    if ($1 ~ /^[0-9]+$/ && NF >= 4) {
        rows++
        if ($1 == 64) for (e = 1; e <= 3; e++) first[e] = number($(e + 1))
        if ($1 >= 512) {
            judged++
            for (e = 3; e <= 7; e += 2) off = max(off, abs(number($e) - 2))
        }
    }
    next
}

/^#/ {
    block++
    next
}

block <= 3 && split($0, field, ",") == 3 {
    count[block]++
    y = exact(block, field[1])
    known = max(known, abs(field[3] - y) / (1e-9 * abs(y) + 1e-15))
    worst[block] = max(worst[block], abs(field[2] - y))
    largest[block] = max(largest[block], abs(y))
}

END {
    verdict(rows == 12 && judged == 9, "volterra: 12 rows")
    within("volterra: order 2 from 512 steps on", off, 0.05)
    verdict(count[1] == 65 && count[2] == 65 && count[3] == 65, "volterra: three solutions")
    within("volterra: the known solutions, over their last digits", known, 1)
    for (e = 1; e <= 3; e++) figures = max(figures, abs(first[e] / (worst[e] / largest[e]) - 1))
    within("volterra: errors with 64 steps, two digits", figures, 0.05)
}
