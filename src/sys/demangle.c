#include "sys/demangle.h"

#ifdef COWTOP_LIBIBERTY

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <string.h>
#include "base/alloc.h"
#include "base/buf.h"

#define INPUT_MAX 2048
#define OUTPUT_MAX 4096

struct output {
	struct buf text;
	jmp_buf enough;
};

/* The demangler itself never stops; while it calls here it holds no memory but the stack's. */
static void take(const char *bytes, size_t len, void *ctx)
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
	return rust_demangle_callback(name, DMGL_PARAMS | DMGL_ANSI, take, o) ||
	       cplus_demangle_v3_callback(name, DMGL_PARAMS | DMGL_ANSI, take, o);
}

char *demangle(const char *name)
{
	struct output o = { .text = { .limit = OUTPUT_MAX } };
	char *ret = NULL;

	if ((strncmp(name, "_Z", 2) && strncmp(name, "_R", 2)) || strlen(name) > INPUT_MAX)
		return NULL;
	if (run(name, &o) && o.text.len)
		ret = xmemdupz(o.text.data, o.text.len);
	buf_release(&o.text);
	return ret;
}

#else

char *demangle(const char *name)
{
	return NULL;
}

#endif
