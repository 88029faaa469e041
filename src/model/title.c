#include "model/title.h"

#include <stdbool.h>
#include <string.h>

const char *title_whole(const struct proc_sample *p)
{
	if (p->cmdline && *p->cmdline)
		return p->cmdline;
	return p->comm ? p->comm : "";
}

size_t title_room(size_t columns)
{
	return columns < 80  ? 10 :
	       columns < 100 ? 12 :
	       columns < 140 ? 14 :
	       columns < 190 ? 14 + (columns - 140) / 2 :
			       39;
}

static bool ends_word(char c)
{
	return !c || c == ' ' || c == ':';
}

/* Up to `len` they are the same: how much of that is whole words, or parts of one that end so. */
static size_t to_boundary(const char *a, const char *b, size_t len)
{
	if (ends_word(a[len]) && ends_word(b[len]))
		return len;
	while (len && !strchr(" :/@", a[len - 1]))
		len--;
	return len;
}

static size_t same_bytes(const char *a, const char *b, size_t most)
{
	size_t n = 0;

	while (n < most && a[n] && a[n] == b[n])
		n++;
	return n;
}

/* What two have in common. */
static size_t common_of(const char *a, const char *b, size_t most)
{
	return to_boundary(a, b, same_bytes(a, b, most));
}

/* Is it how the pool is called? Then it names no slot. */
static bool is_pool(const char *pool, const char *word, size_t len)
{
	size_t whole = strlen(pool), n = whole < len ? whole : len;

	return n && !memcmp(pool, word, n);
}

/* Without the word at its end, if that says what follows: "worker " before "2". */
static size_t keep_noun(const char *title, size_t len, const char *pool)
{
	size_t end = len, start;

	if (!len || title[len - 1] != ' ')
		return len;
	while (end && title[end - 1] == ' ')
		end--;
	start = end;
	while (start && title[start - 1] != ' ')
		start--;
	if (start == end || title[end - 1] == ':' || (!start && is_pool(pool, title, end)))
		return len;
	return start;
}

/* What all of this role have in common with `first`; `ret_differ`: two of them are not the same. */
static size_t common_in_role(const struct snapshot *s, enum role role, const char *first, bool *ret_differ)
{
	size_t len = strlen(first), i;

	*ret_differ = false;
	for (i = 0; i < s->nprocs; i++) {
		const char *other = title_whole(s->procs[i].facts);

		if (s->procs[i].role != role || !s->procs[i].facts->forked || !strcmp(first, other))
			continue;
		*ret_differ = true;
		len = common_of(first, other, len);
	}
	return len;
}

static const struct proc_sample *first_of(const struct snapshot *s, enum role role)
{
	size_t i;

	for (i = 0; i < s->nprocs; i++) {
		if (s->procs[i].role == role && s->procs[i].facts->forked)
			return s->procs[i].facts;
	}
	return NULL;
}

/* The workers', or where there are none, that of forked helpers. Where all are the same the master makes the
 * difference. */
void titles_of(const struct snapshot *s, struct titles *ret)
{
	const struct proc_sample *first = first_of(s, ROLE_WORKER), *master = first_of(s, ROLE_MASTER);
	enum role role = first ? ROLE_WORKER : ROLE_HELPER;
	bool differ;

	*ret = (struct titles){ .common = "", .pool = s->command };
	first = first ? first : first_of(s, role);
	if (!first)
		return;
	ret->common = title_whole(first);
	ret->len = common_in_role(s, role, ret->common, &differ);
	if (differ)
		ret->len = keep_noun(ret->common, ret->len, ret->pool);
	else if (master)
		ret->len = common_of(ret->common, title_whole(master), ret->len);
	else
		ret->len = 0;
}

/* Behind "gunicorn: ": the first word, when it ends so and another one follows. */
static size_t behind_name(const char *title)
{
	size_t n = strcspn(title, " ");

	return n && title[n - 1] == ':' && title[n] ? n : 0;
}

/* The pool's own name in a command line, or what is behind the folders of its first word. */
static size_t program_at(const char *line, const char *pool)
{
	size_t len = strlen(pool), first = strcspn(line, " "), at;
	const char *found = line;

	while (len && (found = strstr(found, pool))) {
		if ((found == line || found[-1] == ' ' || found[-1] == '/') && ends_word(found[len]))
			return (size_t)(found - line);
		found++;
	}
	for (at = first; at && line[at - 1] != '/'; at--)
		;
	return at < first ? at : 0;
}

static size_t skip_joints(const char *title, size_t at)
{
	return at + strspn(title + at, " :");
}

/* "ForkPoolWorker-3]" was in brackets whose beginning is left out. */
static size_t close_brackets(const char *whole, struct title t)
{
	bool inside = *whole == '[' && t.at > whole && !memchr(t.at, '[', t.len);

	return inside && t.len > 1 && t.at[t.len - 1] == ']' ? t.len - 1 : t.len;
}

struct title title_of(const struct titles *t, const struct proc_sample *p)
{
	const char *whole = title_whole(p);
	struct title title = { whole, strlen(whole) };
	size_t at;

	if (!p->forked)
		return title;
	at = common_of(whole, t->common, t->len);
	if (!at || !whole[skip_joints(whole, at)])
		at = behind_name(whole);
	at = skip_joints(whole, at);
	if (!at || !whole[at])
		at = program_at(whole, t->pool);
	title = (struct title){ whole + at, title.len - at };
	title.len = close_brackets(whole, title);
	return title;
}
