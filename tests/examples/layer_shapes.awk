# Every extent by the formula of Keras: valid ceil((n-k+1)/s), same ceil(n/s), causal as same;
# transposed same n*s, valid (n-1)*s + max(k, s).
function ceil_of(a, b) {
    return int((a + b - 1) / b)
}
function count_of(n, k, s, padding, transposed) {
    if (transposed) return padding == "same" ? n * s : (n - 1) * s + max(k, s)
    return padding == "valid" ? ceil_of(n - k + 1, s) : ceil_of(n, s)
}
/^  input .*\(6826/ { n = 9000; channels = 1; first = $0 ~ /\(6826, 9000, 1\)/ }
/stride [0-9]+, (valid|same|causal)/ {
    gsub(/[(),]/, " ")
    n = count_of(n, $3, $5, $6, 0)
    lines++
    right += $7 == 6826 && $8 == n && $9 == $1 && $10 == $1 * $3 * channels
    channels = $1
}
/^  input .* x / { n = $2 }
/^  Conv2D/ {
    n = count_of(n, $2, $6, $7, $1 == "Conv2DTranspose")
    images++
    good += $8 == n && $10 == n
}
/shorter than the kernel's reach 7/ { refused++ }
END {
    verdict(first, "layer_shapes: a table of 6826 sequences is (6826, 9000, 1)")
    verdict(lines == 3 && right == 3, "layer_shapes: Conv1D's shapes and weights")
    verdict(images == 6 && good == 6, "layer_shapes: discriminator's and generator's shapes")
    verdict(n == 28 && refused == 1, "layer_shapes: 28 x 28 at the end, what does not fit refused")
}
