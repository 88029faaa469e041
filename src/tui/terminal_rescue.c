#include "tui/terminal_rescue.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "tui/terminal_wait.h"

static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT, SIGSYS };
#define NFATAL (sizeof(fatal) / sizeof(*fatal))

/* A handler is given nothing but the signal: what it needs is here. */
static struct {
	volatile sig_atomic_t armed;
	struct termios modes;
	char bytes[256];
	size_t len;
	struct sigaction before[NFATAL];
} rescue;

void rescue_now(void)
{
	if (!rescue.armed)
		return;
	rescue.armed = 0;
	terminal_wait_over();
	/* Nothing is left to be done when the terminal is gone. */
	if (write(STDOUT_FILENO, rescue.bytes, rescue.len) < 0)
		return;
	tcsetattr(STDIN_FILENO, TCSANOW, &rescue.modes);
}

static void on_fatal(int sig)
{
	int e = errno;

	rescue_now();
	for (size_t i = 0; i < NFATAL; i++)
		if (fatal[i] == sig)
			sigaction(sig, &rescue.before[i], NULL);
	raise(sig);
	errno = e;
}

void rescue_begin(const struct termios *modes)
{
	struct sigaction action = { .sa_handler = on_fatal };

	rescue.modes = *modes;
	rescue.len = 0;
	for (size_t i = 0; i < NFATAL; i++) {
		sigaction(fatal[i], NULL, &rescue.before[i]);
		if (rescue.before[i].sa_handler != SIG_IGN)
			sigaction(fatal[i], &action, NULL);
	}
}

/* Without its padding, which no terminal of today needs. */
void rescue_add(const char *s)
{
	if (!s || s == (const char *)-1)
		return;
	while (*s && rescue.len < sizeof(rescue.bytes)) {
		if (strncmp(s, "$<", 2) == 0 && strchr(s, '>'))
			s = strchr(s, '>') + 1;
		else
			rescue.bytes[rescue.len++] = *s++;
	}
}

void rescue_arm(bool armed)
{
	rescue.armed = armed;
}

void rescue_end(void)
{
	rescue.armed = 0;
	for (size_t i = 0; i < NFATAL; i++)
		sigaction(fatal[i], &rescue.before[i], NULL);
}
