#include "base/status.h"
#include "cost/profile.h"

conv_status conv_profile_load(const char *path) {
    char reason[CONV_PROFILE_REASON];
    conv_status status = conv_profile_use(path, reason);
    return status == CONV_OK ? CONV_OK : conv_fail(status, "%s", reason);
}
