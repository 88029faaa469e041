#include "parse/stat.h"

#include <limits.h>
#include <string.h>
#include "parse/cursor.h"

/* Numbers run from (4) to at least (48); start_brk and arg_start came with Linux 3.3 and 3.5. */
#define FIRST 4
#define LAST 48

/*
 * What the kernel prints signed: pgrp, session, tty_nr, tpgid, priority, nice, itrealvalue,
 * exit_signal, processor, cguest_time. Of these the first two are used, which are -1 of the dead only.
 */
#define BIT(n) (1ULL << (n))
#define MAY_BE_NEGATIVE \
	(BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(18) | BIT(19) | BIT(21) | BIT(38) | BIT(39) | BIT(44))

/* " NUMBER" from (FIRST) to (LAST) into field[]; of a negative one only the digits. */
static int take_numbers(struct cursor *c, uint64_t field[LAST + 1])
{
	int i;

	for (i = FIRST; i <= LAST; i++) {
		if (!cursor_char(c, ' '))
			return -1;
		if (MAY_BE_NEGATIVE & BIT(i))
			cursor_char(c, '-');
		if (!cursor_u64(c, &field[i]))
			return -1;
	}

	/* A cut line can end inside a number, but not at one of these. */
	if (c->at < c->end && *c->at != ' ' && *c->at != '\n')
		return -1;
	return 0;
}

/* "PID (" in front of the name. */
static int take_pid(struct cursor *c, pid_t *ret)
{
	uint64_t pid;

	if (!cursor_u64(c, &pid) || pid > INT_MAX)
		return -1;
	if (!cursor_char(c, ' ') || !cursor_char(c, '('))
		return -1;
	*ret = (pid_t)pid;
	return 0;
}

int parse_stat(const char *text, size_t len, struct proc_stat *ret)
{
	struct cursor c = { text, text + len };
	uint64_t field[LAST + 1];
	const char *close;
	size_t comm_len;

	if (!len || take_pid(&c, &ret->pid) < 0)
		return -1;

	close = memrchr(c.at, ')', c.end - c.at);
	if (!close)
		return -1;
	comm_len = close - c.at;
	if (comm_len >= sizeof(ret->comm))
		comm_len = sizeof(ret->comm) - 1;
	memcpy(ret->comm, c.at, comm_len);
	ret->comm[comm_len] = '\0';
	c.at = close + 1;

	if (!cursor_char(&c, ' ') || c.at == c.end)
		return -1;
	ret->state = *c.at++;
	if ((unsigned char)((ret->state | 0x20) - 'a') > 25)
		return -1;

	if (take_numbers(&c, field) < 0 || field[4] > INT_MAX || field[5] > INT_MAX || field[6] > INT_MAX)
		return -1;

	ret->ppid = (pid_t)field[4];
	ret->pgrp = (pid_t)field[5];
	ret->session = (pid_t)field[6];
	ret->flags = field[9];
	ret->minflt = field[10];
	ret->cminflt = field[11];
	ret->majflt = field[12];
	ret->cmajflt = field[13];
	ret->threads = field[20];
	ret->start_ticks = field[22];
	ret->rss_pages = field[24];
	ret->start_code = field[26];
	ret->end_code = field[27];
	ret->start_stack = field[28];
	ret->start_brk = field[47];
	ret->arg_start = field[48];
	return 0;
}
