# What image_padding prints, and its images: image, kernel, FULL, SAME, VALID, CIRCULAR.
#
# Transforms: conv.h's bound 0.5 u log2(N) |x|_2 |h|_2, twice that for constant data, and twice again
# for the difference of two results. N: the transform's points, at least 127 x 85. Images are written
# with 7 digits: a value is off by 5e-7 of itself, a sum of products of positive ones by 1e-6.
BEGIN {
    FS = "[ ,:]+"
}

FILENAME != "image_padding.csv" {
    if ($0 ~ /image 87 x 61, kernel 41 x 25/) sizes++
    if ($0 ~ /FULL +127 x 85$/ || $0 ~ /SAME +87 x 61$/ || $0 ~ /VALID +47 x 37$/) sizes++
    if ($0 ~ /CIRCULAR +87 x 61$/) sizes++
    if ($0 ~ /SAME, +row 0 on row 20, column 12/) places++
    if ($0 ~ /VALID, row 0 on row 40, column 24/) places++
    if ($0 ~ / of FULL / || $0 ~ /padded to/ || $0 ~ /rows from/) {
        equal++
        difference = max(difference, number($NF))
    }
    if ($0 ~ /wrapped around/) wrapped[++wraps] = number($(NF - 2))
    next
}

/^#/ {
    block++
    next
}

NF >= 3 {
    v[block, $1, $2] = $3
    count[block]++
    square[block] += $3 * $3
}

# The full result from its definition, at every 89th point.
function full(row, col,    i, j, sum) {
    for (i = 0; i < 41; i++) {
        for (j = 0; j < 25; j++) {
            # the kernel is written at row 86, column 60
            if ((1, row - i, col - j) in v) sum += v[2, 86 + i, 60 + j] * v[1, row - i, col - j]
        }
    }
    return sum + 0
}

function sampled(    k, row, col, want, worst) {
    for (k = 0; k < 127 * 85; k += 89) {
        row = int(k / 85)
        col = k % 85
        want = full(row, col)
        worst = max(worst, abs(v[3, row, col] - want) / (1.6e-6 * want + 1e-9))
    }
    return worst
}

# CIRCULAR is FULL with what lies past the image added to its beginning; SAME and VALID are parts.
function folded(    i, j, want, worst) {
    for (i = 0; i < 87; i++) {
        for (j = 0; j < 61; j++) {
            want = v[3, i, j] + v[3, i + 87, j] + v[3, i, j + 61] + v[3, i + 87, j + 61]
            worst = max(worst, abs(v[6, i, j] / want - 1))
        }
    }
    return worst
}

function part(block, row, col, rows, cols,    i, j, worst) {
    for (i = row; i < row + rows; i++) {
        for (j = col; j < col + cols; j++) {
            worst = (block, i, j) in v ? max(worst, abs(v[block, i, j] / v[3, i, j] - 1)) : 1e300
        }
    }
    return worst
}

END {
    name = "image_padding: "
    verdict(sizes == 5 && places == 2, name "sizes and places")
    verdict(count[1] == 87 * 61 && count[2] == 41 * 25 && count[3] == 127 * 85 && block == 6,
        name "six images")
    verdict(equal == 4, name "four comparisons with FULL")
    within(name "difference where all agree", difference,
        4 * 0.5 * 1.11e-16 * log(127 * 85) / log(2) * sqrt(square[1] * square[2]))
    verdict(wraps == 2 && wrapped[1] > 10 && wrapped[2] > 10, name "metres wrapped around")
    within(name "FULL against its definition, over its last digits", sampled(), 1)
    within(name "CIRCULAR against FULL folded", folded(), 1.1e-6)
    within(name "SAME, a part of FULL", part(4, 20, 12, 87, 61), 1.1e-6)
    within(name "VALID, a part of FULL", part(5, 40, 24, 47, 37), 1.1e-6)
}
