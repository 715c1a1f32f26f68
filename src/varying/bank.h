/* What the bank keeps of a plan: sets of kernels as spectra, and which set each sample is in. */
#ifndef CONV_VARYING_BANK_H
#define CONV_VARYING_BANK_H

#include "fft/transform.h"
#include "varying/bank_set.h"

typedef struct {
    void *set;         /* reals: the number of a sample's set; -1: the sample itself */
    void *place;       /* reals: t */
    void *scale;       /* reals: RENORMALISE's factors; NULL else */
    size_t *tile_sets; /* tile i has those from tile_start[i] to before tile_start[i+1] */
    size_t *tile_start;
    void *memory;
} conv_bank_row;

typedef struct {
    conv_transform *transform;
    size_t length, reach, block; /* N = block + 2 reach */
    conv_bank_set *sets;
    size_t set_count, set_room;
    char *spectra;
    size_t spectra_bytes, spectra_room, spectrum_bytes, transform_bytes;
    size_t most_terms, chunk_terms; /* of a set; of all chunks of samples, each as long as a tile */
    size_t chunk;                   /* the one that is looked at, from 1 on */
    double error;
    conv_bank_row *rows;
} conv_bank;

#endif
