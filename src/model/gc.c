#include "model/gc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

void gc_full_forget(struct gc_state *s)
{
	for (size_t i = 0; i < GC_FULL; i++)
		s->full[i] = (struct gc_full){ ABSENT, ABSENT, ABSENT };
}

void gc_state_init(struct gc_state *s)
{
	s->id = s->enabled = s->any_frozen = s->frozen = s->collecting = ABSENT;
	s->lazy_imports = s->generational = ABSENT;
	gc_full_forget(s);
	for (size_t g = 0; g < GC_GENERATIONS; g++) {
		s->thresholds[g] = s->counts[g] = ABSENT;
		s->collections[g] = s->collected[g] = s->uncollectable[g] = ABSENT;
	}
}

#define NONE \
	{ \
		ABSENT, ABSENT, ABSENT \
	}

const struct gc_state *gc_told(const struct gc_facts *g)
{
	static const struct gc_state none = {
		.id = ABSENT,
		.enabled = ABSENT,
		.thresholds = NONE,
		.counts = NONE,
		.collections = NONE,
		.collected = NONE,
		.uncollectable = NONE,
		.any_frozen = ABSENT,
		.frozen = ABSENT,
		.collecting = ABSENT,
		.generational = ABSENT,
		.lazy_imports = ABSENT,
		.full = { NONE, NONE, NONE },
	};

	return g->ninterpreters ? &g->interpreters[0] : &none;
}

void gc_facts_release(struct gc_facts *g)
{
	free(g->interpreters);
	free(g->settings);
	*g = (struct gc_facts){ 0 };
}

static void *copy_of(const void *items, size_t n, size_t size)
{
	void *to;

	if (!n)
		return NULL;
	to = xcalloc(n, size);
	memcpy(to, items, n * size);
	return to;
}

void gc_facts_copy(struct gc_facts *to, const struct gc_facts *from)
{
	*to = *from;
	to->interpreters = copy_of(from->interpreters, from->ninterpreters, sizeof(*from->interpreters));
	to->settings = copy_of(from->settings, from->nsettings, sizeof(*from->settings));
}

fact gc_full_count(const struct gc_state *s)
{
	fact sum = 0;

	if (s->generational != 0)
		return s->collections[GC_GENERATIONS - 1];
	for (size_t g = 0; g < GC_GENERATIONS; g++) {
		if (s->collections[g] == ABSENT || __builtin_add_overflow(sum, s->collections[g], &sum))
			return ABSENT;
	}
	return sum;
}

fact gc_is_on(const struct gc_state *s)
{
	if (s->enabled == 0 || s->thresholds[0] == 0)
		return 0;
	return s->enabled == ABSENT || s->thresholds[0] == ABSENT ? ABSENT : 1;
}

char *gc_format_thresholds(char out[static 64], const fact thresholds[GC_GENERATIONS])
{
	char *at = out;
	size_t g;

	for (g = 0; g < GC_GENERATIONS; g++) {
		if (g)
			*at++ = ',';
		if (thresholds[g] == ABSENT)
			at = stpcpy(at, "-");
		else
			at += snprintf(at, 21, "%lld", (long long)thresholds[g]);
	}
	return out;
}

const char *runtime_name(enum runtime r)
{
	switch (r) {
	case RUNTIME_CPYTHON:
		return "cpython";
	case RUNTIME_RUBY:
		return "ruby";
	case RUNTIME_PHP:
		return "php";
	case RUNTIME_PERL:
		return "perl";
	case RUNTIME_NODE:
		return "node";
	case RUNTIME_JAVA:
		return "java";
	case RUNTIME_NONE:
		break;
	}
	return NULL;
}

const char *runtime_untold(enum runtime r)
{
	switch (r) {
	case RUNTIME_RUBY:
		return "ruby has no collector counters that can be read from outside";
	case RUNTIME_PHP:
		return "php counts references; its cycle collector has no counters that can be read from outside";
	case RUNTIME_PERL:
		return "perl counts references and has no collector";
	case RUNTIME_NODE:
		return "node has no collector counters that can be read from outside";
	case RUNTIME_JAVA:
		return "java has no collector counters that can be read from outside";
	case RUNTIME_CPYTHON:
	case RUNTIME_NONE:
		break;
	}
	return NULL;
}
