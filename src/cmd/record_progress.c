#include "cmd/record_progress.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"

void record_progress_begin(struct record_progress *p, const char *head, int64_t now_ns)
{
	*p = (struct record_progress){
		.head = head,
		.begin_ns = now_ns,
		.workers = UNKNOWN,
		.copied = UNKNOWN,
		.ratio = UNKNOWN,
	};
	progress_begin(&p->line);
}

void record_progress_keep(struct record_progress *p, const struct snapshot *snap)
{
	p->workers = snap->pool.workers;
	p->copied = snap->pool.copied_bytes;
	p->ratio = snap->pool.copied_ratio;
}

void record_progress_show(struct record_progress *p, int64_t now_ns, uint64_t samples, uint64_t bytes)
{
	cleanup(buf_release) struct buf line = { 0 };
	char age[16], size[16], copied[16];

	if (!p->line.on)
		return;
	buf_printf(&line, "%s%s  %llu sample%s  %s  %.0f workers  cow-broken %s", p->head,
		   units_format_age(age, (double)(now_ns - p->begin_ns) / SECOND),
		   (unsigned long long)samples, samples == 1 ? "" : "s",
		   units_format_size(size, (double)bytes), p->workers,
		   known(p->copied) ? units_format_size(copied, p->copied) : "-");
	if (known(p->ratio))
		buf_printf(&line, " (%.1f %%)", p->ratio * 100);
	progress_show(&p->line, &line);
}
