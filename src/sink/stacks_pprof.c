#include "sink/stacks.h"

#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "sink/gzip.h"
#include "sink/protobuf.h"
#include "sink/stacks_label.h"

/* Fields of profile.proto, by message. */
/* clang-format off */
enum {
	PROFILE_SAMPLE_TYPE = 1, PROFILE_SAMPLE = 2, PROFILE_MAPPING = 3, PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5, PROFILE_STRING = 6, PROFILE_TIME = 9, PROFILE_DURATION = 10,
	PROFILE_PERIOD_TYPE = 11, PROFILE_PERIOD = 12, PROFILE_DEFAULT = 14,
	TYPE_TYPE = 1, TYPE_UNIT = 2,
	SAMPLE_LOCATION = 1, SAMPLE_VALUE = 2, SAMPLE_LABEL = 3,
	LABEL_KEY = 1, LABEL_STR = 2, LABEL_NUM = 3,
	MAPPING_ID = 1, MAPPING_FILE = 5, MAPPING_HAS_FUNCTIONS = 7,
	LOCATION_ID = 1, LOCATION_MAPPING = 2, LOCATION_ADDRESS = 3, LOCATION_LINE = 4,
	LINE_FUNCTION = 1, LINE_LINE = 2,
	FUNCTION_ID = 1, FUNCTION_NAME = 2, FUNCTION_SYSTEM_NAME = 3, FUNCTION_FILE = 4,
	FUNCTION_START_LINE = 5,
};
/* clang-format on */

/* Functions are locations; behind them come those that stand for the missing. */
enum { EXTRA_TRUNCATED, EXTRA_KERNEL, EXTRA_UNATTRIBUTED, EXTRAS };

struct writer {
	const struct stack_report *r;
	bool pids; /* samples have them as a label */
	struct buf out, strings;
	uint64_t nstrings;
	const char **objects; /* those that are mappings already */
	size_t nobjects;
	uint64_t pid_key, role_key, roles[STACK_ROLES];
};

/* Index in the string table. */
static uint64_t string(struct writer *w, const char *foreign)
{
	cleanup(buf_release) struct buf clean = { 0 };

	text_clean(&clean, foreign, strlen(foreign));
	pb_element(&w->strings, PROFILE_STRING, clean.data, clean.len);
	return w->nstrings++;
}

static void add_type(struct writer *w, unsigned int field, uint64_t type, uint64_t unit)
{
	cleanup(buf_release) struct buf body = { 0 };

	pb_number(&body, TYPE_TYPE, type);
	pb_number(&body, TYPE_UNIT, unit);
	pb_bytes(&w->out, field, &body);
}

/* The first string is empty, for every index that is left out. */
static void add_head(struct writer *w)
{
	const struct stacks *s = w->r->facts;
	uint64_t pages, count, space, bytes;

	string(w, "");
	pages = string(w, "cow_pages");
	count = string(w, "count");
	space = string(w, "cow_space");
	bytes = string(w, "bytes");
	add_type(w, PROFILE_SAMPLE_TYPE, pages, count);
	add_type(w, PROFILE_SAMPLE_TYPE, space, bytes);
	add_type(w, PROFILE_PERIOD_TYPE, pages, count);
	pb_number(&w->out, PROFILE_PERIOD, s->period);
	pb_number(&w->out, PROFILE_TIME, (uint64_t)(s->time_ns - s->span_ns));
	pb_number(&w->out, PROFILE_DURATION, (uint64_t)s->span_ns);
	pb_number(&w->out, PROFILE_DEFAULT, space);
	w->pid_key = w->pids ? string(w, "pid") : 0;
	w->role_key = string(w, "role");
	for (int i = 0; i < STACK_ROLES; i++)
		w->roles[i] = string(w, stack_role_name((enum stack_role)i));
}

/* Named already: a reader is not to look for the file. */
static uint64_t mapping(struct writer *w, const char *object)
{
	cleanup(buf_release) struct buf body = { 0 };
	size_t i;

	for (i = 0; i < w->nobjects; i++) {
		if (!strcmp(w->objects[i], object))
			return i + 1;
	}
	w->objects[w->nobjects++] = object;
	pb_number(&body, MAPPING_ID, w->nobjects);
	pb_number(&body, MAPPING_FILE, string(w, object));
	pb_number(&body, MAPPING_HAS_FUNCTIONS, true);
	pb_bytes(&w->out, PROFILE_MAPPING, &body);
	return w->nobjects;
}

/*
 * A function, and the location that is all of it. pprof takes a name that is the system's as well for one that is
 * still to be demangled, and drops what is in <> and (), which makes one of two functions
 * (internal/symbolizer/symbolizer.go, demangleSingleFunction()).
 */
static void add_function(struct writer *w, uint64_t id, const char *label, const struct stack_function *f)
{
	cleanup(buf_release) struct buf function = { 0 }, location = { 0 }, line = { 0 };
	uint64_t name = string(w, label), first = f && f->line > 0 ? (uint64_t)f->line : 0;

	pb_number(&function, FUNCTION_ID, id);
	pb_number(&function, FUNCTION_NAME, name);
	pb_number(&function, FUNCTION_SYSTEM_NAME, f && f->symbol ? string(w, f->symbol) : 0);
	pb_number(&function, FUNCTION_FILE, f && f->file ? string(w, f->file) : 0);
	pb_number(&function, FUNCTION_START_LINE, first);
	pb_bytes(&w->out, PROFILE_FUNCTION, &function);

	pb_number(&line, LINE_FUNCTION, id);
	pb_number(&line, LINE_LINE, first);
	pb_number(&location, LOCATION_ID, id);
	pb_number(&location, LOCATION_MAPPING, f ? mapping(w, f->object) : 0);
	pb_number(&location, LOCATION_ADDRESS, f ? f->offset : 0);
	pb_bytes(&location, LOCATION_LINE, &line);
	pb_bytes(&w->out, PROFILE_LOCATION, &location);
}

static void add_functions(struct writer *w)
{
	static const char *const extras[EXTRAS] = {
		[EXTRA_TRUNCATED] = LABEL_TRUNCATED,
		[EXTRA_KERNEL] = LABEL_KERNEL,
		[EXTRA_UNATTRIBUTED] = LABEL_UNATTRIBUTED,
	};
	const struct stacks *s = w->r->facts;
	cleanup(labels_release) struct labels labels = { 0 };
	size_t i;

	labels_make(s, &labels);
	for (i = 0; i < s->nfunctions; i++)
		add_function(w, i + 1, labels.items[i], &s->functions[i]);
	for (i = 0; i < EXTRAS; i++)
		add_function(w, s->nfunctions + i + 1, extras[i], NULL);
}

/* `p`: whose it is; NULL: all of theirs. */
static void add_sample(struct writer *w, const uint64_t *locations, size_t n, uint64_t pages,
		       const struct stack_process *p, enum stack_role role)
{
	cleanup(buf_release) struct buf body = { 0 }, pid = { 0 }, what = { 0 };
	const uint64_t values[] = { pages, pages * (uint64_t)w->r->facts->page_size };

	pb_numbers(&body, SAMPLE_LOCATION, locations, n);
	pb_numbers(&body, SAMPLE_VALUE, values, 2);
	if (p) {
		pb_number(&pid, LABEL_KEY, w->pid_key);
		pb_number(&pid, LABEL_NUM, (uint64_t)p->pid);
		pb_bytes(&body, SAMPLE_LABEL, &pid);
	}
	if (role < STACK_ROLES) {
		pb_number(&what, LABEL_KEY, w->role_key);
		pb_number(&what, LABEL_STR, w->roles[role]);
		pb_bytes(&body, SAMPLE_LABEL, &what);
	}
	pb_bytes(&w->out, PROFILE_SAMPLE, &body);
}

/* Innermost first. */
static size_t locations_of(const struct stacks *s, const struct stack_row *row, uint64_t *ret)
{
	const struct stack_trace *t = &s->traces[row->trace];
	size_t n = 0;

	if (stack_needs_kernel(s, t))
		ret[n++] = s->nfunctions + EXTRA_KERNEL + 1;
	for (uint32_t i = 0; i < t->nframes; i++)
		ret[n++] = t->frames[i] + UINT64_C(1);
	if (row->truncated)
		ret[n++] = s->nfunctions + EXTRA_TRUNCATED + 1;
	return n;
}

/* A sample for each process, or one of them all. */
static void add_row(struct writer *w, const struct stack_row *row, uint64_t *locations)
{
	const struct stacks *s = w->r->facts;
	size_t n = locations_of(s, row, locations);
	uint64_t all = 0;

	for (size_t i = row->from; i < row->from + row->nparts; i++) {
		const struct stack_part *p = &w->r->parts[i];
		uint64_t pages = p->sum.pages[PAGE_EVENT_COPIED];

		all += pages;
		if (w->pids && pages)
			add_sample(w, locations, n, pages, &s->processes[p->process], row->role);
	}
	if (!w->pids && all)
		add_sample(w, locations, n, all, NULL, row->role);
}

static void add_samples(struct writer *w)
{
	const struct stack_report *r = w->r;
	const struct stacks *s = r->facts;
	cleanup_free uint64_t *locations = xcalloc(labels_most(s), sizeof(*locations));
	uint64_t nowhere = s->nfunctions + EXTRA_UNATTRIBUTED + 1, all = 0;

	for (size_t i = 0; i < r->nrows; i++)
		add_row(w, &r->rows[i], locations);
	for (size_t i = 0; i < s->nprocesses; i++) {
		int64_t pages = r->processes[i].unattributed;

		if (pages <= 0)
			continue;
		all += (uint64_t)pages;
		if (w->pids)
			add_sample(w, &nowhere, 1, (uint64_t)pages, &s->processes[i], STACK_ROLES);
	}
	if (!w->pids && all)
		add_sample(w, &nowhere, 1, all, NULL, STACK_ROLES);
}

bool stacks_pprof(struct buf *out, const struct stack_report *r, enum pprof_labels labels)
{
	cleanup_free const char **objects = xcalloc(r->facts->nfunctions + 1, sizeof(*objects));
	struct writer w = {
		.r = r, .pids = labels == PPROF_PIDS, .out.limit = out->limit, .objects = objects
	};
	bool done;

	add_head(&w);
	add_functions(&w);
	add_samples(&w);
	buf_add(&w.out, w.strings.data, w.strings.len);
	done = !w.out.cut && !w.strings.cut && gzip_add(out, &w.out);
	buf_release(&w.out);
	buf_release(&w.strings);
	return done;
}
