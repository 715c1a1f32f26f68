# tails against the gamma law of shape 7 in closed form. The tail is a sum of densities dx apart, from
# its far end, so by Euler and Maclaurin the integral, dx/2 of the density, dx^2/12 of its slope.
# Five digits are printed: 5e-5 of the value. At 300 hours nothing is left to sum.
function tail(t,    k, term, sum, density) {
    term = exp(-t)
    for (k = 0; k < 7; k++) {
        sum += term
        density = term
        term *= t / (k + 1)
    }
    return sum + 0.005 * density - 0.0001 / 12 * density * (6 / t - 1)
}

NF == 4 && $1 ~ /^[0-9]+$/ {
    rows++
    if ($1 < 300) {
        exact = max(exact, abs(number($2) / tail($1) - 1))
        tolerant = max(tolerant, abs(number($4) / tail($1) - 1))
    }
}

/^density, one transform/ {
    verdict(match($0, /zero at [0-9]+ of 30001/) && substr($0, RSTART + 8) + 0 > 1000 &&
        match($0, /from [0-9.]+ hours/) && substr($0, RSTART + 5) + 0 < 60,
        "tails: a transform has none")
}

/^density, componentwise/ {
    lines++
    verdict(/below zero at 0 points/, "tails: no density below zero with the tolerance")
    match($0, /off by [-0-9.e]+/)
    within("tails: densities with it", number(substr($0, RSTART + 7, RLENGTH - 7)), 1e-9)
    within("tails: the bound, and the tolerance", number($NF), 1e-10)
}

END {
    verdict(rows == 15 && lines == 1, "tails: 15 rows")
    within("tails: the exact column, five digits", exact, 6e-5)
    within("tails: the tolerant column, five digits", tolerant, 6e-5)
}
