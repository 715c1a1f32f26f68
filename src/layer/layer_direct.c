/* The row of the direct method. */
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "layer/layer_matrix.h"
#include "layer/layer_products.h"

static const char *reject(const conv_layer_job *job) {
    (void)job;
    return NULL;
}

/* Nanoseconds of a vector's multiply-add in a tile, of one lane by lane, how much more near a
 * line's ends, of one whose kernel stays in registers, with the channels last and first, then of a line of outputs and of a plane; of one
 * in a sliding sum, of a vector of outputs that a sliding sum adds to, of such a sum's call; of the
 * gradient of a depthwise kernel of one line and of each line; of a depthwise kernel's gradient
 * from images that were turned and from others, and of each of its lines and tiles of taps, then
 * the share and the line of one with more than one vector of channels; of an element that is turned
 * to a tile's order, to a plane by itself, and to one with others of its group, of one that is
 * copied, of a weight that is packed or put, of one whose neighbour in a lane is elsewhere, and of
 * a call.
 */
#define TILE_VECTOR 0.3
#define LANE_VECTOR 0.44
#define LANE_EDGE 1.8
#define LINE_VECTOR 0.35
#define PLANE_VECTOR 0.3
#define PLANE_LINE 2.3
#define PLANE 30.0
#define SLIDE_VECTOR 0.34
#define SLIDE_OUTPUT 3.0
#define SLIDE_CALL 60.0
#define NEIGHBOUR_VECTOR 0.7
#define NEIGHBOUR_LINE 50.0
#define PRODUCT_VECTOR 0.43
#define PRODUCT_IN_PLACE 0.5
#define PRODUCT_LINE 110.0
#define PRODUCTS 0.8
#define PRODUCTS_LINE 55.0
#define TURNED_ELEMENT 0.45
#define TURNED_PLANE 0.9
#define TURNED_PLANES 0.25
#define FAR 2.0
#define COPIED_ELEMENT 0.15
#define WEIGHT 0.5
#define SCATTERED_WEIGHT 1.5
#define CALL 1000.0

/* On the first `axes` axes, of one image: points times taps that meet a sample. */
static double meetings_of(const conv_layer_shape *shape, int axes) {
    double products = 1;
    for (int d = 0; d < axes; d++) {
        double meetings = 0;
        for (size_t k = 0; k < shape->kernel[d]; k++) {
            size_t first, last;
            conv_layer_meeting(shape, d, k, &first, &last);
            meetings += (double)(last - first);
        }
        products *= meetings;
    }
    return products;
}

/* Products of one pair of a group's channels, for all groups. */
static double products_of(const conv_layer_shape *shape) {
    return (double)shape->batch * (double)shape->groups * meetings_of(shape, CONV_LAYER_AXES);
}

static double weights_cost(const conv_layer_job *job) {
    const conv_layer_weights *w = &job->shape->weights;
    bool together = w->wide == 1 || w->narrow == 1 || w->group == 1;
    if (job->sum != CONV_LAYER_PRODUCTS)
        together = (job->sum == CONV_LAYER_GATHER ? w->narrow : w->wide) == 1 || w->group == 1;
    return (together ? WEIGHT : SCATTERED_WEIGHT) * (double)w->count;
}

static double vectors_of(size_t channels, int lanes) {
    return (double)((channels + (size_t)lanes - 1) / (size_t)lanes);
}

static bool turns(const conv_layer_side *side) {
    return side->channel != 1 && side->channels > 1;
}

/* The gradient of a depthwise kernel: lanes are groups, rows of a tile taps of the last axis. */
static double tap_tiles_cost(const conv_layer_job *job, double vectors, int lanes) {
    const conv_layer_shape *shape = job->shape;
    int rows = conv_layer_loops_of(shape->dtype, job->level)->rows_by_lane;
    double lines = (double)shape->batch * meetings_of(shape, CONV_LAYER_AXES - 1);
    double tiles = vectors_of(shape->kernel[CONV_LAYER_AXES - 1], rows);
    double blocks = vectors_of(shape->groups, lanes);
    bool alone = blocks < 2; /* then loops are others */
    double vector = turns(&shape->wide) ? PRODUCT_VECTOR : PRODUCT_IN_PLACE;
    return (alone ? 1 : PRODUCTS) * vector * vectors +
           (alone ? PRODUCT_LINE : PRODUCTS_LINE) * lines * tiles * blocks;
}

/* The same where the images are read as they are. */
static double neighbours_cost(const conv_layer_shape *shape, int lanes) {
    double lines = (double)shape->batch * (double)shape->narrow.channels *
                   (double)(shape->narrow.points / shape->narrow.extent[CONV_LAYER_AXES - 1]);
    if (!conv_layer_products_one_line(shape))
        return LINE_VECTOR * products_of(shape) / lanes;
    return NEIGHBOUR_VECTOR * products_of(shape) / lanes + NEIGHBOUR_LINE * lines;
}

/* Outputs near the ends of a line, which lack taps, are summed one by one. */
static double lane_vector(const conv_layer_shape *shape) {
    double line = (double)shape->narrow.extent[CONV_LAYER_AXES - 1];
    double edge = (double)(shape->kernel[CONV_LAYER_AXES - 1] - 1) / line;
    return LANE_VECTOR * (1 + LANE_EDGE * (edge < 1 ? edge : 1));
}

/* moved: of what is turned and put, where the kernel does not stay in registers. */
static double depthwise_cost(const conv_layer_job *job, double moved, int lanes) {
    const conv_layer_shape *shape = job->shape;
    double vectors = products_of(shape) / (double)shape->groups * vectors_of(shape->groups, lanes);
    conv_layer_products_way way =
        conv_layer_products_line_way(shape, conv_layer_loops_of(shape->dtype, job->level));
    if (way == CONV_LAYER_NEIGHBOURS && job->sum == CONV_LAYER_PRODUCTS)
        return neighbours_cost(shape, lanes);
    if (way == CONV_LAYER_TAP_TILES && job->sum == CONV_LAYER_PRODUCTS)
        return moved + tap_tiles_cost(job, vectors, lanes);
    return moved + (way == CONV_LAYER_CHANNELS ? LINE_VECTOR : lane_vector(shape)) * vectors;
}

static double tile_cost(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    int lanes = conv_layer_loops_of(shape->dtype, job->level)->lanes;
    double wide = (double)shape->wide_channels, narrow = (double)shape->narrow_channels;
    double by_narrow = wide * vectors_of(shape->narrow_channels, lanes);
    double by_wide = narrow * vectors_of(shape->wide_channels, lanes);
    double vectors = job->sum == CONV_LAYER_GATHER    ? by_narrow
                     : job->sum == CONV_LAYER_SCATTER ? by_wide
                     : by_narrow < by_wide            ? by_narrow
                                                      : by_wide;
    double moved = (turns(&shape->wide) ? (double)shape->wide.count : 0) +
                   (turns(&shape->narrow) ? (double)shape->narrow.count : 0);
    moved = (conv_layer_is_far(shape) ? FAR : 1) * TURNED_ELEMENT * moved + weights_cost(job);
    if (shape->wide_channels == 1 && shape->narrow_channels == 1)
        return depthwise_cost(job, moved, lanes);
    return moved + TILE_VECTOR * products_of(shape) * vectors;
}

static bool turns_last(const conv_layer_side *side) {
    return side->channel == 1 && side->channels > 1;
}

static const conv_layer_side *side_to(const conv_layer_job *job) {
    return job->sum == CONV_LAYER_GATHER ? &job->shape->narrow : &job->shape->wide;
}

/* Of what does not go with the length of a line. */
static double plane_lines_cost(const conv_layer_job *job) {
    const conv_layer_side *to = side_to(job);
    double planes = (double)(to->extent[0] * to->extent[1] * to->channels * job->shape->batch);
    return planes * (PLANE + PLANE_LINE * (double)to->extent[CONV_LAYER_AXES - 2]);
}

/* Vectors of the outputs of one pair of channels. */
static double plane_vectors(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    const conv_layer_side *to = side_to(job);
    int lanes = conv_layer_loops_of(shape->dtype, job->level)->lanes;
    size_t line = to->extent[CONV_LAYER_AXES - 1];
    return (double)shape->batch * (double)shape->groups * (double)(to->points / line) *
           vectors_of(line, lanes);
}

static double plane_moved(const conv_layer_shape *shape, const conv_layer_side *side,
                          size_t channels) {
    double turned = channels > 1 ? TURNED_PLANES : TURNED_PLANE;
    turned *= conv_layer_is_far(shape) ? FAR : 1;
    return (turns_last(side) ? turned : COPIED_ELEMENT) * (double)side->count;
}

/* Taps beside the image are summed over, too; with a stride each output takes a share of them. */
static double plane_cost(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    double pairs = (double)shape->wide_channels * (double)shape->narrow_channels;
    double passes = (double)(shape->kernel[0] * shape->kernel[1]);
    double outputs = plane_vectors(job) * pairs, vectors = outputs * (double)shape->taps;
    if (conv_layer_planes_fit_lines(job))
        return PLANE_VECTOR * vectors + plane_lines_cost(job);
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        vectors /= (double)shape->stride[d];
    double planes = (double)(shape->narrow.extent[0] * shape->narrow.extent[1]);
    double calls = (double)shape->batch * (double)shape->groups * pairs * planes * passes;
    return SLIDE_VECTOR * vectors + SLIDE_OUTPUT * outputs * passes + SLIDE_CALL * calls +
           plane_moved(shape, &shape->wide, shape->wide_channels) +
           plane_moved(shape, &shape->narrow, shape->narrow_channels);
}

static bool takes_planes(const conv_layer_job *job) {
    return !conv_layer_planes_reject(job) && plane_cost(job) < tile_cost(job);
}

static double cost(const conv_layer_job *job) {
    if (conv_layer_matrix_fits(job))
        return 1e-9 * (CALL + conv_layer_matrix_cost(job));
    return 1e-9 * (CALL + (takes_planes(job) ? plane_cost(job) : tile_cost(job)));
}

typedef struct {
    conv_layer_matrix *matrix; /* one of the four */
    conv_layer_taps *taps;
    conv_layer_planes *planes;
    conv_layer_products *products;
} direct_state;

static void release(void *state) {
    direct_state *direct = state;
    if (!direct)
        return;
    conv_layer_matrix_free(direct->matrix);
    conv_layer_taps_free(direct->taps);
    conv_layer_planes_free(direct->planes);
    conv_layer_products_free(direct->products);
    conv_free(direct);
}

static conv_status prepare(const conv_layer_job *job, void **state) {
    direct_state *direct = *state = conv_allocate(sizeof *direct);
    if (!direct)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(direct, 0, sizeof *direct);
    if (conv_layer_matrix_fits(job))
        return conv_layer_matrix_make(&direct->matrix, job);
    if (job->sum == CONV_LAYER_PRODUCTS)
        return conv_layer_products_make(&direct->products, job);
    return takes_planes(job) ? conv_layer_planes_make(&direct->planes, job)
                             : conv_layer_taps_make(&direct->taps, job);
}

static size_t workspace(const conv_layer_job *job, const void *state) {
    const direct_state *direct = state;
    (void)job;
    return direct->matrix     ? conv_layer_matrix_workspace(direct->matrix)
           : direct->products ? conv_layer_products_workspace(direct->products)
           : direct->planes   ? conv_layer_planes_workspace(direct->planes)
                              : conv_layer_taps_workspace(direct->taps);
}

static size_t packed(const conv_layer_job *job, const void *state) {
    const direct_state *direct = state;
    (void)job;
    return direct->products || direct->matrix ? 0
           : direct->planes                   ? conv_layer_planes_packed(direct->planes)
                                              : conv_layer_taps_packed(direct->taps);
}

static void pack(const conv_layer_job *job, const void *state, const void *w, void *to) {
    const direct_state *direct = state;
    (void)job;
    if (direct->planes)
        conv_layer_planes_pack(direct->planes, w, to);
    else
        conv_layer_taps_pack(direct->taps, w, to);
}

static void run(const conv_layer_job *job, const void *state, const conv_layer_call *call) {
    const direct_state *direct = state;
    (void)job;
    if (direct->matrix)
        conv_layer_matrix_run(direct->matrix, call);
    else if (direct->products)
        conv_layer_products_run(direct->products, call);
    else if (direct->planes)
        conv_layer_planes_run(direct->planes, call);
    else
        conv_layer_taps_run(direct->taps, call);
}

const conv_layer_method_row conv_layer_direct_method = {
    .id = CONV_METHOD_DIRECT,
    .name = "direct",
    .reject = reject,
    .cost = cost,
    .prepare = prepare,
    .release = release,
    .workspace = workspace,
    .packed = packed,
    .pack = pack,
    .run = run,
};
