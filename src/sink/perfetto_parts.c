#include "sink/perfetto_parts.h"

uint64_t perfetto_one_of(uint64_t n, uint64_t most)
{
	return n > most ? (n + most - 1) / most : 1;
}

bool perfetto_take(uint64_t *n, uint64_t one)
{
	return (*n)++ % one == 0;
}

cJSON *perfetto_event(struct perfetto *p, const char *phase, const char *name, int64_t traced, int64_t at_ns)
{
	cJSON *event;

	if (!p->doc.out)
		return NULL;
	event = json_begin();
	json_text(event, "ph", phase);
	json_text(event, "name", name);
	json_fact(event, "pid", traced);
	/* viewers drop what lies before zero */
	json_figure(event, "ts", (figure)(at_ns > 0 ? at_ns : 0) / 1000);
	return event;
}

void perfetto_put(struct perfetto *p, cJSON *event)
{
	/* a line each: for grep, and for whoever compares two */
	buf_addc(p->doc.out, '\n');
	json_print_element(&p->doc, event);
}

static struct perfetto_track *with_pid(struct perfetto_track *tracks, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (tracks[i].pid == pid)
			return &tracks[i];
	return NULL;
}

struct perfetto_track *perfetto_track(struct perfetto *p, pid_t pid, bool gone)
{
	struct perfetto_track *now = with_pid(p->tracks, p->ntracks, pid);
	struct perfetto_track *before = with_pid(p->gone, p->ngone, pid);

	return gone ? before ?: now : now ?: before;
}

int64_t perfetto_at(const struct perfetto *p, int64_t time_ns)
{
	int64_t since_ns, at_ns;

	/* those of marks are whatever a file says */
	if (__builtin_sub_overflow(time_ns, p->wall_ns, &since_ns) ||
	    __builtin_add_overflow(p->at_ns, since_ns, &at_ns))
		return time_ns < p->wall_ns ? 0 : PERFETTO_TIME_MOST;
	return at_ns < PERFETTO_TIME_MOST ? at_ns : PERFETTO_TIME_MOST;
}
