#include "trial/huge.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"

/* linux/prctl.h since 6.18 */
#ifndef PR_THP_DISABLE_EXCEPT_ADVISED
#define PR_THP_DISABLE_EXCEPT_ADVISED (1UL << 1)
#endif

void huge_machine(const char *folder, char ret[16])
{
	cleanup(buf_release) struct buf path = { 0 };
	char text[64];
	const char *open;
	size_t len;

	*ret = '\0';
	buf_printf(&path, "%s/enabled", folder);
	if (io_read_text(AT_FDCWD, path.data, text, sizeof(text)) <= 0)
		return;
	open = strchr(text, '[');
	len = open ? strcspn(open + 1, "]") : 0;
	if (!open || len >= 16)
		return;
	memcpy(ret, open + 1, len);
	ret[len] = '\0';
}

/* Tried on cowtop itself, and taken back. */
static bool knows_advised(void)
{
	int before = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
	bool knows;

	if (before < 0)
		return false;
	knows = prctl(PR_SET_THP_DISABLE, 1, PR_THP_DISABLE_EXCEPT_ADVISED, 0, 0) == 0;
	if (knows)
		prctl(PR_SET_THP_DISABLE, before & 1, before & 1 ? (unsigned long)before & ~1UL : 0, 0, 0);
	return knows;
}

int huge_choose(const char *folder, const char *value, int *ret_disable, unsigned long *ret_flags,
		struct err *err)
{
	char machine[16];
	bool advised = false;

	huge_machine(folder, machine);
	if (!*machine)
		return err_set(err, STATUS_USAGE, "thp=%s: this kernel has no transparent huge pages", value);
	if (!strcmp(value, "madvise") && !strcmp(machine, "always")) {
		advised = knows_advised();
		if (!advised)
			return err_set(
				err, STATUS_USAGE,
				"thp=madvise: only Linux 6.18 and later can say so for one program; for "
				"all of the machine, as root: echo madvise >%s/enabled",
				folder);
	} else if (strcmp(value, "never") != 0 && strcmp(value, machine) != 0) {
		return err_set(
			err, STATUS_USAGE,
			"thp=%s: this machine has huge pages set to %s, and a program can only be refused "
			"more; for all of the machine, as root: echo %s >%s/enabled",
			value, machine, value, folder);
	}
	*ret_disable = advised || !strcmp(value, "never");
	*ret_flags = advised ? PR_THP_DISABLE_EXCEPT_ADVISED : 0;
	return 0;
}
