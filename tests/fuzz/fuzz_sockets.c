/* /proc/net/tcp, tcp6 and unix, and what links of /proc/PID/fd say: not more sockets than lines, and each is found. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "parse/sockets.h"

static void check(const char *text, size_t size, void (*parse)(const char *, size_t, struct sockets *))
{
	cleanup(sockets_release) struct sockets s = { 0 };
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	parse(text, size, &s);
	must(s.n <= lines && s.n <= s.cap);
	for (size_t i = 0; i < s.n; i++)
		must(sockets_have(&s, s.items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *link = xmemdupz(data, size);

	check((const char *)data, size, sockets_parse_tcp);
	check((const char *)data, size, sockets_parse_unix);
	socket_inode(link);
	return 0;
}
