# The weights' places by the header's formulas, and the differences by their bound.
/^flattened channels-/ { last = $2 == "channels-last" }
/largest difference/ {
    lines++
    inputs = $2
    match($0, /difference [0-9.e+-]+/)
    worst = max(worst, number(substr($0, RSTART + 11, RLENGTH - 11)))
    match($0, /7 x 7, [0-9]+ to [0-9]+/)
    split(substr($0, RSTART + 7, RLENGTH - 7), c, " to ")
    sized += inputs == 49 * c[1]
}
# dense[input][2] is w[index]: tap (3, 5) from channel 1 to channel 2; tap 3 * 7 + 5 = 26.
/ is w\[/ {
    input = last ? 26 * c[1] + 1 : 49 + 26
    place = last ? (26 * c[1] + 1) * c[2] + 2 : (2 * c[1] + 1) * 49 + 26
    placed += $0 ~ "dense\\[" input "\\]\\[2\\] is w\\[" place "\\]:"
}
/a map of 3 x 3 places/ { maps++ }
END {
    verdict(lines == 2 && sized == 2, "dense_to_conv: both layouts, channels x 49 inputs")
    within("dense_to_conv: the convolution against the dense layer, of its bound", worst, 1)
    verdict(placed == 2, "dense_to_conv: weights are where the formulas say")
    verdict(maps == 2, "dense_to_conv: 7 x 7 on 9 x 9 gives 3 x 3 places")
}
