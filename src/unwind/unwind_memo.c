#include "unwind/unwind_memo.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/hash.h"
#include "sys/arch.h"

#define BUCKETS 16384
/* Results that share place and stack pointer: those used last are kept. */
#define CHAIN_MAX 16
#define BYTES_MAX ((size_t)32 << 20)

struct entry {
	struct entry *next;
	uint64_t image, ip, sp, stack_bytes; /* stack_bytes: 0, or it has to be the same */
	uint32_t trace;
	struct unwind_loops *loops; /* or NULL */
	pid_t pid;                  /* 0, or it has to be the same */
	bool kernel;
	uint32_t n, nregisters;
	struct unwind_word words[]; /* n of the stack, then registers: `offset` is which */
};

struct unwind_memo {
	struct entry *buckets[BUCKETS];
	size_t bytes;
};

static size_t loops_size(const struct unwind_loops *l)
{
	return l ? sizeof(*l) + l->n * sizeof(*l->items) : 0;
}

static size_t entry_size(size_t words, const struct unwind_loops *l)
{
	return sizeof(struct entry) + words * sizeof(struct unwind_word) + loops_size(l);
}

static void entry_free(struct entry *e)
{
	free(e->loops);
	free(e);
}

struct unwind_memo *unwind_memo_new(void)
{
	return xcalloc(1, sizeof(struct unwind_memo));
}

static void forget_all(struct unwind_memo *m)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (m->buckets[i]) {
			struct entry *e = m->buckets[i];

			m->buckets[i] = e->next;
			entry_free(e);
		}
	m->bytes = 0;
}

void unwind_memo_free(struct unwind_memo *m)
{
	if (!m)
		return;
	forget_all(m);
	free(m);
}

static struct entry **bucket_of(struct unwind_memo *m, uint64_t image, const struct unwind_snapshot *s)
{
	uint64_t h = hash_mix(hash_mix(image, s->registers[arch.ip]), s->registers[arch.sp]);

	return &m->buckets[hash_fold(h) % BUCKETS];
}

static bool same_words(const struct entry *e, const struct unwind_snapshot *s)
{
	for (uint32_t i = 0; i < e->n; i++) {
		uint64_t word;

		if (e->words[i].offset > s->stack_bytes || s->stack_bytes - e->words[i].offset < sizeof(word))
			return false;
		memcpy(&word, s->stack + e->words[i].offset, sizeof(word));
		if (word != e->words[i].value)
			return false;
	}
	return true;
}

static bool is_same(const struct entry *e, uint64_t image, const struct unwind_snapshot *s)
{
	if (e->ip != s->registers[arch.ip] || e->sp != s->registers[arch.sp] || e->image != image ||
	    e->kernel != s->kernel || (e->pid && e->pid != s->pid) ||
	    (e->stack_bytes && e->stack_bytes != s->stack_bytes))
		return false;
	for (uint32_t i = e->n; i < e->n + e->nregisters; i++)
		if (s->registers[e->words[i].offset] != e->words[i].value)
			return false;
	return same_words(e, s);
}

bool unwind_memo_find(struct unwind_memo *m, uint64_t image, const struct unwind_snapshot *s,
		      struct unwind_known *ret)
{
	struct entry **bucket = bucket_of(m, image, s);

	for (struct entry **at = bucket; *at; at = &(*at)->next) {
		struct entry *e = *at;

		if (!is_same(e, image, s))
			continue;
		*at = e->next;
		e->next = *bucket;
		*bucket = e;
		*ret = (struct unwind_known){ e->trace, e->loops };
		return true;
	}
	return false;
}

/* Only the last ones of a chain stay. */
static void shorten(struct unwind_memo *m, struct entry **bucket)
{
	struct entry **at = bucket;

	for (int i = 0; *at && i < CHAIN_MAX; i++)
		at = &(*at)->next;
	while (*at) {
		struct entry *e = *at;

		*at = e->next;
		m->bytes -= entry_size(e->n + e->nregisters, e->loops);
		entry_free(e);
	}
}

static void keep_registers(struct entry *e, const struct unwind_snapshot *s, uint64_t mask)
{
	for (; mask; mask &= mask - 1) {
		unsigned i = (unsigned)__builtin_ctzll(mask);

		e->words[e->n + e->nregisters++] = (struct unwind_word){ i, s->registers[i] };
	}
}

void unwind_memo_put(struct unwind_memo *m, uint64_t image, const struct unwind_snapshot *s,
		     const struct unwind_reads *reads, const struct unwind_known *known)
{
	size_t registers = (size_t)__builtin_popcountll(reads->registers);
	size_t size = entry_size(reads->n + registers, known->loops);
	struct entry **bucket, *e;

	if (reads->n > UNWIND_READS)
		return;
	if (m->bytes + size > BYTES_MAX)
		forget_all(m);
	e = xcalloc(1, entry_size(reads->n + registers, NULL));
	e->image = image;
	e->ip = s->registers[arch.ip];
	e->sp = s->registers[arch.sp];
	e->stack_bytes = reads->to_the_end ? s->stack_bytes : 0;
	e->pid = reads->own ? s->pid : 0;
	e->kernel = s->kernel;
	e->trace = known->trace;
	if (known->loops)
		e->loops = (void *)xmemdupz(known->loops, loops_size(known->loops));
	e->n = (uint32_t)reads->n;
	memcpy(e->words, reads->words, reads->n * sizeof(*e->words));
	keep_registers(e, s, reads->registers);
	bucket = bucket_of(m, image, s);
	e->next = *bucket;
	*bucket = e;
	m->bytes += size;
	shorten(m, bucket);
}
