# sunspots against plain loops over the same months. Its input: the data, then what it printed.
# One digit behind the point is printed, so a value is off by 0.05; the rules may differ inside by
# twice the bound of a direct sum, (m+2) u sum|x||h| <= (m+2) u max|x|.
BEGIN {
    split("zero constant nearest wrap reflect mirror", rule)
}

FILENAME ~ /csv$/ {
    if (split($0, field, ",") == 3 && field[1] ~ /^[0-9]+$/) {
        x[n + 0] = field[3]
        year[n + 0] = field[1] "-" sprintf("%02d", field[2])
        highest_month = max(highest_month, field[3])
        total += field[3]
        n++
    }
    next
}

function kernel(    k, sum) {
    if (half == 6) {
        for (k = -6; k <= 6; k++) h[k] = k == -6 || k == 6 ? 1 / 24 : 1 / 12
        return
    }
    for (k = -48; k <= 48; k++) sum += h[k] = exp(-k * k / 288)
    for (k = -48; k <= 48; k++) h[k] /= sum
}

function extended(j, name) {
    if (j >= 0 && j < n) return x[j]
    if (name == "zero") return 0
    if (name == "constant") return total / n
    if (name == "nearest") return j < 0 ? x[0] : x[n - 1]
    if (name == "wrap") return j < 0 ? x[j + n] : x[j - n]
    if (name == "reflect") return j < 0 ? x[-1 - j] : x[2 * n - 1 - j]
    return j < 0 ? x[-j] : x[2 * n - 2 - j]
}

function smoothed(i, name,    k, sum) {
    for (k = -half; k <= half; k++) sum += h[k] * extended(i - k, name)
    return sum
}

function index_of(c) {
    return c == 1 ? 0 : c == 2 ? 1 : c == 3 ? 2 : c == 4 ? 6 : n - (c == 5 ? 7 : 9 - c)
}

/ months\. Highest/ {
    half = 6
    kernel()
    for (i = 0; i < n; i++) {
        mean = smoothed(i, "nearest")
        if (mean > highest) {
            highest = mean
            when = year[i]
        }
    }
    verdict($1 == n && abs(number($6) - highest) <= 0.05 && $8 == when,
        sprintf("sunspots: %d months, highest mean %.2f in %s", n, highest, when))
}

/^13 months / || /^Gaussian / {
    half = /^13/ ? 6 : 48
    kernel()
}

$6 == "|" {
    for (r = 1; r <= 6; r++) {
        if ($1 != rule[r]) continue
        rows++
        for (c = 1; c <= 8; c++) {
            worst = max(worst, abs(number($(c < 5 ? c + 1 : c + 2)) - smoothed(index_of(c), $1)))
        }
    }
}

/\(13 months\),/ {
    within("sunspots: rules inside, 13 months", number($1), 2 * 15 * 1.11e-16 * highest_month)
    within("sunspots: rules inside, Gaussian", number($4), 2 * 99 * 1.11e-16 * highest_month)
    inside = 1
}

END {
    verdict(rows == 12 && inside, "sunspots: 12 rows of ends")
    within("sunspots: both ends by six rules", worst, 0.0501)
}
