#include "unwind/unwind_walk.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "sys/arch.h"
#include "unwind/unwind_dtors.h"
#include "unwind/unwind_jit.h"

/* Bytes of a function before and after an instruction that are looked at for jumps to it. */
#define LEAF_NEAR ((uint64_t)16 << 10)

struct walk {
	const struct procfs *fs;
	const struct unwind_image *im;
	const pid_t *pids;
	const struct unwind_snapshot *s;
	struct unwind_reads *reads;
	/* Whose tables are being read. */
	struct unwind_object *object;
	uint64_t bias;
	struct unwind_trampoline trampoline;
};

/* A return address that the processor has signed becomes one again; every other value stays. */
static uint64_t unsigned_code(const struct unwind_image *im, uint64_t value)
{
	uint64_t address = value & arch.code_bits;

	return address != value && unwind_image_at(im, address) ? address : value;
}

static uint64_t read_register(void *ctx, int dwarf)
{
	struct walk *w = ctx;
	uint8_t i = arch.of_dwarf[dwarf];

	w->reads->registers |= UINT64_C(1) << i;
	return unsigned_code(w->im, w->s->registers[i]);
}

static void remember(struct unwind_reads *reads, uint64_t offset, uint64_t value)
{
	if (reads->n < UNWIND_READS)
		reads->words[reads->n] = (struct unwind_word){ offset, value };
	if (reads->n <= UNWIND_READS)
		reads->n++;
}

static bool read_trampoline(const struct unwind_trampoline *t, uint64_t address, uint64_t *ret)
{
	uint64_t at = address - t->table_at;

	if (at > sizeof(t->table) - sizeof(*ret))
		return false;
	memcpy(ret, t->table + at, sizeof(*ret));
	return true;
}

static bool read_word(void *ctx, uint64_t address, uint64_t *ret)
{
	struct walk *w = ctx;
	uint64_t offset = address - w->s->registers[arch.sp];

	/* what libunwind follows was looked through: wherever a process says that its stack is, it is not there */
	if (w->object ? unwind_object_table(w->object, address - w->bias, ret, sizeof(*ret)) :
			read_trampoline(&w->trampoline, address, ret))
		return true;
	if (offset < w->s->stack_bytes && w->s->stack_bytes - offset >= sizeof(*ret)) {
		memcpy(ret, w->s->stack + offset, sizeof(*ret));
		remember(w->reads, offset, *ret);
		*ret = unsigned_code(w->im, *ret);
		return true;
	}
	if (w->object && unwind_object_read(w->object, address - w->bias, ret, sizeof(*ret)))
		return true;
	w->reads->to_the_end = true;
	return false;
}

static bool find_trampoline(struct walk *w, uint64_t address, struct unwind_row *ret)
{
	w->reads->own = true;
	for (const pid_t *pid = w->pids; *pid; pid++)
		if (unwind_jit_trampoline(w->fs, *pid, address, &w->trampoline)) {
			w->object = NULL;
			*ret = (struct unwind_row){ w->trampoline.table_at, w->trampoline.table_at };
			return true;
		}
	return false;
}

static bool find_dtors(struct walk *w, const struct unwind_mapping *m, uint64_t address,
		       struct unwind_row *ret)
{
	if (!unwind_dtors_find(m->object, address - m->bias, &w->trampoline))
		return false;
	w->trampoline.table_at += m->bias;
	w->object = NULL;
	*ret = (struct unwind_row){ w->trampoline.table_at, w->trampoline.table_at };
	return true;
}

static bool find_row(void *ctx, uint64_t address, struct unwind_row *ret)
{
	struct walk *w = ctx;
	const struct unwind_mapping *m = unwind_image_at(w->im, address);
	struct eh_function f;

	if (!m)
		return false;
	if (!m->object)
		return find_trampoline(w, address, ret);
	if (!unwind_object_function(m->object, address - m->bias, &f))
		return find_dtors(w, m, address, ret);
	if (!unwind_object_fits(m->object, &f))
		return false;
	w->object = m->object;
	w->bias = m->bias;
	*ret = (struct unwind_row){ f.row + m->bias, f.header + m->bias };
	return true;
}

/* Code that is of no file is said to be zeros, which are no instruction. */
static uint64_t read_code(void *ctx, uint64_t address)
{
	struct walk *w = ctx;
	const struct unwind_mapping *m = unwind_image_at(w->im, address);
	uint64_t word;

	if (m && m->object && unwind_object_read(m->object, address - m->bias, &word, sizeof(word)))
		return word;
	return 0;
}

static bool find_function(struct unwind_object *o, uint64_t address, struct eh_function *ret)
{
	struct unwind_trampoline t;

	if (unwind_object_function(o, address, ret))
		return true;
	if (!unwind_dtors_find(o, address, &t))
		return false;
	*ret = (struct eh_function){ .start = t.start, .end = t.end };
	return true;
}

/*
 * A caller's address is where it goes on, which can be the next function's first byte; what a signal
 * interrupted has the very instruction. False: no code is there, so it is no frame.
 */
static bool make_frame(const struct unwind_image *im, uint64_t ip, bool exact, struct unwind_frame *ret)
{
	struct unwind_frame f = { .address = exact ? ip : ip - 1 };

	f.mapping = unwind_image_at(im, f.address);
	if (f.mapping && f.mapping->object)
		f.known = find_function(f.mapping->object, f.address - f.mapping->bias, &f.function);
	*ret = f;
	return f.mapping != NULL;
}

bool unwind_leaf_code(const struct unwind_frame *leaf, uint8_t ret[UNWIND_CODE])
{
	return leaf->mapping && leaf->mapping->object &&
	       unwind_object_read(leaf->mapping->object, leaf->address - leaf->mapping->bias - ISA_BEFORE,
				  ret, UNWIND_CODE);
}

uint8_t *unwind_leaf_function(const struct unwind_frame *leaf, size_t *ret_len, size_t *ret_at)
{
	uint64_t address, from, to;
	uint8_t *code;

	if (!leaf->known)
		return NULL;
	address = leaf->address - leaf->mapping->bias;
	from = leaf->function.start;
	to = leaf->function.end;
	if (address < from || address >= to)
		return NULL;
	if (address - from > LEAF_NEAR)
		from = address - LEAF_NEAR;
	if (to - address > LEAF_NEAR)
		to = address + LEAF_NEAR;
	*ret_len = to - from + ISA_BYTES;
	*ret_at = address - from;
	code = xcalloc(*ret_len, 1);
	if (unwind_object_read(leaf->mapping->object, from, code, *ret_len))
		return code;
	free(code);
	return NULL;
}

static bool is_call(const struct unwind_frame *leaf)
{
	uint8_t code[UNWIND_CODE];
	int number;

	return unwind_leaf_code(leaf, code) && arch.isa->system_call(code, sizeof(code), ISA_BEFORE, &number);
}

void unwind_stack(const struct procfs *fs, const struct unwind_image *im, const pid_t *pids,
		  const struct unwind_snapshot *s, struct unwind_reads *reads, struct unwind_frames *ret)
{
	struct walk w = { .fs = fs, .im = im, .pids = pids, .s = s, .reads = reads };
	struct unwind_view view = { read_register, read_word, find_row, read_code, &w };
	struct unwind_place places[UNWIND_FRAMES];
	bool exact = true;
	size_t n;

	reads->registers = 0;
	reads->to_the_end = reads->own = false;
	reads->n = 0;
	n = unwind_walk(im->space, &view, places, &ret->whole);
	for (ret->n = 0; ret->n < n; ret->n++) {
		struct unwind_frame *f = &ret->items[ret->n];

		if (!make_frame(im, places[ret->n].ip, exact || places[ret->n].signal, f) && ret->n)
			break;
		f->sp = places[ret->n].sp;
		f->signal = places[ret->n].signal || (f->known && f->function.signal);
		reads->own |= f->mapping && !f->mapping->object;
		exact = f->signal;
	}
	ret->kernel = s->kernel || (arch.call_by_code && is_call(&ret->items[0]));
	if (ret->kernel && arch.call != ARCH_NONE)
		reads->registers |= UINT64_C(1) << arch.call;
	ret->unmapped = ret->n < n || !ret->items[0].mapping;
	ret->whole &= !ret->unmapped;
}
