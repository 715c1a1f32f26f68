# The starts of 'same' for 4 taps: (m-1)/2 = 1 or m/2 = 2, as the systems have them.
BEGIN {
    split("SCIPY 1 1 NUMPY 1 1 SCIPY_CORRELATE2D 1 2 NDIMAGE 2 1 MATLAB 2 2 OPENCV 2 1 TORCH 2 2", t)
    for (i = 1; i in t; i += 3) {
        start[t[i] "convolve"] = t[i + 1]
        start[t[i] "correlate"] = t[i + 2]
    }
}

# Which tap meets x[j] in y[4], by the loop of the header: j = 4 + s - k, or j = 4 + s - 3 + k.
function taps(convolve, s,    j, k, text) {
    for (j = 0; j < 9; j++) {
        k = convolve ? 4 + s - j : j - 4 - s + 3
        text = text (k < 0 || k > 3 ? "." : substr("abcd", k + 1, 1))
    }
    return text
}

$2 == "convolve" || $2 == "correlate" {
    s = start[$1 $2]
    convolve = $2 == "convolve"
    loop = convolve ? sprintf("x[i+%d-k]", s) : sprintf("x[i-%d+k]", 3 - s)
    text = ""
    for (j = 3; j <= 11; j++) text = text $j
    lines++
    right += ($1 $2) in start && $12 == s && $13 == loop && text == taps(convolve, s)
}

# x = 1 2 3, h = 1 10 100 1000 10000: the digits of the sum are those of x, twice three of them.
/^FULL / || /^SAME/ || /^CAUSAL/ || /^VALID/ {
    wanted = "1 12 123 1230 12300 23000 30000"
    if ($1 == "SAME" || $1 == "VALID") wanted = "123 1230 12300"
    if ($1 == "SAME,") wanted = "12 123 1230 12300 23000"
    if ($1 == "CAUSAL") wanted = "1 12 123"
    n = split(wanted, w)
    text = $NF
    for (i = 1; i < n; i++) text = $(NF - i) " " text
    modes++
    right_modes += text == wanted
}

END {
    verdict(lines == 14 && right == 14, "conventions: " right + 0 " of 14 starts, taps and loops")
    verdict(modes == 5 && right_modes == 5, "conventions: " right_modes + 0 " of 5 modes")
}
