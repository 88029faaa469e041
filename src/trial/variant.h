#ifndef COWTOP_TRIAL_VARIANT_H
#define COWTOP_TRIAL_VARIANT_H

/*
 * What `--with` means: changes of how a command is started that need no change of its code. Names are those of
 * cowtop-try(1), VARIANTS; `+` puts several together.
 */
#include "base/err.h"

struct variant;

/* STATUS_USAGE: there is no such variant, or two of its parts contradict each other; the message says what was
 * probably meant. */
int variant_parse(const char *text, struct variant **ret, struct err *err);
void variant_free(struct variant *v);              /* NULL is fine */
const char *variant_name(const struct variant *v); /* as typed */

/* `--with all`: those that apply to what `command` runs and need no argument of the user's. `ret`: names, as
 * variant_parse() takes them, NULL-terminated; the caller frees each and the array. */
int variant_all(char *const command[], char ***ret, struct err *err);

#endif
