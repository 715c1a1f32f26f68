# orders: its csv has steps, then error and estimate for orders 2 to 8 and AUTO, with three digits.
# Rounding is about 1e-16 times the number of steps, and few steps are not yet few enough: orders are
# looked at from 256 steps on while the error is above 1e-12.
BEGIN {
    FS = ","
}

# The trapezoidal rule's largest error over the largest value, as a plain sum.
function trapezoid(steps,    i, j, dx, t, sum, y, worst, largest) {
    dx = 4 / steps
    for (i = 0; i <= steps; i++) {
        sum = 0 # both end terms have a sine of 0
        for (j = 1; j < i; j++) sum += sin(3 * dx * j) * sin(5 * dx * (i - j))
        t = dx * i
        y = (5 * sin(3 * t) - 3 * sin(5 * t)) / 16
        worst = max(worst, abs(dx * sum - y))
        largest = max(largest, abs(y))
    }
    return worst / largest
}

$1 ~ /^[0-9]+$/ {
    rows++
    if ($1 <= 64) figures = max(figures, abs(number($2) / trapezoid($1) - 1))
    for (o = 2; o <= 8; o++) {
        error = number($(2 * o - 2))
        if ($1 >= 256 && error > 1e-12) {
            judged++
            off = max(off, abs(log(last[o] / error) / log(2) - o))
            estimate = max(estimate, abs(number($(2 * o - 1)) / error - 1))
        }
        last[o] = error
    }
    auto = number($16)
}

END {
    verdict(rows == 9 && judged >= 20, "orders: " rows + 0 " rows, " judged + 0 " orders judged")
    within("orders: order 2 against plain sums", figures, 0.006)
    within("orders: the order of every rule", off, 0.1)
    within("orders: the estimate over the error", estimate, 0.3)
    within("orders: AUTO with 4096 steps", auto, 1e-13)
}
