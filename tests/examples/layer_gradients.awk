# Sums of some twenty products below 1 in double, and differences of such sums.
/ from the sums, / {
    lines++
    sums = max(sums, number($(NF - 6)))
    differences = max(differences, number($(NF - 2)))
}
/^plain layer: 11 samples, 4 taps, stride 2, 5 outputs/ { shapes++ }
/^transposed layer: 5 samples, 4 taps, stride 2, 11 outputs/ { shapes++ }
END {
    verdict(lines == 8 && shapes == 2, "layer_gradients: four results of two layers")
    within("layer_gradients: against the sums", sums, 2e-14)
    within("layer_gradients: against differences", differences, 2e-13)
}
