#include <string.h>
#include "base/cleanup.h"
#include "trial/evidence_parts.h"

static size_t asked(const struct shown *n)
{
	return n->yes + n->no + n->untold;
}

enum trial_applied evidence_env(const struct look *l, const struct variant_part *part, struct buf *text)
{
	struct shown n = evidence_variable(l, part->name, part->value);
	enum trial_applied applied = evidence_judge(&n);

	if (applied == TRIAL_UNKNOWN && part->value && evidence_kept(l, part->name, part->value)) {
		buf_printf(text, "process %d, whose title stands over its environment, keeps %s=%s elsewhere",
			   (int)sample_leader(l->s), part->name, part->value);
		return TRIAL_APPLIED;
	}
	if (applied == TRIAL_UNKNOWN && evidence_started(l)) {
		buf_printf(text, "%s: process %d is what was started so, and its title stands there now",
			   part->text, (int)sample_leader(l->s));
		return TRIAL_APPLIED;
	}
	if (applied == TRIAL_UNKNOWN)
		buf_printf(text,
			   "%s: the environment that the processes were started with cannot be read any more",
			   part->name);
	else if (part->value)
		buf_printf(text, "%s has its value in %zu of %zu processes", part->name, n.yes, asked(&n));
	else
		buf_printf(text, "%s is not there in %zu of %zu processes", part->name, n.yes, asked(&n));
	return applied;
}

/* How many words of `argv`, from number `from` on, stand in the command line in their order; of how many. */
static size_t in_order(char *const argv[], size_t from, const struct buf *cmdline, size_t *ret_all)
{
	const char *at = cmdline->data, *end = cmdline->data + cmdline->len;
	size_t found = 0;

	*ret_all = 0;
	for (size_t i = from; argv[i]; i++) {
		const char *look = at;

		(*ret_all)++;
		while (look < end && strcmp(look, argv[i]) != 0)
			look += strlen(look) + 1;
		if (look < end) {
			found++;
			at = look + strlen(look) + 1;
		}
	}
	return found;
}

enum trial_applied evidence_args(const struct look *l, const struct variant_part *part, struct buf *text)
{
	cleanup(buf_release) struct buf cmdline = { .limit = 1U << 20 };
	pid_t leader = sample_leader(l->s);
	size_t found, all;

	if (procfs_read(l->fs, leader, "cmdline", &cmdline) < 0 || !cmdline.len) {
		buf_printf(text, "the arguments of process %d cannot be read", (int)leader);
		return TRIAL_UNKNOWN;
	}
	found = in_order(l->setup->argv, 1, &cmdline, &all);
	if (found == all) {
		buf_printf(text, "process %d has these arguments", (int)leader);
		return TRIAL_APPLIED;
	}
	if ((!found || cmdline.data[cmdline.len - 1]) && evidence_started(l)) {
		buf_printf(
			text,
			"process %d is what was started with these arguments, and its title stands there now",
			(int)leader);
		return TRIAL_APPLIED;
	}
	if (!found || cmdline.data[cmdline.len - 1]) {
		buf_printf(
			text,
			"process %d shows other words than it was started with (a title, or another program's), so its "
			"arguments are not known",
			(int)leader);
		return TRIAL_UNKNOWN;
	}
	buf_printf(text, "process %d has %zu of these %zu arguments", (int)leader, found, all);
	return TRIAL_NOT_APPLIED;
}
