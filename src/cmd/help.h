#ifndef COWTOP_CMD_HELP_H
#define COWTOP_CMD_HELP_H

/* --help from the tables of verbs and options, and --version. Both go to stdout. */
#include "cmd/options.h"

extern const struct option_row common_options[]; /* options.c */

int help_print(const struct verb *verb, struct err *err);
int version_print(struct err *err);

#endif
