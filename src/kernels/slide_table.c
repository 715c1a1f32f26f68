/* The leaf loops of one pair of element types at one level. */
#include "kernels/kernels.h"
#include "kernels/running_parts.h"
#include "kernels/slide_parts.h"

const conv_slide_kernels FN(slide_table) = {
    .slide = FN(slide),
    .slide_line = FN(slide_line),
    .slide_step = FN(slide_step),
    .slide_rows = FN(slide_rows),
    .slide_lines = FN(slide_lines),
    .slide_room = FN(slide_room),
    .slide_planes = FN(slide_planes),
    .slide_volume = FN(slide_volume),
    .slide_block = FN(slide_block),
    .slide_ends = FN(slide_ends),
    .slide_short = FN(slide_short),
    .slide_columns = FN(slide_columns),
    .running_add = FN(running_add),
    .running_line = FN(running_line),
    .running_reach = FN(running_reach),
    .running_scratch = FN(running_scratch),
    .running_rows = FN(running_rows),
    .running_turned = FN(running_turned),
    .running_columns = FN(running_columns),
    .running_columns_scratch = FN(running_columns_scratch),
};
