# terrain against plain loops. Its input: the heights, its csv, what it printed. Heights are written
# with 6 digits, slopes and light with 4 (half a unit: 0.005 for slopes from 10 to 100, 5e-5 for
# light); the table has one digit behind the point.
BEGIN {
    FS = ","
    degree = atan2(0, -1) / 180
    for (i = -6; i <= 6; i++) sum += gauss[i] = exp(-i * i / 4.5)
    for (i = -6; i <= 6; i++) gauss[i] /= sum
}

FILENAME ~ /volcano/ {
    if (NF == 61) {
        for (j = 0; j < 61; j++) z[0, n + 0, j] = $(j + 1)
        n++
    }
    next
}

# Heights of a map beyond its edges: as at the edge, or 0 for map 2.
function at(map, i, j) {
    if (map == 2 && (i < 0 || i > 86 || j < 0 || j > 60)) return 0
    i = i < 0 ? 0 : i > 86 ? 86 : i
    j = j < 0 ? 0 : j > 60 ? 60 : j
    return z[map, i, j]
}

# Map 1: smoothed, map 2: the same with 0 outside; the Gaussian is the product of two.
function smooth(map,    i, j, k, sum) {
    for (i = 0; i < 87; i++) for (j = 0; j < 61; j++) z[map, i, j] = z[0, i, j]
    for (i = 0; i < 87; i++) {
        for (j = 0; j < 61; j++) {
            sum = 0
            for (k = -6; k <= 6; k++) sum += gauss[k] * at(map, i, j + k)
            half[i, j] = sum
        }
    }
    for (i = 0; i < 87; i++) for (j = 0; j < 61; j++) z[map, i, j] = half[i, j]
    for (i = 0; i < 87; i++) {
        for (j = 0; j < 61; j++) {
            sum = 0
            for (k = -6; k <= 6; k++) sum += gauss[k] * at(map, i + k, j)
            half[i, j] = sum
        }
    }
    for (i = 0; i < 87; i++) for (j = 0; j < 61; j++) z[map, i, j] = half[i, j]
}

# Sets slope and light at one place of a map, and what the table has of the map.
function look(map, i, j,    down, right) {
    down = at(map, i + 1, j - 1) + 2 * at(map, i + 1, j) + at(map, i + 1, j + 1)
    down = (down - at(map, i - 1, j - 1) - 2 * at(map, i - 1, j) - at(map, i - 1, j + 1)) / 80
    right = at(map, i - 1, j + 1) + 2 * at(map, i, j + 1) + at(map, i + 1, j + 1)
    right = (right - at(map, i - 1, j - 1) - 2 * at(map, i, j - 1) - at(map, i + 1, j - 1)) / 80
    slope = atan2(sqrt(down * down + right * right), 1) / degree
    light = (0.5 * right + 0.5 * down + sqrt(0.5)) / sqrt(1 + right * right + down * down)
}

function survey(map,    i, j) {
    low[map] = z[map, 0, 0]
    for (i = 0; i < 87; i++) {
        for (j = 0; j < 61; j++) {
            look(map, i, j)
            low[map] = z[map, i, j] < low[map] ? z[map, i, j] : low[map]
            high[map] = max(high[map], z[map, i, j])
            mean[map] += z[map, i, j] / 5307
            mean_slope[map] += slope / 5307
            steepest[map] = max(steepest[map], slope)
        }
    }
}

FILENAME == "terrain.csv" && /^#/ {
    smooth(1)
    smooth(2)
}

FILENAME == "terrain.csv" && NF == 8 {
    i = $2 / 10
    j = $1 / 10
    cells++
    for (map = 0; map < 2; map++) {
        look(map, i, j)
        heights = max(heights, abs($(3 * map + 3) - z[map, i, j]))
        slopes = max(slopes, abs($(3 * map + 4) - slope))
        lights = max(lights, abs($(3 * map + 5) - light))
    }
}

function line(map,    f, k) {
    k = split($0, f, " ")
    survey(map)
    lines++
    table = max(table, abs(number(f[k - 4]) - low[map]))
    table = max(table, abs(number(f[k - 3]) - mean[map]))
    table = max(table, abs(number(f[k - 2]) - high[map]))
    table = max(table, abs(number(f[k - 1]) - mean_slope[map]))
    table = max(table, abs(number(f[k]) - steepest[map]))
}

/^measured / {
    line(0)
}

/^smoothed  / {
    line(1)
}

/^smoothed, edges ZERO/ {
    line(2)
}

END {
    verdict(n == 87 && cells == 5307 && lines == 3, "terrain: 5307 cells and three lines")
    within("terrain: heights", heights, 5.1e-4)
    within("terrain: slopes", slopes, 5.1e-3)
    within("terrain: light", lights, 5.1e-5)
    within("terrain: the table", table, 0.0501)
}
