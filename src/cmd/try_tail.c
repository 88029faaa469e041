#include "cmd/try_tail.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/io.h"
#include "cmd/output.h"

/* What is read of the end of a file, how many of its lines are shown, and how much of a line in a message. */
#define END_MOST 8192
#define LINES_MOST 10
#define LAST_MOST 200

/* The end of the file without blank lines behind it; how long it is. */
static size_t read_end(const char *path, char end[static END_MOST])
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	uint64_t from = size > END_MOST ? (uint64_t)size - END_MOST : 0;
	ssize_t n = size > 0 ? io_read_all_at(fd, end, END_MOST, from) : 0;
	size_t len = n > 0 ? (size_t)n : 0;

	while (len && strchr(" \t\r\n", end[len - 1]))
		len--;
	return len;
}

/* Where the line begins that ends at `end`. */
static size_t line_begin(const char *text, size_t end)
{
	while (end && text[end - 1] != '\n')
		end--;
	return end;
}

void try_tail_say(const char *path, const char *whose)
{
	cleanup(buf_release) struct buf line = { 0 };
	char text[END_MOST];
	size_t len = read_end(path, text), begin = len, lines = 0;

	if (!len)
		return;
	while (begin && lines++ < LINES_MOST)
		begin = line_begin(text, begin - (begin < len));
	say("the last lines of %s:", whose);
	while (begin < len) {
		size_t end = begin;

		while (end < len && text[end] != '\n')
			end++;
		buf_reset(&line);
		buf_printf(&line, "    %.*s", (int)(end - begin), text + begin);
		say_plain(line.data);
		begin = end + 1;
	}
}

bool try_tail_last(const char *path, struct buf *ret)
{
	char text[END_MOST];
	size_t len = read_end(path, text), begin = line_begin(text, len);

	if (len - begin > LAST_MOST)
		len = begin + LAST_MOST;
	buf_add(ret, text + begin, len - begin);
	return len > begin;
}
