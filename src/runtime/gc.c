#include "runtime/gc.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "parse/cpython.h"
#include "parse/cpython_version.h"
#include "runtime/gc_find.h"
#include "runtime/gc_runtime.h"
#include "runtime/gc_settings.h"

/*
 * Pages kept and pages read at most: what a process that lies about its memory can cost. To find a
 * collector about 150 reads are needed, 500 in a large debug build; for a tick 2, for 64 interpreters 200.
 */
#define FIND_SLOTS 256
#define FIND_BUDGET 2048
#define TICK_SLOTS 8
#define TICK_BUDGET 1024
/* 256 MiB, 4 million objects that lie one behind the other: 85 to 400 ms. Objects that are strewn over more
 * pages than that stay uncounted. */
#define COUNT_BUDGET (64U << 10)

/* What could not be found is looked for again after 1, 2, 4 ... ticks: an interpreter may be about to
 * start. */
#define WAIT_MAX 64

#define ENVIRON_MAX (256U << 10)

struct gc_reader {
	uint64_t exe_dev, exe_ino, stack; /* of the image: exec changes one of them */
	uint64_t signature;               /* of the objects that were looked through */
	enum runtime runtime;
	enum gc_python python;
	struct cpython where; /* valid when python is FOUND; its version also when REFUSED */
	const char *why;
	unsigned int wait, waited; /* ticks */
	bool settled;              /* settings were read */
	bool other_time;           /* its CLOCK_MONOTONIC is not ours */
	struct gc_settings settings;
	struct cpython_frozen *frozen; /* of so many interpreters */
	size_t nfrozen;
};

static void release(struct gc_reader *r)
{
	gc_settings_release(&r->settings);
	free(r->frozen);
}

void gc_reader_free(struct gc_reader *r)
{
	if (r)
		release(r);
	free(r);
}

const struct cpython *gc_reader_python(const struct gc_reader *r)
{
	return r && r->python == GC_PYTHON_FOUND ? &r->where : NULL;
}

static void open_image(const struct gc_target *t, size_t slots, uint64_t budget, struct image *ret)
{
	image_init(ret, t->fs, t->pid, t->maps, t->maps_text, t->pagemap, t->mem, slots, budget);
}

/* The kernel tells a program where its own headers are, which are in front of its code. */
static size_t find_told(const struct gc_target *t, const struct image_object *objects, size_t n)
{
	uint64_t headers = procfs_auxv(t->fs, t->pid, AT_PHDR);
	size_t i = n;

	while (headers && i-- > 0)
		if (objects[i].vma->start <= headers)
			return i;
	return n;
}

/* By its inode; layers (overlayfs) and subvolumes may have a library of the same. */
static size_t find_exe(const struct gc_target *t, const struct image_object *objects, size_t n)
{
	size_t found = n, told;

	for (size_t i = 0; i < n; i++) {
		if (objects[i].vma->inode != t->exe_ino)
			continue;
		if (found == n) {
			found = i;
			continue;
		}
		told = find_told(t, objects, n);
		return told < n && objects[told].vma->inode == t->exe_ino ? told : found;
	}
	return found;
}

/* Look the whole image through. */
static void recognise(const struct gc_target *t, struct gc_reader *r)
{
	struct image_object objects[IMAGE_OBJECTS];
	size_t n = image_objects(t->maps, t->maps_text, objects);
	size_t exe = find_exe(t, objects, n);
	cleanup(image_release) struct image im = { 0 };
	const char *allocator = gc_allocator(objects, n);

	open_image(t, FIND_SLOTS, FIND_BUDGET, &im);
	r->signature = image_signature(t->maps);
	r->other_time = procfs_other_time(t->fs, t->pid);
	r->settled = false; /* in the midst of an exec there was nothing to be read yet */
	r->runtime = gc_runtime(objects, n, exe);
	r->python = GC_PYTHON_NONE;
	r->why = NULL;
	if (t->mem >= 0)
		r->python = gc_find(&im, objects, n, exe, &r->where, &r->why);
	else if (r->runtime == RUNTIME_CPYTHON)
		r->why = "its memory may not be read";
	/* a library that nobody uses is not what the process runs */
	if (r->python > GC_PYTHON_IDLE || (r->python == GC_PYTHON_IDLE && r->runtime == RUNTIME_NONE))
		r->runtime = RUNTIME_CPYTHON;
	if (allocator)
		gc_settings_add(&r->settings, "allocator", 9, allocator, strlen(allocator));
}

/* The environment that the process was started with: a forked one has its base's. What was read once
 * stays: a server that writes its title over its environment has none later. */
static void read_settings(const struct gc_target *t, struct gc_reader *r)
{
	cleanup(buf_release) struct buf text = { .limit = ENVIRON_MAX };

	if (!procfs_read(t->fs, t->pid, "environ", &text) && text.len) {
		r->settled = true; /* in the middle of an exec there is none yet */
		gc_settings_environ(text.data, text.len, &r->settings);
	}
	gc_settings_cmdline(r->runtime, t->cmdline ? t->cmdline : "", &r->settings);
}

/* What is remembered of them until the next read: most processes have one interpreter, or none. */
static void keep_frozen(struct gc_reader *r, const struct cpython_frozen *frozen, size_t n)
{
	if (n > r->nfrozen) {
		r->frozen = xreallocarray(r->frozen, n, sizeof(*frozen));
		r->nfrozen = n;
	}
	if (r->nfrozen)
		memcpy(r->frozen, frozen, r->nfrozen * sizeof(*frozen));
}

static int read_states(const struct gc_target *t, struct gc_reader *r, bool count, struct gc_state *states)
{
	struct cpython_frozen frozen[CPYTHON_INTERPRETERS] = { 0 };
	cleanup(image_release) struct image im = { 0 };
	struct reader reader;
	int n;

	if (r->nfrozen)
		memcpy(frozen, r->frozen, r->nfrozen * sizeof(*frozen));
	open_image(t, count ? FIND_SLOTS : TICK_SLOTS, count ? COUNT_BUDGET : TICK_BUDGET, &im);
	reader = mem_reader(&im.mem);
	n = cpython_read(&reader, &r->where, count, frozen, states);
	for (int i = 0; i < n && r->other_time; i++)
		gc_full_forget(&states[i]);
	keep_frozen(r, frozen, n > 0 ? (size_t)n : 0);
	return n;
}

/* Is another look through the image due? Never while its objects have no names. */
static bool is_due(const struct gc_target *t, struct gc_reader *r, bool new)
{
	if (!t->maps_text)
		return false;
	if (new || r->signature != image_signature(t->maps)) {
		r->wait = 1;
		r->waited = 0;
		return true;
	}
	/* what has no Python by its objects gets none without new ones; a lasting fault stays one */
	if (r->python == GC_PYTHON_NONE || ++r->waited < r->wait)
		return false;
	r->waited = 0;
	r->wait = r->wait * 2 < WAIT_MAX ? r->wait * 2 : WAIT_MAX;
	return true;
}

static int read_python(const struct gc_target *t, struct gc_reader *r, bool new, bool count,
		       struct gc_state *states)
{
	int n = -1;

	if (t->mem < 0)
		return -1;
	if (r->python == GC_PYTHON_FOUND)
		n = read_states(t, r, count, states);
	if (n < 0 && is_due(t, r, new)) {
		recognise(t, r);
		if (r->python == GC_PYTHON_FOUND)
			n = read_states(t, r, count, states);
	}
	if (n < 0 && r->python == GC_PYTHON_FOUND)
		r->why = "its state cannot be read now: not resident, or not what it was";
	return n;
}

/* The top of the stack, at random for each exec; 0 when it has no name. */
static uint64_t stack_of(const struct gc_target *t)
{
	static const char name[] = "[stack]";

	for (size_t i = t->maps->n; i-- > 0 && t->maps_text;) {
		const struct vma *v = &t->maps->items[i];

		if (v->name_len == sizeof(name) - 1 && !memcmp(t->maps_text + v->name_at, name, v->name_len))
			return v->end;
	}
	return 0;
}

/* Is it still the image that all this was found in? If not, nothing of it holds. Whose mappings were
 * left as they are has not moved since, and an exec makes many faults. */
static bool same_image(const struct gc_target *t, struct gc_reader *r)
{
	uint64_t stack = t->maps_text ? stack_of(t) : r->stack;

	if (r->exe_ino == t->exe_ino && r->exe_dev == t->exe_dev && r->stack == stack)
		return true;
	release(r);
	*r = (struct gc_reader){ .exe_dev = t->exe_dev, .exe_ino = t->exe_ino, .stack = stack };
	return false;
}

/* A fork has its base's image, and so all that was found in it. */
static struct gc_reader *inherit(const struct gc_reader *base)
{
	struct gc_reader *r = xcalloc(1, sizeof(*r));

	*r = *base;
	r->frozen = NULL;
	r->nfrozen = 0;
	gc_settings_copy(&r->settings, &base->settings);
	return r;
}

static void describe(const struct gc_reader *r, struct gc_facts *ret)
{
	ret->runtime = r->runtime;
	if (r->runtime == RUNTIME_CPYTHON && r->where.version) {
		cpython_version_format(r->where.version, ret->version, sizeof(ret->version));
		snprintf(ret->build, sizeof(ret->build), "%s",
			 r->where.free_threaded ? "free-threaded" :
			 r->where.debug         ? "debug" :
						  "release");
	}
	ret->nsettings = r->settings.n;
	if (r->settings.n) {
		ret->settings = xcalloc(r->settings.n, sizeof(*ret->settings));
		memcpy(ret->settings, r->settings.items, r->settings.n * sizeof(*ret->settings));
	}
}

int gc_read(const struct gc_target *t, struct gc_reader **reader, const struct gc_reader *base,
	    bool count_frozen, struct gc_facts *ret, const char **why)
{
	struct gc_state states[CPYTHON_INTERPRETERS];
	struct gc_reader *r;
	bool new;
	int n;

	if (!*reader)
		*reader = base ? inherit(base) : xcalloc(1, sizeof(**reader));
	r = *reader;
	new = !same_image(t, r);
	n = read_python(t, r, new, count_frozen, states);
	if (new && t->mem < 0)
		recognise(t, r);
	if (!r->settled)
		read_settings(t, r);
	*ret = (struct gc_facts){ 0 };
	describe(r, ret);
	if (n > 0) {
		ret->interpreters = xcalloc((size_t)n, sizeof(*states));
		ret->ninterpreters = (size_t)n;
		memcpy(ret->interpreters, states, (size_t)n * sizeof(*states));
		return 0;
	}
	if (r->runtime != RUNTIME_CPYTHON)
		return 0;
	*why = r->why ? r->why : "no symbols of an interpreter were found in it";
	return -1;
}
