#include "find/pool_name.h"

#include "base/cleanup.h"
#include "model/command.h"
#include "parse/cmdline.h"

void pool_name(const struct procfs *fs, const struct target *t, char ret[static POOL_NAME])
{
	const struct table_entry *entry = table_find(&t->table, t->master);
	cleanup(buf_release) struct buf line = { 0 };
	struct proc_sample p = { .comm = entry ? entry->comm : NULL };

	if (procfs_read(fs, t->master, "cmdline", &line) == 0 && line.len) {
		p.inner_blanks = cmdline_join(&line);
		line.data[line.len] = '\0';
		p.cmdline = line.data;
	}
	command_of(&p, ret, POOL_NAME);
}
