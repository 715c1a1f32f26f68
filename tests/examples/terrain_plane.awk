# A plane that rises 0.25 from row to row and falls 0.5 along a row: smoothed or not it keeps its
# slopes, but for the edges, where the edge rule flattens it. Four digits of both are written.
BEGIN {
    FS = ","
    slope = atan2(sqrt(0.25 * 0.25 + 0.5 * 0.5), 1) * 180 / atan2(0, -1)
    light = (0.5 * (0.25 - 0.5) + sqrt(0.5)) / sqrt(1 + 0.25 * 0.25 + 0.5 * 0.5)
}

NF == 8 && $1 >= 70 && $1 <= 530 && $2 >= 70 && $2 <= 790 {
    cells++
    slopes = max(slopes, max(abs($4 - slope), abs($7 - slope)))
    lights = max(lights, max(abs($5 - light), abs($8 - light)))
}

END {
    verdict(cells == 47 * 73, "terrain: a plane, " cells + 0 " cells")
    within("terrain: slopes of a plane", slopes, 5.1e-3)
    within("terrain: light on a plane", lights, 5.1e-5)
}
