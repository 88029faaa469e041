#include "parse/python_frames.h"

#include <string.h>
#include "base/utf8.h"
#include "parse/cpython_version.h"

#define LENGTH(a) (sizeof(a) / sizeof(*(a)))

/* Larger than any interpreter's state. */
#define OFFSET_MAX (1U << 20)
#define LINE_MAX_SANE (1U << 24)
#define UNITS_MAX (1U << 24) /* two bytes of bytecode each */
#define NAME_MAX_SANE (1U << 20)

/* PyASCIIObject.state */
#define STATE_KIND(s) ((s) >> 2 & 7)
#define STATE_COMPACT(s) ((s) >> 5 & 1)
#define STATE_ASCII(s) ((s) >> 6 & 1)

/* enum _frameowner: of a thread, a generator, a frame object; the others are no function's. */
enum { OWNER_FRAME_OBJECT = 2, OWNER_LAST = 4 };

/* What _Py_DebugOffsets does not have: PyVarObject.ob_size, and what PyCompactUnicodeObject adds. */
static void complete(const struct cpython_words *at, struct python_offsets *o)
{
	o->size = 16;
	o->compact = o->ascii + 16;
	o->holder_frame = NO_HOLDER;
	o->entry = NO_ENTRY;
	o->tag = at->tag;
}

static bool offsets_from_words(const struct cpython_words *at, const uint64_t *w, struct python_offsets *o)
{
	const struct {
		uint32_t *to;
		uint8_t word;
	} list[] = {
		{ &o->next, at->next },
		{ &o->threads, at->threads },
		{ &o->thread_next, at->thread_next },
		{ &o->thread_interpreter, at->thread_interpreter },
		{ &o->thread_frame, at->thread_frame },
		{ &o->previous, at->previous },
		{ &o->code, at->code },
		{ &o->instruction, at->instruction },
		{ &o->owner, at->owner },
		{ &o->file, at->file },
		{ &o->qualname, at->qualname },
		{ &o->line, at->line },
		{ &o->bytecode, at->bytecode },
		{ &o->type, at->type },
		{ &o->type_name, at->type_name },
		{ &o->state, at->state },
		{ &o->length, at->length },
		{ &o->ascii, at->ascii },
	};

	for (size_t i = 0; i < LENGTH(list); i++) {
		if (!list[i].word || w[list[i].word] > OFFSET_MAX)
			return false;
		*list[i].to = (uint32_t)w[list[i].word];
	}
	complete(at, o);
	return true;
}

static bool offsets_from_runtime(const struct reader *r, const struct cpython *c, struct python_offsets *ret)
{
	const struct cpython_words *at = cpython_words_of(CPYTHON_MINOR(c->version));
	uint64_t w[CPYTHON_WORDS];

	return at && cpython_words_read(r, c->runtime, w) && w[CPYTHON_WORD_VERSION] == c->version &&
	       !w[CPYTHON_WORD_FREE_THREADED] && offsets_from_words(at, w, ret);
}

bool python_offsets_of(const struct reader *r, const struct cpython *c, struct python_offsets *ret)
{
	const struct python_offsets *known = cpython_frames_of(CPYTHON_MINOR(c->version));

	*ret = (struct python_offsets){ 0 };
	if (!c->runtime || !c->list || !c->layout || c->free_threaded || c->debug)
		return false;
	if (known)
		*ret = *known;
	else if (!offsets_from_runtime(r, c, ret))
		return false;
	ret->list = c->list;
	ret->collecting = c->gc + c->layout->collecting;
	ret->collections = c->gc + c->layout->stats;
	return true;
}

/* A pointer to something that CPython has allocated; 0 is none. */
static bool read_pointer(const struct reader *r, uint64_t address, uint64_t *ret)
{
	return reader_u64(r, address, ret) && *ret % 8 == 0 && *ret <= INT64_MAX - OFFSET_MAX;
}

static bool read_thread(const struct reader *r, const struct python_offsets *o, uint64_t thread,
			struct python_thread *ret)
{
	ret->slot = thread + o->thread_frame;
	if (o->holder_frame != NO_HOLDER) {
		if (!read_pointer(r, ret->slot, &ret->slot) || !ret->slot)
			return false;
		ret->slot += o->holder_frame;
	}
	return read_pointer(r, ret->slot, &ret->frame) && ret->frame;
}

/* The threads of one interpreter. */
static size_t threads_of(const struct reader *r, const struct python_offsets *o, uint64_t interpreter,
			 struct python_thread *ret, size_t room)
{
	uint64_t thread, own;
	size_t n = 0;

	if (!read_pointer(r, interpreter + o->threads, &thread))
		return 0;
	for (int left = PYTHON_THREADS; left && thread && n < room; left--) {
		if (!reader_u64(r, thread + o->thread_interpreter, &own) || own != interpreter)
			break;
		ret[n].interpreter = interpreter;
		if (read_thread(r, o, thread, &ret[n]))
			n++;
		if (!read_pointer(r, thread + o->thread_next, &thread))
			break;
	}
	return n;
}

size_t python_threads_read(const struct reader *r, const struct python_offsets *o,
			   struct python_thread ret[PYTHON_THREADS])
{
	uint64_t interpreter;
	size_t n = 0;

	if (!read_pointer(r, o->list, &interpreter))
		return 0;
	for (int left = CPYTHON_INTERPRETERS; left && interpreter && n < PYTHON_THREADS; left--) {
		n += threads_of(r, o, interpreter, ret + n, PYTHON_THREADS - n);
		if (!read_pointer(r, interpreter + o->next, &interpreter))
			break;
	}
	return n;
}

bool python_collections_read(const struct reader *r, const struct python_offsets *o, uint64_t interpreter,
			     struct python_collections *ret)
{
	uint64_t stats[3][3]; /* of a generation: collections, collected, uncollectable */
	uint32_t going;

	if (!reader_read(r, interpreter + o->collections, stats, sizeof(stats)) ||
	    !reader_u32(r, interpreter + o->collecting, &going))
		return false;
	*ret = (struct python_collections){ stats[0][0] + stats[1][0] + stats[2][0], going == 1 };
	return true;
}

/* Is there an object of a type of this name? */
static bool read_type(const struct reader *r, const struct python_offsets *o, uint64_t object,
		      const char *name, uint64_t *ret)
{
	uint64_t text;
	char have[8];

	return object && read_pointer(r, object + o->type, ret) && *ret &&
	       reader_u64(r, *ret + o->type_name, &text) && reader_read(r, text, have, strlen(name) + 1) &&
	       !strcmp(have, name);
}

static bool is_of(const struct reader *r, const struct python_offsets *o, uint64_t object, uint64_t type)
{
	uint64_t have;

	return object && reader_u64(r, object + o->type, &have) && have == type;
}

/* UTF-8 of one character. A byte of a file name that is no UTF-8 is kept as U+DC80 to U+DCFF. */
static size_t encode(uint32_t c, char *out)
{
	if (c >= 0xdc80 && c <= 0xdcff) {
		out[0] = (char)(c - 0xdc00);
		return 1;
	}
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	return utf8_encode(out, c);
}

static uint32_t unit_at(const unsigned char *from, uint32_t kind, size_t i)
{
	uint32_t c = 0;

	memcpy(&c, from + i * kind, kind);
	return c;
}

static bool read_text(const struct reader *r, const struct python_offsets *o, uint64_t object,
		      char ret[4 * PYTHON_TEXT + 1])
{
	unsigned char units[4 * PYTHON_TEXT];
	uint32_t state, kind;
	uint64_t length, at;
	char *to = ret;

	if (!is_of(r, o, object, o->str_type) || !reader_u32(r, object + o->state, &state) ||
	    !reader_u64(r, object + o->length, &length))
		return false;
	kind = STATE_KIND(state);
	if (!STATE_COMPACT(state) || (kind != 1 && kind != 2 && kind != 4) ||
	    (STATE_ASCII(state) && kind != 1) || !length || length > NAME_MAX_SANE)
		return false;
	length = length < PYTHON_TEXT ? length : PYTHON_TEXT;
	at = object + (STATE_ASCII(state) ? o->ascii : o->compact);
	if (!reader_read(r, at, units, length * kind))
		return false;
	for (size_t i = 0; i < length; i++) {
		uint32_t c = unit_at(units, kind, i);

		if (!c || (STATE_ASCII(state) && c >= 0x80))
			return false;
		to += encode(c, to);
	}
	*to = '\0';
	return true;
}

static bool read_code(const struct reader *r, const struct python_offsets *o, struct python_frame *f)
{
	uint64_t units, name, file, start = f->code + o->bytecode;
	uint32_t line;

	if (!is_of(r, o, f->code, o->code_type) || !reader_u64(r, f->code + o->size, &units) || !units ||
	    units > UNITS_MAX || f->instruction + 2 < start || f->instruction >= start + 2 * units ||
	    !reader_u32(r, f->code + o->line, &line) || line > LINE_MAX_SANE ||
	    !read_pointer(r, f->code + o->qualname, &name) || !read_pointer(r, f->code + o->file, &file))
		return false;
	f->line = (int)line;
	return read_text(r, o, name, f->name) && read_text(r, o, file, f->file);
}

static bool code_of(const struct reader *r, const struct python_offsets *o, uint64_t frame, uint64_t *ret)
{
	if (!reader_u64(r, frame + o->code, ret))
		return false;
	*ret &= ~o->tag;
	return *ret && *ret % 8 == 0 && *ret <= INT64_MAX - OFFSET_MAX;
}

bool python_types_read(const struct reader *r, struct python_offsets *o, uint64_t frame)
{
	uint64_t code, name, code_type, str_type;

	if (!code_of(r, o, frame, &code) || !read_type(r, o, code, "code", &code_type) ||
	    !read_pointer(r, code + o->qualname, &name) || !read_type(r, o, name, "str", &str_type))
		return false;
	o->code_type = code_type;
	o->str_type = str_type;
	return true;
}

/* `*ret_shim`: it stands for a call from C, not for a function (3.12). */
static bool read_frame(const struct reader *r, const struct python_offsets *o, uint64_t address,
		       struct python_frame *f, bool *ret_shim)
{
	uint8_t owner, entry = 0;

	*f = (struct python_frame){ .address = address };
	if (!reader_read(r, address + o->owner, &owner, 1) || owner > OWNER_LAST)
		return false;
	*ret_shim = owner > OWNER_FRAME_OBJECT;
	if (*ret_shim)
		return o->entry == NO_ENTRY;
	if (o->entry != NO_ENTRY && (!reader_read(r, address + o->entry, &entry, 1) || entry > 1))
		return false;
	f->entry = entry;
	return code_of(r, o, address, &f->code) && reader_u64(r, address + o->instruction, &f->instruction) &&
	       f->instruction <= INT64_MAX - OFFSET_MAX && read_code(r, o, f);
}

static bool is_new(const struct python_frames *f, uint64_t address)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i].address == address)
			return false;
	return true;
}

bool python_frames_read(const struct reader *r, const struct python_offsets *o, uint64_t innermost,
			struct python_frames *ret)
{
	uint64_t address = innermost;

	ret->n = 0;
	if (!o->code_type || !o->str_type)
		return false;
	for (int left = 2 * PYTHON_FRAMES; left && address && ret->n < PYTHON_FRAMES; left--) {
		struct python_frame *f = &ret->items[ret->n];
		bool shim;

		if (!is_new(ret, address) || !read_frame(r, o, address, f, &shim))
			return false;
		if (!shim)
			ret->n++;
		else if (ret->n)
			ret->items[ret->n - 1].entry = true;
		if (!read_pointer(r, address + o->previous, &address))
			return false;
	}
	return ret->n > 0;
}
