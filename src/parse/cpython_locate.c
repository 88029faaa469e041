#include "parse/cpython_state.h"

#include <string.h>
#include "parse/cpython_version.h"

/* How far around its expected place the state is looked for. */
#define SCAN_INTERPRETER (16U << 10)
#define SCAN_RUNTIME (4U << 10)
/* Places that carry the signature; a process full of them lies. */
#define SIGNED_MAX 4

#define NOT_STARTED "the interpreter is not started"
#define UNKNOWN_VERSION "this version of CPython is not known"
#define UNKNOWN_LAYOUT "the layout of this build fails its check"
#define UNKNOWN_FREE_THREADED "a free-threaded build, whose layout fails its check"

/* The version's tables, or what _Py_DebugOffsets says in their place. */
struct plan {
	uint32_t minor, size;
	uint32_t head, next, id, gc, imports, collecting;
	bool one_for_all, free_threaded;
};

static bool from_home(uint32_t version, struct plan *ret)
{
	const struct cpython_home *h = cpython_home_of(CPYTHON_MINOR(version));

	if (!h)
		return false;
	*ret = (struct plan){
		.minor = CPYTHON_MINOR(version),
		.head = h->head,
		.next = h->next,
		.id = h->id,
		.gc = h->gc,
		.one_for_all = h->one_for_all,
	};
	return true;
}

static void from_offsets(const struct cpython_offsets *o, struct plan *ret)
{
	*ret = (struct plan){
		.minor = CPYTHON_MINOR(o->version),
		.size = o->size,
		.head = o->head,
		.next = o->next,
		.id = o->id,
		.gc = o->gc,
		.imports = o->imports,
		.collecting = o->collecting,
		.free_threaded = o->free_threaded,
	};
}

static const struct cpython_layout *layout_at(const struct reader *r, const struct plan *p, uint64_t state)
{
	const struct cpython_layout *l = NULL;

	while ((l = cpython_layout_next(p->minor, p->size, p->free_threaded, l)))
		if ((!p->free_threaded || l->collecting == p->collecting) && cpython_block_check(r, l, state))
			return l;
	return NULL;
}

/* Does the state of some layout at this address point to itself? */
static bool is_signed(const struct reader *r, const struct plan *p, uint64_t state)
{
	const struct cpython_layout *l = NULL;
	uint64_t pointer;

	while ((l = cpython_layout_next(p->minor, p->size, p->free_threaded, l)))
		if (l->generation0 != NO_FIELD && reader_u64(r, state + l->generation0, &pointer) &&
		    pointer == state + l->generations)
			return true;
	return false;
}

/* The layout of the state that lies at *offset from `base`, or elsewhere in the first `size` bytes. */
static const struct cpython_layout *find_state(const struct reader *r, const struct plan *p, uint64_t base,
					       uint32_t size, uint32_t *offset)
{
	const struct cpython_layout *l = layout_at(r, p, base + *offset);
	int left = SIGNED_MAX;

	for (uint32_t at = 0; at < size && !l && left; at += 8) {
		if (!is_signed(r, p, base + at))
			continue;
		left--;
		l = layout_at(r, p, base + at);
		*offset = at;
	}
	return l;
}

static enum cpython_found refuse(const char *reason, const char **why)
{
	*why = reason;
	return CPYTHON_REFUSED;
}

/* From 3.7 on. */
static enum cpython_found follow_plan(const struct reader *r, const struct plan *p, uint64_t runtime,
				      struct cpython *ret, const char **why)
{
	uint64_t interpreters[2], base;

	if (!reader_read(r, runtime + p->head, interpreters, sizeof(interpreters)))
		return refuse("its memory is not resident", why);
	base = interpreters[1] ? interpreters[1] : interpreters[0];
	if (!base) {
		*why = NOT_STARTED;
		return CPYTHON_NOT_STARTED;
	}
	if (base % 8 || base > UINT64_MAX - (1U << 24))
		return refuse(UNKNOWN_LAYOUT, why);
	ret->gc = p->gc;
	if (p->one_for_all) {
		ret->layout = find_state(r, p, runtime, SCAN_RUNTIME, &ret->gc);
		ret->state = runtime + ret->gc;
	} else {
		ret->layout = find_state(r, p, base, SCAN_INTERPRETER, &ret->gc);
		ret->list = runtime + p->head;
		ret->next = p->next;
		ret->id = p->id;
		ret->imports = p->imports;
	}
	if (ret->layout)
		return CPYTHON_FOUND;
	return refuse(p->free_threaded ? UNKNOWN_FREE_THREADED : UNKNOWN_LAYOUT, why);
}

static enum cpython_found locate_runtime(const struct reader *r, const struct cpython_clues *clues,
					 struct cpython *ret, const char **why)
{
	struct cpython_offsets o;
	struct plan p = { 0 };
	bool known = cpython_offsets_read(r, clues->runtime, &o);

	if (o.version)
		ret->version = o.version;
	ret->runtime = clues->runtime;
	ret->free_threaded = o.free_threaded;
	if (known)
		from_offsets(&o, &p);
	else if (o.version || !from_home(ret->version, &p))
		return refuse(UNKNOWN_VERSION, why);
	return follow_plan(r, &p, clues->runtime, ret, why);
}

/* 2.7 and 3.6: the generations' address is known, their size is not. */
static enum cpython_found locate_generations(const struct reader *r, const struct cpython_clues *clues,
					     struct cpython *ret, const char **why)
{
	struct plan p = { .minor = CPYTHON_MINOR(ret->version) };
	uint64_t next;

	if (p.minor != 0x0207 && p.minor != 0x0306)
		return refuse(UNKNOWN_VERSION, why);
	if (!reader_u64(r, clues->generations, &next))
		return refuse("its memory is not resident", why);
	ret->state = clues->generations;
	ret->layout = layout_at(r, &p, ret->state);
	ret->enabled = clues->enabled;
	ret->collecting = clues->collecting;
	ret->stats = clues->stats;
	return ret->layout ? CPYTHON_FOUND : refuse(UNKNOWN_LAYOUT, why);
}

enum cpython_found cpython_locate(const struct reader *r, const struct cpython_clues *clues,
				  struct cpython *ret, const char **why)
{
	*ret = (struct cpython){ .version = clues->version, .debug = clues->debug };
	if (clues->runtime > UINT64_MAX - (1U << 24) || clues->generations > UINT64_MAX - (1U << 24))
		return refuse(UNKNOWN_LAYOUT, why);
	if (clues->runtime)
		return locate_runtime(r, clues, ret, why);
	return locate_generations(r, clues, ret, why);
}
