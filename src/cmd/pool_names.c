#include "cmd/pool_names.h"

#include <stdlib.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/text.h"
#include "cmd/output.h"
#include "find/pool_name.h"

/* Foreign: a name that is cleaned is none that can be typed, but one that can be read. */
static void add_pool(struct buf *out, const struct procfs *fs, const struct target *t)
{
	char name[POOL_NAME];

	pool_name(fs, t, name);
	buf_printf(out, "%d\t", (int)t->master);
	text_clean(out, name, strlen(name));
	buf_addc(out, '\n');
}

int pool_names_write(struct err *err)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	cleanup(buf_release) struct buf out = { 0 };
	struct target_list all = { 0 };
	int e = procfs_open(&fs, "/proc");

	if (e < 0)
		return err_errno(err, STATUS_FAILED, -e, "cannot open /proc");
	if (target_pools(&fs, &all, err) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		add_pool(&out, &fs, &all.items[i]);
		target_release(&all.items[i]);
	}
	free(all.items);
	return output_write(&out, err);
}
