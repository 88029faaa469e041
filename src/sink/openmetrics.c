#include "sink/openmetrics.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "sink/openmetrics_rows.h"

const char *metric_format_type(enum metric_format f)
{
	return f == METRIC_FORMAT_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8" :
						"text/plain; version=0.0.4; charset=utf-8";
}

void openmetrics(struct buf *out, const struct metric_set *s, enum metric_format f)
{
	cleanup_free struct metric_subject **subjects = xcalloc(s->n + 1, sizeof(struct metric_subject *));
	cleanup_free size_t *nsubjects = xcalloc(s->n + 1, sizeof(*nsubjects));
	struct metric_out o = {
		.out = out, .set = s, .format = f, .subjects = subjects, .nsubjects = nsubjects
	};

	for (size_t i = 0; i < s->n; i++)
		nsubjects[i] = metric_subjects(&s->pools[i], &subjects[i]);
	for (size_t i = 0; i < nmetrics; i++) {
		o.metric = &metrics[i];
		o.named = false;
		metric_rows(&o);
	}
	for (size_t i = 0; i < s->n; i++)
		free(subjects[i]);
	if (f == METRIC_FORMAT_OPENMETRICS)
		buf_adds(out, "# EOF\n");
}
