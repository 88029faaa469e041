#include "sys/demangle.h"

#ifdef COWTOP_LIBIBERTY

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"

#define INPUT_MAX 2048
#define OUTPUT_MAX 4096

struct output {
	struct buf text;
	jmp_buf enough;
};

/* The demangler itself never stops; while it calls here it holds no memory but the stack's. */
static void add_piece(const char *bytes, size_t len, void *ctx)
{
	struct output *o = ctx;

	if (len > OUTPUT_MAX - o->text.len)
		longjmp(o->enough, 1);
	buf_add(&o->text, bytes, len);
}

/* A function of its own: nothing that setjmp(3) could spoil is in it. */
static int run(const char *name, struct output *o)
{
	if (setjmp(o->enough))
		return 0;
	return rust_demangle_callback(name, DMGL_PARAMS | DMGL_ANSI, add_piece, o) ||
	       cplus_demangle_v3_callback(name, DMGL_PARAMS | DMGL_ANSI, add_piece, o);
}

/* Rust's escapes of what no symbol may hold (rustc_symbol_mangling, legacy.rs, sanitize()). */
static const struct {
	const char *escape, *means;
} escapes[] = {
	{ "$C$", "," },  { "$SP$", "@" }, { "$BP$", "*" }, { "$RF$", "&" }, { "$LT$", "<" },
	{ "$GT$", ">" }, { "$LP$", "(" }, { "$RP$", ")" }, { "..", "::" },
};

/* "$uf6$": a character by its number; its bytes, or 0 when it is none. */
static size_t take_character(const char *s, char out[static 4], size_t *ret_len)
{
	size_t digits = strspn(s[0] == '$' && s[1] == 'u' ? s + 2 : "", "0123456789abcdef"), len;
	uint32_t c, back;

	if (!digits || digits > 6 || s[2 + digits] != '$')
		return 0;
	c = (uint32_t)strtoul(s + 2, NULL, 16);
	if (c < ' ' || c > 0x10ffff)
		return 0;
	len = utf8_encode(out, c);
	*ret_len = digits + 3;
	return utf8_decode(out, len, &back) == len ? len : 0;
}

static size_t take_escape(const char *s, struct buf *out)
{
	char character[4];
	size_t escape = 0, n = take_character(s, character, &escape);

	if (n) {
		buf_add(out, character, n);
		return escape;
	}
	for (size_t i = 0; i < sizeof(escapes) / sizeof(*escapes); i++)
		if (!strncmp(s, escapes[i].escape, strlen(escapes[i].escape))) {
			buf_adds(out, escapes[i].means);
			return strlen(escapes[i].escape);
		}
	buf_addc(out, *s);
	return 1;
}

/* libiberty knows the escapes of ASCII: what follows another one in an identifier it leaves as it is. */
static char *unescape(const char *s)
{
	struct buf out = { .limit = OUTPUT_MAX };
	char character[4], *ret;
	bool left = false;
	size_t len;

	for (const char *at = s; (at = strstr(at, "$u")); at++)
		left |= take_character(at, character, &len) > 1;
	if (!left)
		return xstrdup(s);
	while (*s)
		s += take_escape(s, &out);
	ret = xmemdupz(out.data, out.len);
	buf_release(&out);
	return ret;
}

char *demangle(const char *name)
{
	struct output o = { .text = { .limit = OUTPUT_MAX } };
	char *ret = NULL;

	if ((strncmp(name, "_Z", 2) && strncmp(name, "_R", 2)) || strlen(name) > INPUT_MAX)
		return NULL;
	if (run(name, &o) && o.text.len)
		ret = unescape(o.text.data);
	buf_release(&o.text);
	return ret;
}

#else

char *demangle(const char *name)
{
	return NULL;
}

#endif
