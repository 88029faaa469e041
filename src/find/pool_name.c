#include "find/pool_name.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/command.h"
#include "parse/cmdline.h"

void pool_leader(const struct procfs *fs, const struct target *t, struct proc_sample *ret)
{
	const struct table_entry *entry = table_find(&t->table, t->master);
	cleanup(buf_release) struct buf line = { 0 };

	proc_sample_init(ret);
	ret->pid = t->master;
	ret->start_ticks = t->start_ticks;
	ret->forked = true;
	ret->user = xstrdup(entry ? entry->user : "");
	ret->comm = xstrdup(entry ? entry->comm : "");
	if (procfs_read(fs, t->master, "cmdline", &line) < 0)
		buf_reset(&line);
	ret->inner_blanks = cmdline_join(&line);
	ret->cmdline = xmemdupz(line.data ? line.data : "", line.len);
}

void pool_name(const struct procfs *fs, const struct target *t, char ret[static POOL_NAME])
{
	struct proc_sample p;

	pool_leader(fs, t, &p);
	command_of(&p, ret, POOL_NAME);
	proc_sample_release(&p);
}
