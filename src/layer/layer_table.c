/* One table per element type and level. */
#include "layer/layer_leaf.h"

const conv_layer_loops FN(layer_table) = {
    .lanes = LANES,
    .rows = TILE_ROWS,
    .vectors = TILE_VECTORS,
    .rows_by_lane = BY_LANE_ROWS,
    .tile = FN(layer_tile),
    .by_lane = FN(layer_by_lane),
    .turn = FN(layer_turn),
    .put = FN(layer_put),
};
