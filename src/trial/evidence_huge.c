#include <string.h>
#include "base/cleanup.h"
#include "trial/evidence_parts.h"

/* THP_enabled of /proc/PID/status (Linux 5.0): 0 of who is refused all; ABSENT: not told. */
static fact is_enabled(const struct look *l, const struct proc_sample *p)
{
	cleanup(buf_release) struct buf status = { 0 };
	const char *line;

	if (procfs_read(l->fs, p->pid, "status", &status) < 0 || !status.len)
		return ABSENT;
	line = strstr(status.data, "\nTHP_enabled:");
	return line ? strchr(line, '1') && strchr(line, '1') < strchrnul(line + 1, '\n') : ABSENT;
}

/* May the mapping whose lines begin at `at` become huge without having asked for it (VmFlags without hg)? */
static bool is_given(const char *at, size_t len)
{
	const char *eligible = memmem(at, len, "THPeligible:", 12), *flags = memmem(at, len, "VmFlags:", 8);
	size_t end;

	if (!eligible || !flags)
		return false;
	eligible += 12;
	eligible += strspn(eligible, " \t");
	end = strcspn(flags, "\n");
	return *eligible == '1' && !memmem(flags, end, " hg", 3);
}

/* Is anything given huge pages that did not ask for them? ABSENT: smaps cannot be read, or does not tell. */
static fact is_unasked(const struct look *l, const struct proc_sample *p)
{
	cleanup(buf_release) struct buf smaps = { 0 };
	const char *at, *end;

	if (procfs_read(l->fs, p->pid, "smaps", &smaps) < 0 || !smaps.len ||
	    !strstr(smaps.data, "\nTHPeligible:"))
		return ABSENT;
	end = smaps.data + smaps.len;
	for (at = smaps.data; at < end;) {
		const char *flags = strstr(at, "\nVmFlags:");
		const char *next = flags ? strchr(flags + 1, '\n') : NULL;

		if (!next)
			return 0;
		if (is_given(at, (size_t)(next - at)))
			return 1;
		at = next + 1;
	}
	return 0;
}

enum trial_applied evidence_huge(const struct look *l, const struct variant_part *part, struct buf *text)
{
	bool never = !strcmp(part->value, "never"), advised = l->setup->thp_flags != 0;
	enum trial_applied applied;
	struct shown n = { 0 };

	for (size_t i = 0; i < l->s->nprocs; i++) {
		const struct proc_sample *p = &l->s->procs[i];
		fact is;

		if (!evidence_member(p))
			continue;
		is = advised ? is_unasked(l, p) : is_enabled(l, p);
		n.untold += is == ABSENT;
		n.yes += is != ABSENT && is == (never || advised ? 0 : 1);
		n.no += is != ABSENT && is != (never || advised ? 0 : 1);
	}
	applied = evidence_judge(&n);
	if (applied == TRIAL_UNKNOWN)
		buf_adds(text, "this kernel does not tell of a process whether it is refused huge pages");
	else
		buf_printf(text, "huge pages are %s in %zu of %zu processes",
			   never   ? "refused" :
			   advised ? "given only where they are asked for" :
				     "not refused",
			   n.yes, n.yes + n.no);
	return applied;
}
