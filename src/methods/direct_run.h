/* The direct method at work: boxes of outputs, in place or by gathered tiles. */
#ifndef CONV_METHODS_DIRECT_RUN_H
#define CONV_METHODS_DIRECT_RUN_H

#include "kernels/kernels.h"
#include "methods/methods.h"
#include "methods/row_block.h"
#include "problem/regions.h"

/* A plane with edges, by direct_plane.c. */
typedef struct {
    bool used, streams;
    size_t lines_bytes, blank_bytes;
} conv_direct_plane;

/* A volume under a small kernel, by direct_volume.c: strips of so many rows. */
typedef struct {
    bool used;
    size_t height, lines_bytes, blank_bytes;
} conv_direct_volume;

/* Short lines of a batch, so many at a time, by direct_lines.c. */
typedef struct {
    size_t together;
    conv_row_block block;
    conv_slide_columns columns; /* what of a line lies inside */
} conv_direct_lines;

typedef struct {
    const conv_slide_kernels *slide;
    conv_interior interior;
    size_t tile[CONV_MAX_RANK];  /* outputs of an edge tile */
    size_t chunk[CONV_MAX_RANK]; /* taps that an edge tile meets at a time */
    ptrdiff_t tap_stride[CONV_MAX_RANK];
    bool tap_by_tap; /* edges: a NaN or Inf tap must not meet a made-up zero */
    bool small;      /* the whole output is one tile on the stack */
    bool inside;     /* and has no edges: the tile is the signal */
    bool line;       /* both edges of a line are */
    bool zeros;      /* a line between zeros, and few taps: no tiles at all */
    conv_direct_plane plane;
    conv_direct_volume volume;
    conv_direct_lines *lines; /* NULL: one by one */
    size_t gather_bytes, result_bytes;
} conv_direct_state;

typedef struct {
    const conv_task *task;
    const conv_direct_state *state;
    const char *signal;
    char *output;
    char *gathered, *result; /* this thread's workspace */
} conv_direct_run;

/* A sliding sum over a box of outputs and a box of taps, samples and outputs given by pointers. */
typedef struct {
    const char *x, *c;
    char *y;
    ptrdiff_t x_stride[CONV_MAX_RANK], y_stride[CONV_MAX_RANK];
    size_t count[CONV_MAX_RANK], taps[CONV_MAX_RANK];
    bool accumulate;
} conv_slide_box;

/* One chunk of taps from index `tap` on over a tile of outputs from index `first` on: box->count
 * and box->taps say how many; adds to box->y from the second chunk on that meets any sample. */
void conv_direct_gather_and_slide(const conv_direct_run *run, const size_t *first,
                                  const size_t *tap, conv_slide_box *box);

/* Zeros at the box's outputs. */
void conv_direct_clear_rows(const conv_problem *problem, const conv_slide_box *box, int d, char *y);

/* Whether the problem is a plane with edges that goes into `room` bytes of workspace: fills
 * state->plane and state->gather_bytes. */
void conv_direct_plan_plane(const conv_task *task, conv_direct_state *state, size_t room);

/* Rows begin..end-1 of such a plane's outputs. */
void conv_direct_plane_rows(const conv_direct_run *run, size_t begin, size_t end);

/* Whether outputs reach few samples beyond either end of a line; and how lines go on there. */
bool conv_direct_reaches_little(const conv_axis *axis);
void conv_direct_map_ends(const conv_problem *problem, conv_line_ends *ends);

/* The same of a volume: state->volume; planes begin..end-1. takes: but for taps that are added one
 * by one, and workspace. */
bool conv_direct_takes_volume(const conv_problem *problem);
void conv_direct_plan_volume(const conv_task *task, conv_direct_state *state, size_t room);
void conv_direct_volume_planes(const conv_direct_run *run, size_t begin, size_t end);

/* Rows of the strips that planes of `all` such rows of outputs are done in. */
size_t conv_direct_strip_height(const conv_problem *problem, size_t all, size_t cols,
                                const size_t *taps);

/* Makes state->lines where the problem is a batch of lines short enough to go together. */
conv_status conv_direct_lines_make(const conv_task *task, conv_direct_state *state);

/* `count` lines, so many elements apart, and their outputs. */
void conv_direct_lines_run(const conv_task *task, const conv_direct_state *state,
                           const char *signal, ptrdiff_t signal_apart, char *output,
                           ptrdiff_t output_apart, size_t count);

/* Whether the loops take the last three axes of so many taps together. */
bool conv_direct_takes_planes(const conv_problem *problem, const size_t *taps);

/* All outputs of a box at an edge, or all taps of which meet plain samples. */
void conv_direct_edge_box(const conv_direct_run *run, const size_t *begin, const size_t *end);
void conv_direct_interior_box(const conv_direct_run *run, const size_t *begin, const size_t *end);

#endif
