# resolution against plain sums: gather and scatter with exp for every tap over six widths, at the
# samples of every 50th output. The library's cut is at six widths too; the tolerance is 1e-6 of the
# largest sample, the spike of 20.
BEGIN { FS = "," }

FILENAME ~ /csv$/ && !/^#/ {
    n++
    f[n] = $2
    s[n] = $3 / 0.2
    gathered[n] = $4
    scattered[n] = $5
}

FILENAME ~ /out$/ {
    split($0, field, " ")
    if (field[1] == "source" || field[1] == "gather" || field[1] == "scatter") {
        total[field[1]] = field[2]
        plateau[field[1]] = field[5]
    }
}

function sum(width,    r, d, t) {
    r = int(6 * width)
    for (d = -r; d <= r; d++)
        t += exp(-d * d / (2 * width * width))
    return t
}

END {
    for (k = 1; k <= n; k++)
        norm[k] = sum(s[k])
    for (k = 25; k <= n; k += 50) {
        g = h = 0
        for (j = 1; j <= n; j++) {
            if (abs(j - k) <= 6 * s[k])
                g += f[j] * exp(-(j - k) ^ 2 / (2 * s[k] ^ 2)) / norm[k]
            if (abs(j - k) <= 6 * s[j])
                h += f[j] * exp(-(j - k) ^ 2 / (2 * s[j] ^ 2)) / norm[j]
        }
        worst_gather = max(worst_gather, abs(g - gathered[k]))
        worst_scatter = max(worst_scatter, abs(h - scattered[k]))
    }
    verdict(n == 2000, "resolution: 2000 samples")
    within("resolution: gather by hand", worst_gather, 20e-6)
    within("resolution: scatter by hand", worst_scatter, 20e-6)
    within("resolution: scatter keeps the total", abs(total["scatter"] / total["source"] - 1), 1e-10)
    verdict(abs(total["gather"] / total["source"] - 1) > 1e-4, "resolution: gather does not")
    within("resolution: gather keeps the plateau", abs(plateau["gather"] - 1), 2e-6)
    verdict(abs(plateau["scatter"] - 1) > 1e-4, "resolution: scatter does not")
}
