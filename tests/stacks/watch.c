/*
 * Watch a pool's stacks without the program around it: `watch PID [period=N] [bytes=N] [count]
 * [software]`. Prints "ready"; for each line on stdin one line of JSON of what came since; at the
 * end of input it ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "analysis/stack_role.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "watch/watch.h"

static void print_text(const char *s)
{
	cleanup(buf_release) struct buf clean = { 0 };

	text_clean(&clean, s, strlen(s));
	putchar('"');
	for (size_t i = 0; i < clean.len; i++) {
		if (clean.data[i] == '"' || clean.data[i] == '\\')
			putchar('\\');
		putchar(clean.data[i]);
	}
	putchar('"');
}

static void print_samples(const uint64_t *samples)
{
	for (int e = 0; e < PAGE_EVENTS; e++)
		printf(", \"%s\": %llu", page_event_name(e), (unsigned long long)samples[e]);
}

static void print_process(const struct stacks *s, uint32_t i)
{
	const struct stack_process *p = &s->processes[i];
	uint64_t samples[PAGE_EVENTS] = { 0 };

	for (size_t k = 0; k < s->ncounts; k++)
		for (int e = 0; s->counts[k].process == i && e < PAGE_EVENTS; e++)
			samples[e] += s->counts[k].samples[e];
	printf("%s{\"pid\": %d, \"parent\": %d, \"master\": %s, \"copies\": %lld, \"faults\": %lld, "
	       "\"lost\": %llu",
	       i ? ", " : "", (int)p->pid, (int)p->parent, p->master ? "true" : "false", (long long)p->copies,
	       (long long)p->faults, (unsigned long long)p->lost);
	print_samples(samples);
	printf(", \"comm\": ");
	print_text(p->comm);
	putchar('}');
}

static void print_frames(const struct stacks *s, const struct stack_trace *t)
{
	for (uint32_t i = 0; i < t->nframes; i++) {
		const struct stack_function *f = &s->functions[t->frames[i]];
		char unnamed[32];

		snprintf(unnamed, sizeof(unnamed), "fn_%llx", (unsigned long long)f->offset);
		printf("%s", i ? ", " : "");
		print_text(f->name ? f->name : unnamed);
	}
}

/* Python's functions, with where they begin. */
static void print_python(const struct stacks *s, const struct stack_trace *t)
{
	const char *before = "";

	for (uint32_t i = 0; i < t->nframes; i++) {
		const struct stack_function *f = &s->functions[t->frames[i]];

		if (f->kind != FRAME_PYTHON)
			continue;
		printf("%s[", before);
		print_text(f->name);
		printf(", ");
		print_text(f->file ? f->file : "");
		printf(", %d]", f->line);
		before = ", ";
	}
}

static void print_count(const struct stacks *s, const uint32_t *marks, size_t i)
{
	const struct stack_count *c = &s->counts[i];
	const struct stack_trace *t = &s->traces[c->trace];

	printf("%s{\"pid\": %d, \"role\": \"%s\", \"kernel\": %s, \"truncated\": %s", i ? ", " : "",
	       (int)s->processes[c->process].pid, stack_role_name(stack_role(s, marks, t)),
	       t->kernel ? "true" : "false", t->truncated ? "true" : "false");
	print_samples(c->samples);
	printf(", \"frames\": [");
	print_frames(s, t);
	printf("], \"python\": [");
	print_python(s, t);
	printf("]}");
}

static void print_gaps(const struct stacks *s)
{
	for (size_t i = 0; i < s->ngaps; i++) {
		printf("%s{\"what\": ", i ? ", " : "");
		print_text(s->gaps[i].what);
		printf(", \"error\": %d, \"needs\": ", s->gaps[i].error);
		print_text(s->gaps[i].needs);
		putchar('}');
	}
}

static void print_all(const struct stacks *s)
{
	cleanup_free uint32_t *marks = stack_role_marks(s);

	printf("{\"method\": \"%s\", \"period\": %u, \"lost\": %llu, \"unwinds\": %llu, "
	       "\"memo_hits\": %llu, \"cost_ns\": %lld, \"processes\": [",
	       stack_method_name(s->method), s->period, (unsigned long long)s->lost,
	       (unsigned long long)s->unwinds, (unsigned long long)s->memo_hits, (long long)s->cost_ns);
	for (uint32_t i = 0; i < s->nprocesses; i++)
		print_process(s, i);
	printf("], \"stacks\": [");
	for (size_t i = 0; i < s->ncounts; i++)
		print_count(s, marks, i);
	printf("], \"gaps\": [");
	print_gaps(s);
	puts("]}");
	fflush(stdout);
}

static int fail(const struct err *err)
{
	printf("{\"error\": ");
	print_text(err->msg);
	printf(", \"status\": %d}\n", err->status);
	return 1;
}

static struct watch_setup setup_of(char **words)
{
	struct watch_setup s = { 0 };

	for (; *words; words++) {
		s.count_only |= !strcmp(*words, "count");
		s.software |= !strcmp(*words, "software");
		if (!strncmp(*words, "period=", 7))
			s.period = (uint32_t)strtoul(*words + 7, NULL, 10);
		if (!strncmp(*words, "bytes=", 6))
			s.stack_bytes = (uint32_t)strtoul(*words + 6, NULL, 10);
	}
	return s;
}

int main(int argc, char **argv)
{
	struct watch_setup setup = setup_of(argv);
	struct target target = { 0 };
	struct watch *w;
	struct proc_stat st;
	struct procfs fs;
	struct err err;
	char line[16];

	if (argc < 2 || procfs_open(&fs, "/proc") < 0)
		return 2;
	target.master = (pid_t)strtol(argv[1], NULL, 10);
	if (procfs_stat(&fs, target.master, &st) < 0)
		return 2;
	target.start_ticks = st.start_ticks;
	if (watch_open(&fs, &target, &setup, &w, &err) < 0)
		return fail(&err);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		cleanup(stacks_release) struct stacks s = { 0 };

		watch_take(w, &s);
		print_all(&s);
	}
	watch_close(w);
	procfs_release(&fs);
	return 0;
}
