/* reverb.c - how does my recording sound in that room?
 *
 * A room's impulse response is the kernel: what its walls make of a clap. The recording convolved
 * with it, all outputs (CONV_FULL), is the recording in the room, longer by the response's tail.
 * With two channels each has its own response; one response, or one voice, serves both.
 *
 * usage: reverb SOUND RESPONSE OUT.wav [WET]
 * WET, 0 to 1: how much of the result is the room; 1 unless given. Files: whatever libsndfile
 * reads. OUT.wav has 32-bit floats, so that nothing is clipped; the peak is printed.
 *
 *     cc -std=c11 reverb.c $(pkg-config --cflags --libs libconv sndfile) -lm
 */
#include <conv.h>

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t frames, channels; /* a frame is a sample of every channel */
    int rate;                /* frames a second */
    float *samples;          /* frames x channels */
} sound;

static void fail(const char *path, const char *reason) {
    fprintf(stderr, "reverb: %s: %s\n", path, reason);
    exit(1);
}

/* Sizes come from files: their products are checked. */
static float *room_for(const char *path, size_t frames, size_t channels) {
    if (frames > (size_t)-1 / sizeof(float) / channels)
        fail(path, "too long");
    float *samples = calloc(frames * channels, sizeof *samples);
    if (samples == NULL)
        fail(path, "not enough memory");
    return samples;
}

static sound read_sound(const char *path) {
    SF_INFO info;
    memset(&info, 0, sizeof info);
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (file == NULL)
        fail(path, sf_strerror(NULL));
    if (info.frames < 1)
        fail(path, "no samples in it");
    if (info.channels > 2)
        fail(path, "more than two channels");
    sound s = {(size_t)info.frames, (size_t)info.channels, info.samplerate, NULL};
    s.samples = room_for(path, s.frames, s.channels);
    if (sf_readf_float(file, s.samples, info.frames) != info.frames)
        fail(path, "ends before the length that its header says");
    for (size_t i = 0; i < s.frames * s.channels; i++)
        if (!isfinite(s.samples[i]))
            fail(path, "has a sample that is no number");
    sf_close(file);
    return s;
}

static void write_sound(const char *path, const sound *s) {
    SF_INFO info;
    memset(&info, 0, sizeof info);
    info.samplerate = s->rate;
    info.channels = (int)s->channels;
    info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (file == NULL)
        fail(path, sf_strerror(NULL));
    if (sf_writef_float(file, s->samples, (sf_count_t)s->frames) != (sf_count_t)s->frames ||
        sf_close(file) != 0)
        fail(path, "could not be written");
}

/* One channel of the result. Strides pick it out of the frames, on both sides: nothing is copied.
 */
static void convolve(const sound *dry, const sound *response, sound *wet, size_t channel) {
    size_t taps = response->frames, from = channel % response->channels;
    float *kernel = room_for("the response", taps, 1);
    for (size_t k = 0; k < taps; k++)
        kernel[k] = response->samples[k * response->channels + from];

    conv_desc desc;
    conv_plan *plan;
    conv_desc_init(&desc, CONV_F32, 1, &dry->frames, &taps, CONV_FULL);
    desc.signal_stride[0] = (ptrdiff_t)dry->channels;
    desc.output_stride[0] = (ptrdiff_t)wet->channels;
    if (conv_plan_create(&plan, &desc, kernel) != CONV_OK ||
        conv_plan_execute(plan, dry->samples + channel % dry->channels, wet->samples + channel,
                          NULL) != CONV_OK) {
        fprintf(stderr, "reverb: %s\n", conv_last_error());
        exit(1);
    }
    conv_plan_destroy(plan);
    free(kernel);
}

/* wet * room + (1 - wet) * recording. */
static void mix(const sound *dry, sound *room, float wet) {
    for (size_t i = 0; i < room->frames; i++) {
        for (size_t c = 0; c < room->channels; c++) {
            float *y = &room->samples[i * room->channels + c];
            *y *= wet;
            if (i < dry->frames)
                *y += (1 - wet) * dry->samples[i * dry->channels + c % dry->channels];
        }
    }
}

static float peak_of(const sound *s) {
    float peak = 0;
    for (size_t i = 0; i < s->frames * s->channels; i++)
        peak = fmaxf(peak, fabsf(s->samples[i]));
    return peak;
}

static float read_wet(const char *text) {
    char *end;
    float wet = strtof(text, &end);
    if (end == text || *end != 0 || !(wet >= 0 && wet <= 1))
        fail(text, "WET is a number from 0 to 1");
    return wet;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) {
        fprintf(stderr, "usage: reverb SOUND RESPONSE OUT.wav [WET]\n");
        return 2;
    }
    float wet = argc == 5 ? read_wet(argv[4]) : 1;
    sound dry = read_sound(argv[1]), response = read_sound(argv[2]);
    if (dry.rate != response.rate) {
        fprintf(stderr, "reverb: %s has %d samples a second, %s %d: resample one of them first\n",
                argv[1], dry.rate, argv[2], response.rate);
        return 1;
    }
    sound room = {conv_output_extent(dry.frames, response.frames, CONV_FULL),
                  dry.channels > response.channels ? dry.channels : response.channels, dry.rate,
                  NULL};
    if (room.frames == 0)
        fail(argv[1], "too long");
    room.samples = room_for(argv[3], room.frames, room.channels);
    for (size_t c = 0; c < room.channels; c++)
        convolve(&dry, &response, &room, c);
    mix(&dry, &room, wet);
    write_sound(argv[3], &room);
    printf("%zu + %zu - 1 = %zu frames of %zu channel%s, %.3f s at %d a second\n", dry.frames,
           response.frames, room.frames, room.channels, room.channels == 1 ? "" : "s",
           (double)room.frames / room.rate, room.rate);
    printf("peak: recording %.4f, result %.4f%s\n", (double)peak_of(&dry), (double)peak_of(&room),
           peak_of(&room) > 1 ? " (above 1: turn it down before it becomes integers)" : "");
    free(dry.samples);
    free(response.samples);
    free(room.samples);
    return 0;
}
