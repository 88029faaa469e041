#include "sys/vmstat.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"

/* The number behind "\nNAME ". */
static fact counter(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? (fact)strtoll(at + strlen(name), NULL, 10) : ABSENT;
}

static fact sum(fact a, fact b)
{
	return a == ABSENT || b == ABSENT ? ABSENT : a + b;
}

void vmstat_read(const struct procfs *fs, struct vmstat *ret)
{
	cleanup(buf_release) struct buf text = { 0 };

	*ret = (struct vmstat){ ABSENT, ABSENT, ABSENT, ABSENT, ABSENT };
	if (io_read_file(fs->fd, "vmstat", &text) < 0)
		return;
	buf_addc(&text, '\0');
	ret->collapsed = counter(text.data, "\nthp_collapse_alloc ");
	ret->lazyfree = counter(text.data, "\npglazyfree ");
	ret->swapped_in = counter(text.data, "\npswpin ");
	ret->swapped_out = counter(text.data, "\npswpout ");
	ret->migrated = sum(counter(text.data, "\npgmigrate_success "),
			    counter(text.data, "\npgmigrate_fail "));
}
