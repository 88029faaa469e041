#include "parse/smaps.h"

#include <stdbool.h>
#include <string.h>
#include "parse/cursor.h"

#define KEY(name, member) \
	{ \
		name, sizeof(name) - 1, offsetof(struct smaps_totals, member) \
	}

static const struct key {
	const char *name;
	size_t len;
	size_t offset;
} keys[] = {
	KEY("Rss", rss),
	KEY("Pss", pss),
	KEY("Pss_Anon", pss_anon),
	KEY("Pss_File", pss_file),
	KEY("Pss_Shmem", pss_shmem),
	KEY("Shared_Clean", shared_clean),
	KEY("Shared_Dirty", shared_dirty),
	KEY("Private_Clean", private_clean),
	KEY("Private_Dirty", private_dirty),
	KEY("Anonymous", anonymous),
	KEY("KSM", ksm),
	KEY("AnonHugePages", anon_huge),
	KEY("Swap", swap),
	KEY("SwapPss", swap_pss),
	KEY("Shared_Hugetlb", shared_hugetlb),
	KEY("Private_Hugetlb", private_hugetlb),
};

static const struct key *find_key(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (keys[i].len == len && !memcmp(keys[i].name, name, len))
			return &keys[i];
	}
	return NULL;
}

/* "   N kB" behind the colon, added to *total, which becomes present by it. */
static int add_kib(struct cursor *c, fact *total)
{
	uint64_t kib;
	fact sum;

	cursor_blanks(c);
	if (!cursor_u64(c, &kib) || kib > INT64_MAX / 1024)
		return -1;
	if (!cursor_char(c, ' ') || !cursor_char(c, 'k') || !cursor_char(c, 'B') || c->at != c->end)
		return -1;

	sum = *total == ABSENT ? 0 : *total;
	if (__builtin_add_overflow(sum, (fact)(kib * 1024), &sum))
		return -1;
	*total = sum;
	return 0;
}

/* A mapping's first line begins with its address in lower case, every key with a capital. */
static bool is_header(const char *line, size_t len)
{
	return len && ((line[0] >= '0' && line[0] <= '9') || (line[0] >= 'a' && line[0] <= 'f'));
}

static int take_line(const char *line, size_t len, struct smaps_totals *totals)
{
	struct cursor c = { line, line + len };
	const struct key *key;
	const char *name, *colon;
	size_t name_len;

	if (is_header(line, len))
		return 0;

	colon = len ? memchr(line, ':', len) : NULL;
	if (!colon)
		return -1;
	cursor_until(&c, ':', &name, &name_len);
	key = find_key(name, name_len);
	return key ? add_kib(&c, (fact *)((char *)totals + key->offset)) : 0;
}

int parse_smaps(const char *text, size_t len, struct smaps_totals *ret)
{
	struct cursor c = { text, text + len };
	struct smaps_totals totals;
	const char *line;
	size_t line_len, i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		*(fact *)((char *)&totals + keys[i].offset) = ABSENT;

	while (c.at < c.end) {
		cursor_until(&c, '\n', &line, &line_len);
		if (take_line(line, line_len, &totals) < 0)
			return -1;
	}
	if (totals.rss == ABSENT)
		return -1;

	*ret = totals;
	return 0;
}

bool smaps_may_be_huge(const char *text, size_t len)
{
	static const char key[] = "THPeligible:";
	const char *end = text + len, *line = text, *next;
	bool told = false;

	for (; line < end; line = next) {
		struct cursor c = { line, end };
		uint64_t eligible;

		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next + 1 : end;
		if ((size_t)(end - line) < sizeof(key) - 1 || memcmp(line, key, sizeof(key) - 1))
			continue;
		c.at += sizeof(key) - 1;
		cursor_blanks(&c);
		if (!cursor_u64(&c, &eligible) || eligible)
			return true;
		told = true;
	}
	return !told;
}
