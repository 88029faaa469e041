/*
 * Replays files through a fuzzer: fuzz_X FILE-OR-DIRECTORY... Prints TAP, one test an argument.
 * An input that breaks a rule ends the process, so the plan comes last and is missing then.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fuzz.h"

#define INPUT_LIMIT ((size_t)1 << 20)

static char current[4096];

/* Which input it was: only calls that a signal handler may make. */
static void on_crash(int signal_number)
{
	ssize_t n = write(STDERR_FILENO, current, strlen(current));

	n += write(STDERR_FILENO, ": crashed\n", 10);
	signal(signal_number, SIG_DFL);
	raise(n > 0 ? signal_number : SIGABRT);
}

/* The copy has the exact size, so that a sanitizer sees a read past the end. */
static int run_file(const char *path)
{
	static uint8_t input[INPUT_LIMIT];
	FILE *file = fopen(path, "rb");
	uint8_t *copy;
	size_t size;

	if (!file)
		return -1;
	size = fread(input, 1, sizeof(input), file);
	fclose(file);

	snprintf(current, sizeof(current), "%s", path);
	copy = malloc(size ? size : 1);
	if (!copy)
		return -1;
	memcpy(copy, input, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	return 0;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* How many inputs were run, in the order of their names, or -1. */
static int run_directory(const char *path)
{
	struct dirent **entries;
	char name[4096];
	int i, n = scandir(path, &entries, visible, alphasort), ran = 0;

	if (n < 0)
		return -1;
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		free(entries[i]);
		if (ran >= 0)
			ran = run_file(name) < 0 ? -1 : ran + 1;
	}
	free(entries);
	return ran;
}

static int run(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return run_directory(path);
	return run_file(path) < 0 ? -1 : 1;
}

int main(int argc, char **argv)
{
	int i, ran, failed = 0;

	signal(SIGABRT, on_crash);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 1; i < argc; i++) {
		errno = 0;
		ran = run(argv[i]);
		if (ran > 0) {
			printf("ok %d - %s: %d inputs\n", i, argv[i], ran);
		} else {
			printf("not ok %d - %s: %s\n", i, argv[i], errno ? strerror(errno) : "no input");
			failed = 1;
		}
	}
	printf("1..%d\n", argc - 1);
	return failed || argc < 2;
}
