#include "base/cleanup.h"
#include "base/units.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/target_hint.h"
#include "probe/access.h"
#include "sink/doctor.h"
#include "sink/json_access.h"

struct settings {
	bool json;
};

#define SETTING(member) OPTION_MEMBER(struct settings, member)
static const struct option_row doctor_options[] = {
	{ 0, "json", NULL, "one JSON document (cowtop.doctor/1)", OPTION_FLAG, SETTING(json) },
	{ 0 },
};

/*
 * The process to try things on; without a TARGET `ret` stays as it is. A pid need not be a pool's:
 * why the process is not seen as a pool is exactly what is asked here; `why` has it.
 */
static int find_subject(const struct procfs *fs, const char *text, pid_t *ret, struct err *why,
			struct err *err)
{
	cleanup(target_release) struct target target = { 0 };
	int64_t pid;

	if (!text)
		return 0;
	if (target_find(fs, text, &target, why) == 0) {
		if (target.note.len)
			say("%s", target.note.data);
		*ret = target.master;
		return 0;
	}
	target_hint(fs, text, why);
	if (why->status == STATUS_NO_TARGET || why->status == STATUS_FAILED ||
	    units_parse_int(text, 1, INT32_MAX, &pid) < 0)
		return err_set(err, why->status, "%s", why->msg);
	*ret = (pid_t)pid;
	return 0;
}

static int doctor_run(const struct verb *verb, int argc, char *argv[], struct err *err)
{
	cleanup(procfs_release) struct procfs fs = { .fd = -1 };
	cleanup(access_release) struct access access = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	struct settings set = { 0 };
	struct operands rest;
	struct err why = { 0 };
	pid_t pid = 0;
	int r = options_parse(verb, argc, argv, &set, &rest, err);

	if (r != 0)
		return r;
	if (operands_no_command(verb, &rest, err) < 0)
		return -1;
	r = procfs_open(&fs, "/proc");
	if (r < 0)
		return err_errno(err, STATUS_FAILED, -r, "cannot open /proc");
	if (find_subject(&fs, rest.target, &pid, &why, err) < 0)
		return -1;
	if (access_probe(&fs, pid, &access, err) < 0)
		return -1;
	if (set.json)
		json_access(&out, &access, true);
	else
		text_access(&out, &access);
	return output_write(&out, err);
}

const struct verb verb_doctor = {
	.name = "doctor",
	.summary = "what this user may read here, and what to grant for more",
	.synopsis = "[OPTIONS] [TARGET]",
	.about = "Tries every kernel interface that cowtop reads, on TARGET or on itself and a\n"
		 "process of another user, and names what to grant for what is missing.\n"
		 "Changes nothing.",
	.exits = "0 done, 1 failed, 2 usage, 4 no permission, 5 no such target,\n"
		 "6 not a forked pool (a pid is tried all the same)",
	.options = doctor_options,
	.keeps = PRIV_EXACT | PRIV_STACKS,
	.run = doctor_run,
};
