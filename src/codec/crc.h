#ifndef COWTOP_CODEC_CRC_H
#define COWTOP_CODEC_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32C (Castagnoli), as in iSCSI: "123456789" is 0xe3069283. `bytes` may be NULL when empty. */
uint32_t crc32c(const void *bytes, size_t len);

#endif
