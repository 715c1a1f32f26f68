/* header_alone.c - conv.h is complete by itself, may be included twice, and defines nothing. */
#include <conv.h>
#include <conv.h>

size_t header_alone(void);

size_t header_alone(void) {
    return sizeof(conv_desc) + sizeof(conv_c32) + sizeof(conv_c64) + CONV_MAX_RANK;
}
