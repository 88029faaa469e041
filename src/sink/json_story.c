#include "sink/json_story.h"

void json_spread(cJSON *to, const char *key, const struct spread *s)
{
	cJSON *at = json_object(to, key);

	json_figure(at, "mean", s->mean);
	json_figure(at, "deviation", s->deviation);
	json_figure(at, "n", s->n);
}

void json_recording(cJSON *to, const struct story *s)
{
	json_time(to, "begin", s->begin_ns);
	json_time(to, "end", s->end_ns);
	json_figure(to, "elapsed_s", s->elapsed_s);
	json_figure(to, "load_s", s->load_s);
	json_figure(to, "load_requests", s->load_requests);
	json_figure(to, "samples", (figure)s->samples);
	json_text(to, "host", s->host);
	json_text(to, "kernel", s->kernel);
	json_fact(to, "page_size", s->page_size);
	json_kernel(to, "kernel_properties", &s->properties);
	json_text(to, "level", level_name(s->level));
	json_text(to, "exactness", exactness_name(s->exactness));
	json_text(to, "missing", *s->missing ? s->missing : NULL);
	json_figure(to, "cost_s", s->cost_s);
	json_text(to, "command", s->command);
	json_pid(to, "master_pid", s->master_pid);
}
