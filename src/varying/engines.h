/* The engines, in the order in which they are preferred. */
#ifndef CONV_VARYING_ENGINES_H
#define CONV_VARYING_ENGINES_H

#include "varying/varying.h"

extern const conv_engine conv_engine_plain, conv_engine_direct, conv_engine_bank,
    conv_engine_matrix;

#endif
