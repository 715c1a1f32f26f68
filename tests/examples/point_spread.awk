# point_spread against plain sums over all pixels, at some: 41 x 41 taps of each pixel's own width,
# divided by their sum. Right to 1e-6 of the kernel's sum, times the brightest pixel, and as many
# digits as are printed.
BEGIN { FS = "," }

FILENAME ~ /csv$/ && !/^#/ {
    f[$1, $2] = $3
    width[$1, $2] = $4
    seen[$1, $2] = $5
    brightest = max(brightest, $3)
    n++
}

FILENAME ~ /out$/ && /kernels, each right to/ {
    count = split($0, word, " ")
    error = number(word[count])
}

function norm(s,    r, d, t) { # the sum over a square is a square
    for (d = -20; d <= 20; d++)
        t += exp(-d * d / (2 * s * s))
    return t * t
}

function by_hand(row, col,    i, j, y, x, s, t) {
    for (y = -20; y <= 20; y++)
        for (x = -20; x <= 20; x++) {
            i = row + y
            j = col + x
            if (!((i, j) in f))
                continue
            s = width[i, j]
            t += f[i, j] * exp(-(y * y + x * x) / (2 * s * s)) / norm(s)
        }
    return t
}

END {
    verdict(n == 87 * 61, "point_spread: 87 x 61 pixels")
    for (row = 0; row < 87; row += 43)
        for (col = 0; col < 61; col += 30)
            worst = max(worst, abs(by_hand(row, col) - seen[row, col]))
    within("point_spread: nine pixels by hand", worst, 2e-6 * brightest)
    within("point_spread: what the library says of its kernels", error, 1e-6)
}
