// Put before the library, this says that it is of another version than the package.
#include "converge_uniffi.h"

static const uint8_t version[] = "9.8.7";

uint32_t uniffi_converge_uniffi_fn_func_abi_version(RustCallStatus *status) {
    (void)status;
    return 7;
}

RustBuffer uniffi_converge_uniffi_fn_func_version(RustCallStatus *status) {
    ForeignBytes bytes = {.len = sizeof version - 1, .data = version};
    return ffi_converge_uniffi_rustbuffer_from_bytes(bytes, status);
}
