/* blur.c - how do I filter an image, with the edges that I want?
 *
 * Reads a PNG, grey or colour, 8 or 16 bits, convolves every channel with a kernel, and writes a
 * PNG of the same kind. The channels of a pixel lie side by side: strides say so, and the channels
 * are the batch of one plan. Where pixels are transparent, colours count by their opacity.
 *
 * usage: blur IN.png OUT.png KERNEL [EDGE]
 *     KERNEL  gauss:S    a Gaussian of S pixels (standard deviation), cut at 4 S, sum 1
 *             box:N      the mean of N x N pixels
 *             sobel      the length of the gradient
 *             FILE       rows of numbers, used as they are
 *     EDGE    zero, constant (white), nearest, wrap, reflect or mirror; mirror unless given
 * Values are filtered as the file has them; results are rounded, and cut to what the file can hold.
 *
 *     cc -std=c11 blur.c $(pkg-config --cflags --libs libconv libpng) -lm
 */
#include <conv.h>

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t rows, cols, channels; /* 1 grey, 2 grey and opacity, 3 colour, 4 colour and opacity */
    int bits;                    /* 8 or 16 */
    float *pixels;               /* rows x cols x channels, 0..1 */
} image;

typedef struct {
    size_t shape[2];
    float *taps;
} kernel;

static void fail(const char *name, const char *reason) {
    fprintf(stderr, "blur: %s: %s\n", name, reason);
    exit(1);
}

static void *room_for(const char *name, size_t count, size_t size) {
    void *room = count > (size_t)-1 / size ? NULL : calloc(count, size);
    if (room == NULL)
        fail(name, "not enough memory");
    return room;
}

/* ---- files ---- */

static void png_failed(png_structp png, png_const_charp reason) {
    fail(png_get_error_ptr(png), reason);
}

static void png_warned(png_structp png, png_const_charp reason) {
    fprintf(stderr, "blur: %s: %s\n", (const char *)png_get_error_ptr(png), reason);
}

static FILE *open_file(const char *path, const char *mode) {
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

/* Palettes become colours, and fewer than 8 bits become 8. */
static image read_image(char *path) {
    FILE *file = open_file(path, "rb");
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, path, png_failed, png_warned);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (info == NULL)
        fail(path, "not enough memory");
    png_init_io(png, file);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);

    image im = {png_get_image_height(png, info), png_get_image_width(png, info),
                png_get_channels(png, info), png_get_bit_depth(png, info), NULL};
    size_t stride = png_get_rowbytes(png, info), count = im.cols * im.channels;
    png_bytep bytes = room_for(path, im.rows, stride);
    png_bytepp lines = room_for(path, im.rows, sizeof *lines);
    for (size_t i = 0; i < im.rows; i++)
        lines[i] = bytes + i * stride;
    png_read_image(png, lines);
    png_read_end(png, NULL);

    im.pixels = room_for(path, im.rows * count, sizeof *im.pixels);
    for (size_t i = 0; i < im.rows; i++)
        for (size_t j = 0; j < count; j++)
            im.pixels[i * count + j] =
                im.bits == 16 ? (float)(lines[i][2 * j] << 8 | lines[i][2 * j + 1]) / 65535
                              : (float)lines[i][j] / 255;
    free(lines);
    free(bytes);
    png_destroy_read_struct(&png, &info, NULL);
    fclose(file);
    return im;
}

static void write_image(char *path, const image *im) {
    static const int types[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
                                PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    size_t count = im->cols * im->channels, bytes = im->bits == 16 ? 2 : 1;
    png_bytep line = room_for(path, count, bytes);
    FILE *file = open_file(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, path, png_failed, png_warned);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (info == NULL)
        fail(path, "not enough memory");
    png_init_io(png, file);
    png_set_IHDR(png, info, (png_uint_32)im->cols, (png_uint_32)im->rows, im->bits,
                 types[im->channels], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t i = 0; i < im->rows; i++) {
        for (size_t j = 0; j < count; j++) {
            float value = fminf(fmaxf(im->pixels[i * count + j], 0), 1);
            long whole = lrintf(value * (im->bits == 16 ? 65535 : 255));
            line[bytes * j] = (png_byte)(bytes == 2 ? whole >> 8 : whole);
            if (bytes == 2)
                line[2 * j + 1] = (png_byte)(whole & 255);
        }
        png_write_row(png, line);
    }
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    free(line);
    if (fclose(file) != 0)
        fail(path, "could not be written");
}

/* ---- kernels ---- */

static double read_number(const char *text, double most) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != 0 || !(value > 0 && value <= most)) {
        fprintf(stderr, "blur: \"%s\" is no number above 0 and up to %g\n", text, most);
        exit(1);
    }
    return value;
}

static kernel square(size_t m) {
    kernel k = {{m, m}, room_for("the kernel", m * m, sizeof(float))};
    return k;
}

static void check(conv_status status) {
    if (status != CONV_OK) {
        fprintf(stderr, "blur: %s\n", conv_last_error());
        exit(1);
    }
}

static kernel make_gauss(double width) {
    const double sigma[2] = {width, width};
    kernel k = square(2 * (size_t)ceil(4 * width) + 1);
    check(conv_kernel_gauss(CONV_F32, 2, k.shape, sigma, CONV_KERNEL_SAMPLED, k.taps));
    return k;
}

static kernel make_box(const char *text) {
    double side = read_number(text, 4000);
    if (side != floor(side))
        fail(text, "a box has a whole number of pixels");
    kernel k = square((size_t)side);
    check(conv_kernel_box(CONV_F32, 2, k.shape, NULL, k.taps));
    return k;
}

static kernel read_kernel(const char *path) {
    FILE *file = open_file(path, "r");
    char line[4096];
    size_t room = 0, count = 0;
    kernel k = {{0, 0}, NULL};
    while (fgets(line, sizeof line, file) != NULL) {
        size_t in_row = 0;
        char *at = line, *end;
        for (double tap; tap = strtod(at, &end), end != at; at = end, in_row++) {
            if (count == room) {
                room = room ? 2 * room : 64;
                k.taps = realloc(k.taps, room * sizeof *k.taps);
                if (k.taps == NULL)
                    fail(path, "not enough memory");
            }
            k.taps[count++] = (float)tap;
        }
        if (at[strspn(at, " \t\r\n")] != 0)
            fail(path, "holds something that is no number, or a line above 4 KB");
        if (in_row > 0 && k.shape[0] > 0 && in_row != k.shape[1])
            fail(path, "has rows of unequal lengths");
        if (in_row > 0) {
            k.shape[0]++;
            k.shape[1] = in_row;
        }
    }
    fclose(file);
    if (count == 0)
        fail(path, "has no numbers");
    return k;
}

/* ---- the filter ---- */

static conv_boundary read_edge(const char *name) {
    static const char *const names[] = {"zero", "constant", "nearest", "wrap", "reflect", "mirror"};
    for (int i = 0; i <= CONV_MIRROR; i++)
        if (strcmp(name, names[i]) == 0)
            return (conv_boundary)i;
    fail(name, "the edge is zero, constant, nearest, wrap, reflect or mirror");
    return CONV_ZERO;
}

static float *filter(const image *im, const kernel *k, conv_boundary edge) {
    size_t shape[2] = {im->rows, im->cols};
    float *out = room_for("the result", im->rows * im->cols * im->channels, sizeof *out);
    conv_desc desc;
    conv_plan *plan;
    conv_desc_init(&desc, CONV_F32, 2, shape, k->shape, CONV_SAME);
    desc.boundary[0] = desc.boundary[1] = edge;
    desc.boundary_value[0] = 1;
    desc.batch = im->channels;
    desc.signal_batch_stride = desc.output_batch_stride = 1;
    desc.signal_stride[0] = desc.output_stride[0] = (ptrdiff_t)(im->cols * im->channels);
    desc.signal_stride[1] = desc.output_stride[1] = (ptrdiff_t)im->channels;
    desc.threads = 0;
    check(conv_plan_create(&plan, &desc, k->taps));
    check(conv_plan_execute(plan, im->pixels, out, NULL));
    conv_plan_destroy(plan);
    return out;
}

/* Colours times opacity, and back. */
static void weigh(image *im, int back) {
    if (im->channels % 2 == 1)
        return;
    for (size_t i = 0; i < im->rows * im->cols; i++) {
        float *pixel = im->pixels + i * im->channels, opacity = pixel[im->channels - 1];
        for (size_t c = 0; c + 1 < im->channels; c++)
            pixel[c] = !back ? pixel[c] * opacity : opacity > 0 ? pixel[c] / opacity : 0;
    }
}

static void blur(image *im, const kernel *k, conv_boundary edge) {
    weigh(im, 0);
    float *out = filter(im, k, edge);
    free(im->pixels);
    im->pixels = out;
    weigh(im, 1);
}

/* Opacity stays as it is. Sobel's two kernels, as outer products of (1 2 1) and (1 0 -1), divided
 * so that a step from 0 to 1 gives 1. */
static void sobel(image *im, conv_boundary edge) {
    float down[9] = {.25f, .5f, .25f, 0, 0, 0, -.25f, -.5f, -.25f};
    float right[9] = {.25f, 0, -.25f, .5f, 0, -.5f, .25f, 0, -.25f};
    kernel rows = {{3, 3}, down}, cols = {{3, 3}, right};
    float *y = filter(im, &rows, edge), *x = filter(im, &cols, edge);
    size_t colours = im->channels - (im->channels % 2 == 0);
    for (size_t i = 0; i < im->rows * im->cols; i++)
        for (size_t c = 0; c < colours; c++) {
            size_t at = i * im->channels + c;
            im->pixels[at] = hypotf(x[at], y[at]);
        }
    free(x);
    free(y);
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: blur IN.png OUT.png gauss:S|box:N|sobel|FILE "
                        "[zero|constant|nearest|wrap|reflect|mirror]\n");
        return 2;
    }
    conv_boundary edge = argc == 5 ? read_edge(argv[4]) : CONV_MIRROR;
    image im = read_image(argv[1]);
    kernel k = {{3, 3}, NULL};
    if (strncmp(argv[3], "gauss:", 6) == 0)
        k = make_gauss(read_number(argv[3] + 6, 1000));
    else if (strncmp(argv[3], "box:", 4) == 0)
        k = make_box(argv[3] + 4);
    else if (strcmp(argv[3], "sobel") != 0)
        k = read_kernel(argv[3]);
    if (k.taps != NULL)
        blur(&im, &k, edge);
    else
        sobel(&im, edge);
    write_image(argv[2], &im);
    printf("%zu x %zu, %zu channel%s of %d bits, kernel %zu x %zu\n", im.cols, im.rows, im.channels,
           im.channels == 1 ? "" : "s", im.bits, k.shape[1], k.shape[0]);
    free(k.taps);
    free(im.pixels);
    return 0;
}
