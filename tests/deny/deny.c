/*
 * deny RULE... -- COMMAND ARGS...: run a command for which some system calls fail.
 *
 *	RULE: CALL=ERROR, or ioctl:REQUEST=ERROR
 *
 * CALL is one of the table below, REQUEST a number, ERROR the name of an errno value, or KILL: the
 * call ends the process. An older kernel and a container's filter are tried out with it on a new
 * kernel. Exit status 77: this kernel has no seccomp filters.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "base/errname.h"
#include "base/syscalls.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "add the audit architecture of this machine"
#endif

#define DATA(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

static const struct {
	const char *name;
	int number;
} calls[] = {
	{ "capset", SYS_capset },
	{ "clone", SYS_clone },
	{ "ioctl", SYS_ioctl },
	{ "kcmp", SYS_kcmp },
	{ "kill", SYS_kill },
	{ "perf_event_open", SYS_perf_event_open },
	{ "pidfd_open", SYS_pidfd_open },
	{ "prctl", SYS_prctl },
	{ "process_vm_readv", SYS_process_vm_readv },
	{ "process_vm_writev", SYS_process_vm_writev },
	{ "ptrace", SYS_ptrace },
	{ "pwrite64", SYS_pwrite64 },
	{ "signalfd4", SYS_signalfd4 },
	{ "tgkill", SYS_tgkill },
};

static struct sock_filter code[128];
static unsigned short used;

static void usage(const char *rule)
{
	fprintf(stderr, "deny: bad rule '%s'; usage: deny CALL=ERROR... -- COMMAND ARGS...\n", rule);
	exit(2);
}

static void emit(struct sock_filter line)
{
	if (used == sizeof(code) / sizeof(*code))
		usage("(too many)");
	code[used++] = line;
}

/* What the filter answers for the name of an error. */
static unsigned int verdict(const char *name, const char *rule)
{
	if (strcmp(name, "KILL") == 0)
		return SECCOMP_RET_KILL_PROCESS;
	for (int e = 1; e < 134; e++) {
		const char *known = err_name(e);

		if (known && strcmp(known, name) == 0)
			return SECCOMP_RET_ERRNO | (unsigned int)e;
	}
	usage(rule);
	return 0;
}

static int call_number(const char *name, size_t len, const char *rule)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (strlen(calls[i].name) == len && strncmp(calls[i].name, name, len) == 0)
			return calls[i].number;
	}
	usage(rule);
	return -1;
}

static void add_rule(const char *rule)
{
	const char *equals = strchr(rule, '='), *colon = strchr(rule, ':');
	unsigned int answer, request;
	int number;

	if (!equals || (colon && colon > equals))
		usage(rule);
	number = call_number(rule, (size_t)((colon ? colon : equals) - rule), rule);
	answer = verdict(equals + 1, rule);
	emit((struct sock_filter)DATA(nr));
	if (colon) {
		request = (unsigned int)strtoul(colon + 1, NULL, 0);
		emit((struct sock_filter)UNLESS((unsigned int)number, 3));
		/* The request is an unsigned int: the low half of the second argument. */
		emit((struct sock_filter)DATA(args[1]));
		emit((struct sock_filter)UNLESS(request, 1));
	} else {
		emit((struct sock_filter)UNLESS((unsigned int)number, 1));
	}
	emit((struct sock_filter)RETURN(answer));
}

int main(int argc, char *argv[])
{
	struct sock_fprog program = { .filter = code };
	int i;

	emit((struct sock_filter)DATA(arch));
	emit((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	emit((struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS));
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		add_rule(argv[i]);
	if (i + 1 >= argc)
		usage("(no command)");
	emit((struct sock_filter)RETURN(SECCOMP_RET_ALLOW));
	program.len = used;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		fprintf(stderr, "deny: no seccomp filter: %s\n", strerror(errno));
		return 77;
	}
	execvp(argv[i + 1], argv + i + 1);
	fprintf(stderr, "deny: %s: %s\n", argv[i + 1], strerror(errno));
	return 127;
}
