#include "cmd/record_why.h"

#include "analysis/why_gather.h"

void record_why_open(struct record_why *w)
{
	w->watch = why_watch_new();
}

void record_why_look(struct record_why *w, struct run *run, bool last, struct sample *s)
{
	if (!w->watch)
		return;
	why_watch_look(w->watch, run->live, &run->fs, s, 0);
	if (last)
		why_watch_read(w->watch, run->live, s, NULL, NULL);
}

void record_why_tell(struct record_why *w, bool begins, struct analysis *a, struct sample *s)
{
	bool tell = w->watch && (begins || !w->told);

	if (tell)
		why_gather_tell(analysis_why(a), s);
	w->told = tell;
}

void record_why_close(struct record_why *w)
{
	why_watch_free(w->watch);
}
