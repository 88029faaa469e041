#include "sys/called.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "model/command.h"
#include "parse/cmdline.h"

char *procfs_called(const struct procfs *fs, pid_t pid, const char *comm)
{
	cleanup(buf_release) struct buf line = { .limit = CMDLINE_MAX + 1 };
	struct proc_sample p = { .comm = (char *)comm };
	char name[COMMAND_SIZE];

	if (procfs_read(fs, pid, "cmdline", &line) == 0 && line.len) {
		p.inner_blanks = cmdline_join(&line);
		p.cmdline = line.data;
	}
	command_whole(&p, name, sizeof(name));
	return xstrdup(name);
}
