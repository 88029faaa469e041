/*
 * doors [OPTION...] -- COMMAND ARGS...: what a command asks the kernel, and faults in what the kernel says.
 *
 *	-k NAME=PREFIX       files whose path begins so are of this kind
 *	-f FAULT             a fault, as below; may be repeated
 *	-e NAME=VALUE        in the environment of the command alone
 *	-l FILE              where to write what was seen
 *
 *	FAULT: CALL,KIND,HOW,TURN
 *
 * Every system call of the command, of its threads and of children before their exec is a door: CALL of a KIND of
 * file (kind.h), once the loader has done its work. With faults only the calls that they name are seen. CALL and KIND
 * may be `*`; KIND `pid:N` is any file of process N. TURN: the nth time it strikes, 0: every time, -2: every second
 * time. HOW: the name of an errno value, `short` (64 bytes at most), `empty` (0 bytes), or
 * `kill:PID`, `stop:PID`: the call is done after that process got the signal; or `hold:PATH`: it is done when
 * the file that is made there then is gone again, whatever happens meanwhile.
 *
 * FILE is lines of words between tabs: `door CALL KIND TIMES`; `left KIND` a descriptor open at the end, but the three
 * that it began with; `struck N`; `end STATUS` or `end -SIGNAL`.
 *
 * Exit status: that of the command, 128 and the signal that ended it, 77 where nobody may be traced.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/errname.h"
#include "kind.h"

#ifdef __GLIBC__
#define SYSCALL_INFO __ptrace_syscall_info
#else
#define SYSCALL_INFO ptrace_syscall_info
#endif
#define DOORS_MOST 4096
#define FAULTS_MOST 64
#define STRANGERS_MOST 1024
#define ADDED_MOST 8
#define SHORT 64
#define OPTIONS \
	(PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

struct fault {
	char *call, *kind, *how;
	int turn, seen;
};

static struct fault faults[FAULTS_MOST];
static size_t nfaults;
static struct {
	char name[64], kind[KIND_ROOM];
	unsigned long times;
} doors[DOORS_MOST];
static size_t ndoors;
static pid_t command, strangers[STRANGERS_MOST];
static size_t nstrangers;
static bool begun, ours; /* the command is exec'ed; the loader's work is done */
static unsigned long struck;
static FILE *out;
static char *added[ADDED_MOST];
static size_t nadded;

static void usage(const char *what)
{
	fprintf(stderr,
		"doors: %s; usage: doors [-k NAME=PREFIX] [-f CALL,KIND,HOW,TURN] [-e NAME=VALUE] [-l FILE] -- COMMAND\n",
		what);
	exit(2);
}

static void count(const char *name, const char *kind)
{
	size_t i = 0;

	while (i < ndoors && (strcmp(doors[i].name, name) != 0 || strcmp(doors[i].kind, kind) != 0))
		i++;
	if (i == DOORS_MOST)
		usage("too many doors");
	if (i == ndoors) {
		snprintf(doors[i].name, sizeof(doors[i].name), "%s", name);
		snprintf(doors[i].kind, sizeof(doors[i].kind), "%s", kind);
		ndoors++;
	}
	doors[i].times++;
}

/* ---- faults */

static void add_fault(char *text)
{
	struct fault *f = &faults[nfaults++];
	char *turn;

	if (nfaults == FAULTS_MOST)
		usage("too many faults");
	f->call = strtok(text, ",");
	f->kind = strtok(NULL, ",");
	f->how = strtok(NULL, ",");
	turn = strtok(NULL, ",");
	if (!turn)
		usage("a fault that lacks something");
	f->turn = atoi(turn);
}

static long error_of(const char *name)
{
	for (int e = 1; e < 134; e++) {
		const char *known = err_name(e);

		if (known && strcmp(known, name) == 0)
			return -e;
	}
	usage("an unknown error");
	return 0;
}

/* Is it this fault's turn? */
static bool is_struck(struct fault *f, const char *name, const char *kind, pid_t pid)
{
	if (strcmp(f->call, "*") != 0 && strcmp(f->call, name) != 0)
		return false;
	if (strncmp(f->kind, "pid:", 4) == 0 ? atoi(f->kind + 4) != pid :
					       strcmp(f->kind, "*") != 0 && strcmp(f->kind, kind) != 0)
		return false;
	f->seen++;
	return f->turn == 0 || f->turn == f->seen || (f->turn == -2 && f->seen % 2);
}

/* Not before it is dead or stands still: in /proc/PID/stat the letter behind the name's last bracket. */
static void until_state(pid_t pid, const char *letters)
{
	char path[64], line[512], *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (int looks = 0; looks < 5000; looks++) {
		FILE *f = fopen(path, "re");

		if (!f)
			return;
		end = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
		fclose(f);
		if (!end || strchr(letters, end[2]))
			return;
		usleep(1000);
	}
}

static bool send_signal(const char *how)
{
	static const struct {
		const char *how;
		int number;
		const char *states;
	} signals[] = { { "kill:", SIGKILL, "ZX" }, { "stop:", SIGSTOP, "TZX" } };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		size_t len = strlen(signals[i].how);

		if (strncmp(how, signals[i].how, len) == 0) {
			pid_t pid = atoi(how + len);

			if (kill(pid, signals[i].number) == 0)
				until_state(pid, signals[i].states);
			return true;
		}
	}
	return false;
}

/* Until somebody takes the file away. */
static void hold(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return;
	fclose(f);
	struck++;
	while (access(path, F_OK) == 0)
		usleep(1000);
}

static void strike(const struct fault *f, pid_t thread, const struct call *call, const uint64_t *arguments)
{
	if (send_signal(f->how)) {
		struck++;
	} else if (strncmp(f->how, "hold:", 5) == 0) {
		hold(f->how + 5);
	} else if (strcmp(f->how, "short") == 0) {
		if (call->length && arguments[call->length - 1] > SHORT)
			struck += call_argument(thread, call->length, SHORT);
	} else {
		struck += call_skip(thread, strcmp(f->how, "empty") == 0 ? 0 : error_of(f->how));
	}
}

/* ---- the command's calls */

static void say_left(pid_t thread)
{
	char path[64], kind[KIND_ROOM];
	struct dirent *e;
	pid_t whose;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)thread);
	d = opendir(path);
	while (d && (e = readdir(d)) != NULL) {
		if (atoi(e->d_name) > 2) {
			kind_of_fd(command, thread, atoi(e->d_name), kind, &whose);
			fprintf(out, "left\t%s\n", kind);
		}
	}
	if (d)
		closedir(d);
}

static void entry(pid_t thread, long number, const uint64_t *arguments)
{
	char name[64], kind[KIND_ROOM];
	struct call call = call_of(number);
	pid_t pid;

	if (call.name)
		snprintf(name, sizeof(name), "%s", call.name);
	else
		snprintf(name, sizeof(name), "call_%ld", number);
	if (strcmp(name, "ioctl") == 0)
		call_request(arguments[1], name, sizeof(name));
	kind_of_call(command, thread, &call, arguments, kind, &pid);
	ours |= strcmp(name, "openat") == 0 && strcmp(kind, "library") != 0;
	if (!ours)
		return;
	count(name, *kind ? kind : "-");
	if (strcmp(name, "exit_group") == 0 && thread == command)
		say_left(thread);
	for (size_t i = 0; i < nfaults; i++) {
		if (is_struck(&faults[i], name, *kind ? kind : "-", pid)) {
			strike(&faults[i], thread, &call, arguments);
			break;
		}
	}
}

static void stands_in_call(pid_t thread)
{
	struct SYSCALL_INFO info = { 0 };
	uint64_t arguments[6];

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, (void *)sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_SECCOMP)
		return;
	memcpy(arguments, info.seccomp.args, sizeof(arguments));
	entry(thread, (long)info.seccomp.nr, arguments);
}

/* ---- those that were exec'ed, and whom they fork: no part of the command */

static bool is_stranger(pid_t thread)
{
	for (size_t i = 0; i < nstrangers; i++) {
		if (strangers[i] == thread)
			return true;
	}
	return false;
}

static void add_stranger(pid_t thread)
{
	if (nstrangers == STRANGERS_MOST)
		usage("too many that were started");
	strangers[nstrangers++] = thread;
}

static void follow(pid_t thread, int event)
{
	unsigned long child;

	if (event == PTRACE_EVENT_EXEC && thread != command && !is_stranger(thread))
		add_stranger(thread);
	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) &&
	    is_stranger(thread) && ptrace(PTRACE_GETEVENTMSG, thread, NULL, &child) == 0)
		add_stranger((pid_t)child);
}

/* Let a thread go on after what it has stopped for. */
static void go_on(pid_t thread, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXEC && thread == command)
		begun = true;
	else if (event == PTRACE_EVENT_SECCOMP && begun && !is_stranger(thread))
		stands_in_call(thread);
	follow(thread, event);
	if (event == PTRACE_EVENT_STOP && sig != SIGTRAP)
		ptrace(PTRACE_LISTEN, thread, NULL, NULL);
	else
		ptrace(PTRACE_CONT, thread, NULL, event ? 0L : (long)sig);
}

static int watch(void)
{
	int status, end = -1;
	pid_t thread;

	while ((thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (thread > 0 && WIFSTOPPED(status))
			go_on(thread, status);
		else if (thread == command)
			end = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return end;
}

/* ---- */

#define DATA(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

/* Stop at calls that a fault is about, at those that end the command, and at all where `all` shall be seen. */
static bool stop_at_calls(bool all)
{
	static struct sock_filter code[2 * FAULTS_MOST + 8];
	struct sock_fprog program = { .filter = code };

	code[program.len++] = (struct sock_filter)DATA(nr);
	for (size_t i = 0; i < nfaults + 2 && !all; i++) {
		long number = call_number(i < nfaults  ? faults[i].call :
					  i == nfaults ? "openat" :
							 "exit_group");

		all = number < 0;
		code[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
								   (unsigned int)number, 0, 1);
		code[program.len++] = (struct sock_filter)RETURN(SECCOMP_RET_TRACE);
	}
	code[program.len++] = (struct sock_filter)RETURN(all ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* It waits at the pipe's end until it is traced. */
static void start(char *argv[], bool all)
{
	int pipes[2];
	char c;

	if (pipe(pipes) < 0)
		usage(strerror(errno));
	command = fork();
	if (command == 0) {
		close(pipes[1]);
		if (read(pipes[0], &c, 1) < 0 || !stop_at_calls(all))
			_exit(77);
		close(pipes[0]);
		for (size_t i = 0; i < nadded; i++)
			putenv(added[i]);
		execvp(argv[0], argv);
		fprintf(stderr, "doors: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (ptrace(PTRACE_SEIZE, command, NULL, OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, command, NULL, NULL) < 0) {
		fprintf(stderr, "doors: nobody may be traced: %s\n", strerror(errno));
		kill(command, SIGKILL);
		exit(77);
	}
	close(pipes[0]);
	close(pipes[1]);
}

int main(int argc, char *argv[])
{
	int option, end;
	char *equals;

	out = stderr;
	while ((option = getopt(argc, argv, "+k:f:l:e:")) != -1) {
		if (option == 'k' && (equals = strchr(optarg, '=')) != NULL) {
			*equals = '\0';
			kind_add(optarg, equals + 1);
		} else if (option == 'f') {
			add_fault(optarg);
		} else if (option == 'e' && nadded < ADDED_MOST) {
			added[nadded++] = optarg;
		} else if (option != 'l' || (out = fopen(optarg, "we")) == NULL) {
			usage("a bad option");
		}
	}
	if (optind == argc)
		usage("no command");
	start(argv + optind, !nfaults);
	end = watch();
	for (size_t i = 0; i < ndoors; i++)
		fprintf(out, "door\t%s\t%s\t%lu\n", doors[i].name, doors[i].kind, doors[i].times);
	fprintf(out, "struck\t%lu\nend\t%d\n", struck, end > 128 ? 128 - end : end);
	fclose(out);
	return end;
}
