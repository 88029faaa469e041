#ifndef COWTOP_TRIAL_VARIANT_VALUE_H
#define COWTOP_TRIAL_VARIANT_VALUE_H

/* The values of variants, as they are typed behind their names. Each fills its part, or says how it is written
 * (STATUS_USAGE). */
#include "base/err.h"
#include "trial/variant_parts.h"

int value_text(struct variant_part *part, const char *text, struct err *err);
int value_thresholds(struct variant_part *part, const char *text, struct err *err);
int value_off(struct variant_part *part, const char *text, struct err *err);
int value_malloc(struct variant_part *part, const char *text, struct err *err);
int value_count(struct variant_part *part, const char *text, struct err *err);
int value_size(struct variant_part *part, const char *text, struct err *err);
int value_tunable(struct variant_part *part, const char *text, struct err *err);
int value_thp(struct variant_part *part, const char *text, struct err *err);
int value_env(struct variant_part *part, const char *text, struct err *err);
int value_args(struct variant_part *part, const char *text, struct err *err);
/* Always an error: it says what to do instead. */
int value_warm(struct variant_part *part, const char *text, struct err *err);

#endif
