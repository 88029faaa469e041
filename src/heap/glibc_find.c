#include "heap/glibc_find.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

void glibc_found_release(struct glibc_found *f)
{
	free(f->arenas);
	*f = (struct glibc_found){ 0 };
}

/* "libc.so.6", "libc-2.31.so". */
static bool is_libc(const struct image_object *o)
{
	return o->name_len > 5 && !memcmp(o->name, "libc", 4) && (o->name[4] == '.' || o->name[4] == '-');
}

/* An arena that was begun and never used has no memory. */
static bool look(struct allocator_scan *s, const unsigned char *bytes, size_t len, uint64_t address,
		 void *ctx)
{
	struct glibc_found *f = ctx;

	for (size_t at = 0; (at = glibc_find_bins(bytes, len, address, at)) < len; at += 8) {
		f->narenas = glibc_read_arenas(&s->r, address + at, f->arenas);
		if (!f->narenas)
			continue;
		f->counted = glibc_find_counts(bytes, len, &s->r, &f->counts);
		if (f->arenas[0].system || f->narenas > 1 || (f->counted && f->counts.mapped))
			return true;
	}
	return false;
}

bool glibc_find(struct allocator_scan *s, struct glibc_found *ret)
{
	*ret = (struct glibc_found){ .arenas = xcalloc(GLIBC_ARENAS_MAX, sizeof(*ret->arenas)) };
	for (int turn = 0; turn < 3; turn++)
		for (size_t i = 0; i < s->nobjects; i++) {
			bool libc = is_libc(&s->objects[i]), exe = i == s->exe;

			if (turn == (libc ? 0 :
				     exe  ? 1 :
					    2) &&
			    allocator_scan_data(s, &s->objects[i], look, ret))
				return true;
		}
	glibc_found_release(ret);
	return false;
}
