/* json_stored: figures are ones that they can be, bounds lie around them, and an error says what is wrong. The first
 * byte of the input is the length of a variant's name, which follows it. */
#include <string.h>
#include "fuzz.h"
#include "base/alloc.h"
#include "base/cleanup.h"
#include "sink/json_stored.h"

static void check_row(const struct standing *s, size_t i)
{
	const struct measure *m = &s->means[i];

	if (!known(m->value)) {
		must(!known(s->errors[i]));
		return;
	}
	must(isfinite(m->value) && m->value >= field_least(&compare_fields[i]) &&
	     m->value <= field_most(&compare_fields[i]));
	must(m->low <= m->value && m->value <= m->high);
	must(m->label > LABEL_NONE && m->label < LABELS);
	must(!known(s->errors[i]) || (s->errors[i] >= 0 && s->freedoms[i] >= 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t name = size ? data[0] : 0;
	cleanup_free char *variant = NULL, *text = NULL;
	struct standing s = { .runs = SIZE_MAX };
	struct err err = { 0 };

	if (!size || size - 1 < name)
		return 0;
	variant = name ? xmemdupz(data + 1, name) : NULL;
	text = xmemdupz(data + 1 + name, size - 1 - name);
	if (json_stored(text, size - 1 - name, variant, &s, &err) < 0) {
		must(s.runs == SIZE_MAX && err.status == STATUS_FAILED && *err.msg);
		return 0;
	}
	must(s.runs >= 1 && s.runs < SIZE_MAX);
	for (size_t i = 0; i < COMPARE_ROWS; i++)
		check_row(&s, i);
	return 0;
}
