#ifndef COWTOP_TESTS_STACKS_SCENE_H
#define COWTOP_TESTS_STACKS_SCENE_H

/*
 * Facts of call stacks made by hand:
 *
 *	scene_begin(&s, 10);
 *	scene_process(&s, 100, true, 40);
 *	scene_count(&s, 1, PAGE_EVENT_COPIED, 7, "main", "python3.11!handle", "gc_collect_main", NULL);
 *
 * A frame is "function", of the program "app", or "object!function"; "object!+HEX" has no name,
 * "py:function@file:line" is Python's, "k:read" the kernel's. Frames stand from the root to the leaf.
 */
#include "lib/fixture.h"
#include "model/stacks.h"

static inline void scene_begin(struct stacks *s, uint32_t period)
{
	*s = (struct stacks){
		.time_ns = FIXTURE_BEGIN,
		.span_ns = 10 * FIXTURE_SECOND,
		.method = STACKS_TRACEPOINTS,
		.master_covered = true,
		.period = period,
		.stack_bytes = 8192,
		.page_size = FIXTURE_PAGE,
		.cost_ns = 25000000,
		.unwinds = 12,
		.memo_hits = 588,
	};
}

static inline struct stack_process *scene_process(struct stacks *s, pid_t pid, bool master, fact copies)
{
	struct stack_process *p;

	s->processes = xreallocarray(s->processes, s->nprocesses + 1, sizeof(*p));
	p = &s->processes[s->nprocesses++];
	*p = (struct stack_process){
		.pid = pid,
		.start_ticks = 1000,
		.parent = master ? 1 : 100,
		.comm = xstrdup("gunicorn"),
		.master = master,
		.copies = copies,
		.faults = ABSENT,
	};
	return p;
}

static inline struct stack_function scene_parse(const char *text)
{
	struct stack_function f = { .kind = FRAME_NATIVE };
	const char *bang = strchr(text, '!'), *at = strchr(text, '@');

	if (!strncmp(text, "py:", 3)) {
		f.kind = FRAME_PYTHON;
		f.object = xstrdup("[anon]");
		f.name = at ? xmemdupz(text + 3, (size_t)(at - text - 3)) : xstrdup(text + 3);
		if (at) {
			f.file = xmemdupz(at + 1, (size_t)(strrchr(at, ':') - at - 1));
			f.line = atoi(strrchr(at, ':') + 1);
		}
	} else if (!strncmp(text, "k:", 2)) {
		f.kind = FRAME_KERNEL;
		f.object = xstrdup("[kernel]");
		f.name = xstrdup(text + 2);
	} else if (bang && bang[1] == '+') {
		f.object = xmemdupz(text, (size_t)(bang - text));
		f.offset = strtoull(bang + 2, NULL, 16);
	} else {
		f.object = bang ? xmemdupz(text, (size_t)(bang - text)) : xstrdup("app");
		f.name = xstrdup(bang ? bang + 1 : text);
		f.offset = 4096 + 16 * strlen(f.name);
	}
	return f;
}

static inline bool scene_same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static inline uint32_t scene_function(struct stacks *s, const char *text)
{
	struct stack_function f = scene_parse(text);
	uint32_t i;

	for (i = 0; i < s->nfunctions; i++) {
		const struct stack_function *g = &s->functions[i];

		if (f.kind == g->kind && scene_same(f.name, g->name) && scene_same(f.file, g->file) &&
		    scene_same(f.object, g->object) && f.offset == g->offset && f.line == g->line) {
			free(f.object);
			free(f.name);
			free(f.file);
			return i;
		}
	}
	s->functions = xreallocarray(s->functions, s->nfunctions + 1, sizeof(f));
	s->functions[s->nfunctions] = f;
	return (uint32_t)s->nfunctions++;
}

/* A new trace; its frames from the root to the leaf, then NULL. */
static inline struct stack_trace *scene_vtrace(struct stacks *s, va_list frames)
{
	const char *texts[64], *text;
	struct stack_trace *t;
	uint32_t n = 0, i;

	while ((text = va_arg(frames, const char *)) && n < 64)
		texts[n++] = text;
	s->traces = xreallocarray(s->traces, s->ntraces + 1, sizeof(*t));
	t = &s->traces[s->ntraces++];
	*t = (struct stack_trace){ .frames = xcalloc(n + 1, sizeof(*t->frames)), .nframes = n };
	for (i = 0; i < n; i++)
		t->frames[i] = scene_function(s, texts[n - 1 - i]);
	return t;
}

static inline void scene_more(struct stacks *s, uint32_t process, enum page_event event, uint64_t samples)
{
	struct stack_count *c;

	s->counts = xreallocarray(s->counts, s->ncounts + 1, sizeof(*c));
	c = &s->counts[s->ncounts++];
	*c = (struct stack_count){ .trace = (uint32_t)s->ntraces - 1, .process = process };
	c->samples[event] = samples;
}

/* A new trace and what it did in a process. scene_more(): the same trace elsewhere. */
static inline struct stack_trace *scene_count(struct stacks *s, uint32_t process, enum page_event event,
					      uint64_t samples, ...)
{
	struct stack_trace *t;
	va_list frames;

	va_start(frames, samples);
	t = scene_vtrace(s, frames);
	va_end(frames);
	scene_more(s, process, event, samples);
	return t;
}

/* A Python web server: master 100, workers 101 and 102. One fault in ten is sampled. */
static inline void scene_server(struct stacks *s)
{
	struct stack_trace *t;

	scene_begin(s, 10);
	scene_process(s, 100, true, 60)->faults = 212;
	scene_process(s, 101, false, 14406)->faults = 20110;
	scene_process(s, 102, false, 7210)->faults = 9003;
	scene_count(s, 1, PAGE_EVENT_COPIED, 801, "_start", "python3.11!Py_RunMain",
		    "python3.11!_PyEval_EvalFrameDefault", "python3.11!gc_collect_with_callback",
		    "python3.11!gc_collect_main", NULL);
	scene_more(s, 2, PAGE_EVENT_COPIED, 402);
	scene_count(s, 1, PAGE_EVENT_COPIED, 355, "_start", "python3.11!Py_RunMain",
		    "py:handle@/srv/shop/views.py:41", "python3.11!_PyEval_EvalFrameDefault", NULL);
	scene_more(s, 2, PAGE_EVENT_COPIED, 110);
	scene_count(s, 1, PAGE_EVENT_COPIED, 200, "_start", "python3.11!Py_RunMain",
		    "python3.11!Py_FinalizeEx", "python3.11!+50a500", NULL);
	t = scene_count(s, 2, PAGE_EVENT_COPIED, 61, "_start", "python3.11!Py_RunMain",
			"python3.11!_PyEval_EvalFrameDefault", "_socket.so!sock_recv_into", "libc.so.6!recv",
			NULL);
	t->kernel = true;
	t = scene_count(s, 2, PAGE_EVENT_COPIED, 12, "python3.11!_PyEval_EvalFrameDefault",
			"libc.so.6!malloc", "libc.so.6!+9a1b0", NULL);
	t->truncated = true;
	scene_more(s, 0, PAGE_EVENT_COPIED, 4);
	scene_count(s, 1, PAGE_EVENT_COPIED, 60, "_start", "python3.11!Py_RunMain",
		    "python3.11!PyDict_SetItem", NULL);
	s->lost = s->processes[1].lost = 7;
}

/* A pool watched without privilege: what is a copy, and what else a write fault does. */
static inline void scene_software(struct stacks *s)
{
	scene_begin(s, 10);
	s->method = STACKS_SOFTWARE;
	scene_process(s, 100, true, ABSENT);
	scene_process(s, 101, false, ABSENT)->faults = 1480;
	scene_count(s, 1, PAGE_EVENT_COPIED, 60, "_start", "handle", "touch", NULL);
	scene_more(s, 1, PAGE_EVENT_REUSED, 30);
	scene_more(s, 1, PAGE_EVENT_ZEROED, 2);
	scene_count(s, 1, PAGE_EVENT_FIRST, 19, "_start", "handle", "libc.so.6!malloc", NULL);
	scene_more(s, 1, PAGE_EVENT_UNDECIDED, 3);
	stacks_gap(s, "kernel writes", 13, "CAP_PERFMON");
}

/* Every string tries to get out of where it is shown. */
static inline void scene_hostile(struct stacks *s)
{
	scene_begin(s, 1);
	free(scene_process(s, 100, true, 0)->comm);
	s->processes[0].comm = xstrdup("</title><script>hit()</script>\033[31m\n\"");
	scene_process(s, 101, false, 30);
	scene_count(s, 1, PAGE_EVENT_COPIED, 10, "a;b 12", "x\ny", "<script>hit()</script>", NULL);
	scene_count(s, 1, PAGE_EVENT_COPIED, 9, "]]></script><script>hit()</script>", "\"onload=\"hit()",
		    "&lt;&amp;'", NULL);
	scene_count(s, 1, PAGE_EVENT_COPIED, 5, "\xff\xfe\xc0 \xe2\x80\xae", "\033]0;owned\a",
		    "py:f@/tmp/<b>;\n.py:3", NULL);
	scene_count(s, 1, PAGE_EVENT_COPIED, 4, "a;b 12", "evil.so\033[2J!+40", NULL);
	stacks_gap(s, "names\033[31m", 13, "CAP_<x>");
}

#endif
