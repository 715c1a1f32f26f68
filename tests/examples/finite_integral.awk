# The table of finite_integral, for three pairs of functions: closed forms of the integral, and both
# rules at 50 steps as plain sums. pair: which.
function f(x) {
    return pair == 3 ? cos(3 * x) : exp(-x)
}

function g(x) {
    return pair == 1 ? 2 * exp(-2 * x) : pair == 2 ? x * x * exp(-x) : 1 + x
}

function exact(t) {
    if (pair == 1) return 2 * (exp(-t) - exp(-2 * t))
    return pair == 2 ? t * t * t * exp(-t) / 3 : sin(3 * t) / 3 + (1 - cos(3 * t)) / 9
}

function end() {
    return pair == 1 ? 5 : pair == 2 ? 7 : 2
}

# The sum times dx at k of `steps` steps, and what the trapezoidal rule takes off: half of both ends.
function rectangle(k, steps,    j, dx, sum) {
    dx = end() / steps
    for (j = 0; j <= k; j++) sum += f(dx * j) * g(dx * (k - j))
    return dx * sum
}

function half_ends(k, steps,    dx) {
    dx = end() / steps
    return k == 0 ? rectangle(0, steps) : dx * (f(0) * g(dx * k) + f(dx * k) * g(0)) / 2
}

# Seven digits are printed: half a unit of the last is at most 5e-7 of the value, of t (4) 5e-4.
# Gregory's error is looked at as the steps double.
NF == 5 && $1 ~ /^[0-9]/ && !errors {
    k = 5 * rows++
    t = end() * k / 50
    sum = rectangle(k, 50)
    digits = max(digits, abs(number($1) - t) / (5.1e-4 * t + 1e-300))
    digits = max(digits, abs(number($2) - exact(t)) / (5.1e-7 * abs(exact(t)) + 1e-12))
    digits = max(digits, abs(number($3) - sum) / (5.1e-7 * abs(sum) + 1e-12))
    sum -= half_ends(k, 50)
    digits = max(digits, abs(number($4) - sum) / (5.1e-7 * abs(sum) + 1e-12))
}

/^largest error/ {
    errors = 1
}

# Errors: two digits, so half a unit is at most 5 per cent. The orders: of error e = c dx^p (1 + O(dx))
# the measured one is off by O(dx); 0.05, and 0.25 for Gregory with few steps, is what that leaves.
errors && $1 ~ /^[0-9]+$/ {
    doublings++
    if ($1 == 50 || $1 == 100) {
        step = $1 / 50
        worst_sum = worst_trapezoid = 0
        for (k = 0; k <= 50; k++) {
            sum = rectangle(k * step, $1)
            y = exact(end() * k / 50)
            worst_sum = max(worst_sum, abs(sum - y))
            worst_trapezoid = max(worst_trapezoid, abs(sum - half_ends(k * step, $1) - y))
        }
        figures = max(figures, abs(number($2) / worst_sum - 1))
        figures = max(figures, abs(number($($1 == 50 ? 3 : 4)) / worst_trapezoid - 1))
    }
    if ($1 > 50) {
        off = max(off, abs(number($3) - 1))
        off = max(off, abs(number($5) - 2))
        if ($7 != "-") {
            # Pair 2 is a polynomial of s, which order 4 integrates exactly but for short overlaps.
            excess = number($7) - 4
            off_gregory = max(off_gregory, pair == 2 && excess < 1e300 ? -excess : abs(excess))
            judged++
        }
    }
}

/^The integral is Simpson/ {
    sub(/\.$/, "", $NF)
    doubt = number($NF)
}

END {
    name = "finite_integral, pair " pair ": "
    verdict(rows == 11 && doublings == 9, name "11 rows and 9 doublings")
    within(name "the table against closed forms, over its last digit", digits, 1)
    within(name "largest errors of the sum and the trapezoid", figures, 0.05)
    within(name "orders 1 and 2", off, 0.05)
    verdict(judged >= 2, name "Gregory's order " judged + 0 " times")
    within(name "order 4", off_gregory, 0.25)
    within(name "the integral it judges by", doubt == "" ? 1e300 : doubt, 1e-11)
}
