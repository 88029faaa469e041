/* parse_stat: what is accepted is bounded, and more fields behind it change nothing. */
#include <ctype.h>
#include <string.h>
#include "base/buf.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "parse/stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup(buf_release) struct buf longer = { 0 };
	struct proc_stat s, again;

	memset(&s, 0, sizeof(s));
	memset(&again, 0, sizeof(again));
	if (parse_stat((const char *)data, size, &s) < 0)
		return 0;

	must(s.pid >= 0 && s.ppid >= 0);
	must(memchr(s.comm, '\0', sizeof(s.comm)));
	must(isalpha((unsigned char)s.state));

	buf_add(&longer, data, size);
	buf_adds(&longer, " 99\n");
	must(parse_stat(longer.data, longer.len, &again) == 0);
	must(!memcmp(&s, &again, sizeof(s)));
	return 0;
}
