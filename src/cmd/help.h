#ifndef COWTOP_CMD_HELP_H
#define COWTOP_CMD_HELP_H

/* --help from the tables of verbs and options, and --version. Both go to stdout. */
#include "cmd/verb.h"

/* `all`: the verbs that have a name, up to a NULL; what runs without a verb lists them. */
int help_print(const struct verb *verb, const struct verb *const all[], struct err *err);
int version_print(struct err *err);

#endif
