#ifndef COWTOP_CMD_CONFIG_H
#define COWTOP_CMD_CONFIG_H

/*
 * What the live view remembers from one run to the next: $XDG_CONFIG_HOME/cowtop/config, or ~/.config/cowtop/config,
 * of whose lines cmd/config_text.h is. It is read once, bounded (CONFIG_BYTES), and only when it is a regular file. It
 * may be missing or unwritable at any time.
 */
#include "base/err.h"
#include "cmd/config_text.h"

#define CONFIG_BYTES 65536

/* What the file says; nothing, when it cannot be read. */
void config_load(struct config *ret);
/* For who confines itself (sys/confine.h) and may save later: the folder, which is made now where it is missing, if the
 * folder above is this user's. */
void config_allow(void);
/* Write it in place of the old one, all or nothing. Folders are made where they are missing; one
 * that belongs to another user is left alone (cowtop may run as root in a user's environment). */
int config_save(const struct config *c, struct err *err);

#endif
