#ifndef COWTOP_TRIAL_SETUP_PARTS_H
#define COWTOP_TRIAL_SETUP_PARTS_H

/*
 * What setup_make() (setup.c) has of a variant while it makes it ready, and what interpreters load (setup_shim.c). For
 * this room only.
 */
#include "trial/program.h"
#include "trial/setup.h"
#include "trial/variant_parts.h"

/* A word for what a part is of: "CPython", "Ruby", "CPython or Ruby", "PHP"; NULL: of any program. */
const char *part_language(enum part_kind kind);
/* Can a part be had for what this program runs? STATUS_USAGE: no; the message says what to put where. */
int part_suits(const struct variant_part *part, const struct program *program, struct err *err);

/* The folder with all that these parts have interpreters load, and the variables that name it. `*ret_folder` stays NULL
 * where no part needs one. */
int shim_make(const struct variant *v, const struct program *program, struct environment *env,
	      char **ret_folder, struct err *err);

#endif
