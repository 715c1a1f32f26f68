/* The leaf loops of one pair of element types at one level. */
#include "kernels/kernels.h"
#include "kernels/slide_parts.h"

const conv_slide_kernels FN(slide_table) = {
    .slide = FN(slide),
    .slide_step = FN(slide_step),
    .slide_rows = FN(slide_rows),
    .slide_columns = FN(slide_columns),
};
