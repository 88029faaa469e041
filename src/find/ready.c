#include "find/ready.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/units.h"
#include "find/http.h"
#include "find/shell.h"
#include "find/spawn.h"

#define POLL_MS 20
/* The first status that is no answer of a server that works. */
#define STATUS_BROKEN 500
/* Of what a command says its last line is told, from the last so many bytes. */
#define SAID_MOST 4096

/* "ftp://x/": an address, and not of a program with its arguments. */
static bool is_address(const char *text)
{
	size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+.-");

	return scheme && strncmp(text + scheme, "://", 3) == 0 && !strpbrk(text, " \t\n");
}

int ready_parse(const char *text, struct ready *ret, struct err *err)
{
	struct ready r = { .kind = READY_COMMAND, .text = text };

	if (!text[strspn(text, " \t")])
		return err_set(err, STATUS_USAGE, "--ready: an address, a command or a time is needed");
	if (strncmp(text, "https://", 8) == 0)
		return err_set(err, STATUS_USAGE,
			       "--ready '%.200s': only http:// is asked; a command can: 'curl -fsk %.200s'",
			       text, text);
	if (strncmp(text, "http://", 7) == 0) {
		if (!http_is_url(text))
			return err_set(err, STATUS_USAGE, "--ready '%.200s': not http://HOST[:PORT][/PATH]",
				       text);
		r.kind = READY_URL;
	} else if (is_address(text)) {
		return err_set(err, STATUS_USAGE,
			       "--ready '%.200s': only http:// is asked; a command can ask others", text);
	} else if (units_parse_time(text, &r.after_ns) == 0) {
		r.kind = READY_TIME;
	}
	*ret = r;
	return 0;
}

static int ask_url(const struct ready *r, int64_t timeout_ns, struct buf *ret_answer)
{
	int status = http_get(r->text, timeout_ns, ret_answer);

	if (status < 0)
		return spawn_interrupted() ? -1 : 0;
	if (status >= STATUS_BROKEN)
		buf_printf(ret_answer, "status %d", status);
	return status < STATUS_BROKEN;
}

/* The last line of what was said. */
static void add_said(int fd, struct buf *out)
{
	char text[SAID_MOST];
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n = io_read_all_at(fd, text, sizeof(text), size > SAID_MOST ? (uint64_t)size - SAID_MOST : 0);
	size_t end = n > 0 ? (size_t)n : 0, begin;

	while (end && strchr(" \t\r\n", text[end - 1]))
		end--;
	for (begin = end; begin && text[begin - 1] != '\n';)
		begin--;
	if (end > begin)
		buf_printf(out, ": %.*s", (int)(end - begin), text + begin);
}

static int tell_status(int status, struct buf *ret_answer)
{
	if (status < 0)
		buf_adds(ret_answer, strerror(-status));
	else if (WIFSIGNALED(status))
		buf_printf(ret_answer, "killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		buf_printf(ret_answer, "status %d", WEXITSTATUS(status));
	return status == 0;
}

static int run_command(const struct ready *r, int64_t timeout_ns, struct buf *ret_answer)
{
	cleanup_close int said = memfd_create("ready", MFD_CLOEXEC);
	int64_t until = clock_now() + timeout_ns;
	struct shell *shell;
	bool over, late = false, interrupted = false;
	int e = shell_start(r->text, said, &shell), ready;

	if (e < 0)
		return tell_status(e, ret_answer);
	while (!(over = shell_wait(shell, POLL_MS)) && !late && !interrupted) {
		late = clock_now() >= until;
		interrupted = spawn_interrupted();
	}
	if (over) {
		ready = tell_status(shell_end(shell), ret_answer);
	} else {
		shell_stop(shell);
		buf_adds(ret_answer, "it does not end");
		ready = interrupted ? -1 : 0;
	}
	if (ready == 0 && said >= 0)
		add_said(said, ret_answer);
	return ready;
}

int ready_ask(const struct ready *r, int64_t timeout_ns, struct buf *ret_answer)
{
	buf_reset(ret_answer);
	switch (r->kind) {
	case READY_URL:
		return ask_url(r, timeout_ns, ret_answer);
	case READY_COMMAND:
		return run_command(r, timeout_ns, ret_answer);
	case READY_QUIET:
	case READY_TIME:
		break;
	}
	return 1;
}
