#ifndef COWTOP_SYS_DEBUGINFO_H
#define COWTOP_SYS_DEBUGINFO_H

#include <stddef.h>
#include <stdint.h>

/*
 * The separate debug file of a program with this build ID, as distributions install them:
 * /usr/lib/debug/.build-id/XX/REST.debug of this machine. The ID stands for the contents, so it is right
 * for programs in containers as well. A descriptor, or -1.
 */
int debuginfo_open(const uint8_t *id, size_t len);

#endif
