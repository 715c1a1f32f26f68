/* One table per element type and level. */
#include "layer/layer_leaf.h"

const conv_layer_loops FN(layer_table) = {
    .lanes = LANES,
    .rows = TILE_ROWS,
    .vectors = TILE_VECTORS,
    .rows_by_lane = BY_LANE_ROWS,
    .line_count = LINES,
    .line_kernel = LINE_KERNEL,
    .tile = FN(layer_tile),
    .by_lane = FN(layer_by_lane),
    .tap_lanes = FN(layer_tap_lanes),
    .lines = FN(layer_lines),
    .line_products = FN(layer_line_products),
    .line_dots = FN(layer_line_dots),
    .tap_dots = FN(layer_tap_dots),
    .plane_sums = FN(layer_plane_sums),
    .dots = FN(layer_dots),
    .fold = FN(layer_fold),
    .total = FN(layer_total),
    .add_lanes = FN(layer_add_lanes),
    .turn = FN(layer_turn),
    .put = FN(layer_put),
};
