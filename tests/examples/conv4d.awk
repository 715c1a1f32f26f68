# The gain is the product of (1 + cos w)/2 over the frequencies.
/the field times/ {
    gain = (1 + cos(0.3)) * (1 + cos(0.5)) * (1 + cos(0.2)) * (1 + cos(0.4)) / 16
    match($0, /times [0-9.]+/)
    off = abs(number(substr($0, RSTART + 6, RLENGTH - 6)) - gain)
    worst = number($NF)
    lines++
}
/^(forward|grad_input|grad_weights): / { tasks++ }
END {
    verdict(lines == 1 && tasks == 3, "conv4d: one field, the three tasks of its layer")
    within("conv4d: the gain", off, 6e-7)
    within("conv4d: the field inside", worst, 2e-14)
}
