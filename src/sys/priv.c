#include "sys/priv.h"

#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Numbers of capabilities are below this one, whatever the kernel. */
#define CAPS 64
#define VARIABLES 32

static const struct {
	unsigned bit, capability;
	const char *name;
} known[] = {
	{ PRIV_SYS_PTRACE, CAP_SYS_PTRACE, "cap_sys_ptrace" },
	{ PRIV_DAC_READ_SEARCH, CAP_DAC_READ_SEARCH, "cap_dac_read_search" },
	{ PRIV_SYS_ADMIN, CAP_SYS_ADMIN, "cap_sys_admin" },
	{ PRIV_DAC_OVERRIDE, CAP_DAC_OVERRIDE, "cap_dac_override" },
	{ PRIV_PERFMON, 38 /* CAP_PERFMON, of 5.8 */, "cap_perfmon" },
	{ PRIV_SYSLOG, CAP_SYSLOG, "cap_syslog" },
	{ PRIV_IPC_LOCK, CAP_IPC_LOCK, "cap_ipc_lock" },
	{ PRIV_SYS_NICE, CAP_SYS_NICE, "cap_sys_nice" },
	{ PRIV_KILL, CAP_KILL, "cap_kill" },
};

#define NKNOWN (sizeof(known) / sizeof(known[0]))

/* Of the process: what it was when it began. */
static struct {
	bool lesser; /* the user has less than this process: file capabilities */
	bool looks;  /* priv_looks() */
	unsigned bounding;
	bool starts;    /* of priv_keep() */
	bool keeps_all; /* it does not have SYS_PTRACE, and looks */
	bool hold_lent; /* priv_hold_lent() */
	char **environ; /* that cowtop was given, where another one stands for it; or NULL */
} start;

/* ---- sets */

/* Asks for this thread's. The library reads /proc/PID/status twice for it, which takes a tenth of a millisecond: it
 * is asked once for all that is done with the answer, and knows what was changed since. */
static bool ask(void)
{
	return capng_get_caps_process() == 0;
}

/* One of those that were asked for, as bits of their numbers. */
static uint64_t caps_in(capng_type_t set)
{
	uint64_t caps = 0;

	for (unsigned cap = 0; cap < CAPS; cap++)
		if (capng_have_capability(set, cap))
			caps |= UINT64_C(1) << cap;
	return caps;
}

static uint64_t caps_of(capng_type_t set)
{
	return ask() ? caps_in(set) : 0;
}

static uint64_t caps_from(unsigned priv)
{
	uint64_t caps = 0;

	for (size_t i = 0; i < NKNOWN; i++)
		if (known[i].bit & priv)
			caps |= UINT64_C(1) << known[i].capability;
	return caps;
}

static unsigned priv_from(uint64_t caps)
{
	unsigned priv = 0;

	for (size_t i = 0; i < NKNOWN; i++)
		if (caps >> known[i].capability & 1)
			priv |= known[i].bit;
	return priv;
}

/* What this thread has of `sets` that is not among `caps` goes; with `add` the others come. */
static void change(unsigned sets, uint64_t caps, bool add)
{
	for (unsigned cap = 0; cap < CAPS; cap++) {
		bool wanted = caps >> cap & 1;

		if (!wanted || add)
			capng_update(wanted ? CAPNG_ADD : CAPNG_DROP, (capng_type_t)sets, cap);
	}
}

/* The effective set becomes `caps`, as far as they are permitted. After ask(). */
static int set_effective(uint64_t caps)
{
	caps &= caps_in(CAPNG_PERMITTED);
	if (caps == caps_in(CAPNG_EFFECTIVE))
		return 0;
	change(CAPNG_EFFECTIVE, caps, true);
	return capng_apply(CAPNG_SELECT_CAPS);
}

/* All but `caps` goes, in the bounding set all but `bounding`, and no exec brings anything back. After ask(). */
static int give_up_but(uint64_t caps, uint64_t bounding)
{
	uint64_t has = caps_in(CAPNG_PERMITTED) | caps_in(CAPNG_INHERITABLE);

	prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
	if (!(has & ~caps))
		return 0;
	/* who may not narrow the bounding set gains nothing by it */
	if (caps_in(CAPNG_EFFECTIVE) >> CAP_SETPCAP & 1) {
		change(CAPNG_BOUNDING_SET, bounding, false);
		capng_apply(CAPNG_SELECT_BOUNDS);
		if (!ask())
			return -1;
	}
	change(CAPNG_PERMITTED | CAPNG_EFFECTIVE, caps, false);
	change(CAPNG_INHERITABLE, 0, false);
	return capng_apply(CAPNG_SELECT_CAPS);
}

static int not_given_up(struct err *err)
{
	return err_set(err, STATUS_FAILED,
		       "the kernel does not let it give up capabilities: capset(2) failed");
}

/* ---- the beginning */

/* What cowtop itself reads, and no path of a library: the value of LANG, LC_ALL and TERM that is one, libraries
 * refuse. */
static bool is_ours(const char *variable)
{
	static const char *const ours[] = { "COLUMNS", "HOME",           "KUBERNETES_SERVICE_HOST",
					    "LANG",    "LC_ALL",         "LC_CTYPE",
					    "LINES",   "NO_COLOR",       "TERM",
					    "TZ",      "XDG_CONFIG_HOME" };
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (strlen(ours[i]) == len && strncmp(ours[i], variable, len) == 0)
			return true;
	return false;
}

static void leave_ours(void)
{
	static char *left[VARIABLES + 1];
	size_t n = 0;

	start.environ = environ;
	for (char **variable = environ; variable && *variable && n < VARIABLES; variable++)
		if (is_ours(*variable))
			left[n++] = *variable;
	environ = left;
}

int priv_begin(struct err *err)
{
	uid_t real, effective, saved;
	gid_t group, effective_group, saved_group;

	if (getresuid(&real, &effective, &saved) < 0 ||
	    getresgid(&group, &effective_group, &saved_group) < 0 || real != effective || real != saved ||
	    group != effective_group || group != saved_group)
		return err_set(err, STATUS_DENIED,
			       "it does not run setuid or setgid: chmod ug-s, and see cowtop doctor for what "
			       "to grant instead");
	/* a security module may call root's start a secure one as well, and root has what the process has */
	if (getauxval(AT_SECURE)) {
		start.lesser = real != 0;
		leave_ours();
	}
	return 0;
}

/* ---- what is kept */

int priv_keep(unsigned effective, unsigned lent, unsigned handed, bool starts, struct err *err)
{
	unsigned has = priv_from(caps_of(CAPNG_PERMITTED));

	start.bounding = priv_from(caps_in(CAPNG_BOUNDING_SET));
	start.looks = effective != 0;
	start.starts = starts;
	start.keeps_all = effective && !(has & PRIV_SYS_PTRACE);
	if (start.keeps_all) {
		if (!starts)
			prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
		return 0;
	}
	if (effective & ~has & PRIV_DAC_READ_SEARCH)
		effective |= PRIV_DAC_OVERRIDE;
	if (!starts && give_up_but(caps_from(effective | (start.lesser ? 0 : lent)), caps_from(handed)) < 0)
		return not_given_up(err);
	return set_effective(caps_from(effective)) < 0 ? not_given_up(err) : 0;
}

int priv_give_up(unsigned surplus, struct err *err)
{
	uint64_t effective = caps_of(CAPNG_EFFECTIVE);
	/* where it is effective it stands for DAC_READ_SEARCH */
	uint64_t caps = caps_from(surplus) & ~(effective & caps_from(PRIV_DAC_OVERRIDE));
	int r;

	if (start.keeps_all)
		return 0;
	if (start.starts)
		r = set_effective(effective & ~caps);
	else
		r = give_up_but(caps_of(CAPNG_PERMITTED) & ~caps, ~UINT64_C(0));
	return r < 0 ? not_given_up(err) : 0;
}

bool priv_looks(void)
{
	return start.looks;
}

int priv_drop(struct err *err)
{
	uint64_t held = start.hold_lent ? caps_from(PRIV_DAC_OVERRIDE) : 0;

	return !ask() || give_up_but(held, 0) < 0 || set_effective(0) < 0 ? not_given_up(err) : 0;
}

void priv_hold_lent(void)
{
	start.hold_lent = true;
}

struct priv_lent priv_lend(enum priv_rights rights)
{
	uint64_t permitted = caps_of(CAPNG_PERMITTED);
	uint64_t wanted = rights == PRIV_OWN && !start.lesser ? permitted : 0;
	struct priv_lent lent = { .before = caps_in(CAPNG_EFFECTIVE) };

	lent.changed = lent.before != wanted;
	if (lent.changed)
		set_effective(wanted);
	return lent;
}

void priv_return(struct priv_lent *lent)
{
	int error = errno; /* of what was done with them */

	if (lent->changed && ask())
		set_effective(lent->before);
	errno = error;
}

char **priv_environ(void)
{
	return start.environ ?: environ;
}

void priv_be_user(void)
{
	if (!start.lesser)
		set_effective(caps_of(CAPNG_PERMITTED));
	if (start.environ)
		environ = start.environ;
}

/* ---- what there is */

unsigned priv_effective(void)
{
	return priv_from(caps_of(CAPNG_EFFECTIVE));
}

unsigned priv_bounding(void)
{
	return start.bounding;
}

const char *priv_name(unsigned bit)
{
	size_t i;

	for (i = 0; i < NKNOWN; i++)
		if (known[i].bit == bit)
			return known[i].name;
	return NULL;
}
