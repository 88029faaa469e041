/* parse/mountinfo.h: what a mount says lies in a line of the text, and each is said once, in their order. */
#include <string.h>
#include "fuzz.h"
#include "parse/mountinfo.h"

static void check_word(const char *word, size_t len, const struct cursor *all)
{
	must(len && word >= all->at && len <= (size_t)(all->end - word));
	must(!memchr(word, ' ', len) && !memchr(word, '\n', len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cursor all = { (const char *)data, (const char *)data + size };
	struct cursor text = all;
	const char *last = all.at;
	struct mount m;

	while (mountinfo_next(&text, &m)) {
		check_word(m.at, m.at_len, &all);
		check_word(m.type, m.type_len, &all);
		must(m.at > last && m.type > m.at && m.type < text.at && text.at <= all.end);
		last = m.type;
		must(mount_is_at(&m, "/") == (m.at_len == 1 && *m.at == '/'));
		must(!(mount_is_of(&m, "ext4") && mount_is_of(&m, "ext")));
	}
	must(text.at == all.end);
	return 0;
}
