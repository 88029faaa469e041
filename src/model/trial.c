#include "model/trial.h"

#include <stdlib.h>

const char *trial_verdict_name(enum trial_verdict v)
{
	static const char *const names[] = {
		[TRIAL_NONE] = "none",     [TRIAL_NOISE] = "within noise", [TRIAL_SAME] = "the same",
		[TRIAL_BETTER] = "better", [TRIAL_WORSE] = "worse",
	};

	return names[v];
}

static size_t row_of(const char *key)
{
	return (size_t)(compare_find(key) - compare_fields);
}

size_t trial_deciding(const struct trial *t)
{
	size_t footprint = row_of("footprint_bytes");

	return known(t->variants[0].figures[footprint].mean.value) ? footprint : row_of("private_bytes");
}

const struct trial_figure *trial_decides(const struct trial *t, const struct trial_variant *v)
{
	return &v->figures[trial_deciding(t)];
}

void trial_release(struct trial *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->variants[i].name);
		free(t->variants[i].evidence);
		free(t->variants[i].error);
	}
	free(t->variants);
	free(t->command);
	free(t->load);
	free(t->text);
	*t = (struct trial){ .best = -1 };
}
