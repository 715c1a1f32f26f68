/* The leaf loops of one pair of element types at one level. */
#include "kernels/slide_parts.h"

const conv_slide_kernels FN(slide_table) = {
    .slide = FN(slide),
    .slide_step = FN(slide_step),
    .slide_rows = FN(slide_rows),
    .slide_lines = FN(slide_lines),
    .slide_pair = FN(slide_pair),
    .slide_block = FN(slide_block),
    .slide_columns = FN(slide_columns),
};
