#include "analysis/rule_mistake.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "analysis/did_you_mean.h"

/* How much of a rule is shown of what may be long. */
#define SHOWN 120

/* Signs that are none here, and how they are written. */
static const struct {
	const char *sign, *written;
} signs[] = {
	{ "\xe2\x89\xa5", ">=" }, /* greater-than or equal to, in one sign */
	{ "\xe2\x89\xa4", "<=" }, { "\xe2\xa9\xbe", ">=" }, { "\xe2\xa9\xbd", "<=" },
	{ "\xe2\x89\xa0", "!=" }, { "\xef\xbc\x9e", ">" }, /* the full-width ones */
	{ "\xef\xbc\x9c", "<" },  { "\xef\xbc\x9d", "==" }, { "\xef\xbc\x85", "%" },
	{ "&gt;", ">" },          { "&lt;", "<" },
};

/* Quotes that a rule may begin with. */
static const char *const quotes[] = {
	"'",        "\"", "`", "\xe2\x80\x98", "\xe2\x80\x99", "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e",
	"\xc2\xab",
};

/* Operators of other languages. */
static const struct {
	const char *sign, *written;
} operators[] = {
	{ "=>", ">=" }, { "=<", "<=" }, { "<>", "!=" }, { "=", "==" },  { "is", "==" }, { "gt", ">" },
	{ "ge", ">=" }, { "lt", "<" },  { "le", "<=" }, { "eq", "==" }, { "ne", "!=" },
};

static bool is_joiner(const char *word, size_t len)
{
	static const char *const joiners[] = { "and", "or", "&&", "||", "&", "|" };

	for (size_t i = 0; i < sizeof(joiners) / sizeof(*joiners); i++) {
		if (strlen(joiners[i]) == len && !strncasecmp(joiners[i], word, len))
			return true;
	}
	return false;
}

/* Are there two conditions? */
static bool is_joined(const char *text)
{
	size_t len;

	if (strstr(text, "&&") || strstr(text, "||") || strchr(text, ';'))
		return true;
	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		len = strcspn(text, " \t");
		if (is_joiner(text, len))
			return true;
		text += len;
	}
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "20% < worker.cow_broken_ratio" */
static bool is_turned_round(const char *text)
{
	return *text >= '0' && *text <= '9' && text[strcspn(text, "<>=!")];
}

int rule_mistake(const char *text, struct err *err)
{
	const char *at = text + strspn(text, " \t");
	size_t i;

	for (i = 0; i < sizeof(quotes) / sizeof(*quotes); i++) {
		if (!strncmp(at, quotes[i], strlen(quotes[i])))
			return err_set(err, STATUS_USAGE,
				       "rule %.*s begins with a quote: one pair of quotes is enough, which "
				       "the shell takes away",
				       SHOWN, text);
	}
	for (i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		if (strstr(text, signs[i].sign))
			return err_set(err, STATUS_USAGE, "rule '%.*s': '%s' is written %s", SHOWN, text,
				       signs[i].sign, signs[i].written);
	}
	if (is_joined(text))
		return err_set(err, STATUS_USAGE,
			       "rule '%.*s': one condition a rule; --fail-if may be repeated, and the run "
			       "fails when any of them holds",
			       SHOWN, text);
	if (is_turned_round(at))
		return err_set(err, STATUS_USAGE,
			       "rule '%.*s': the figure comes first, then the operator, then the number",
			       SHOWN, text);
	return 0;
}

/* Heads of the columns that the tables have (sink/text.c, tui/column.c), and what they show. */
static const struct {
	const char *head, *key;
} heads[] = {
	{ "COW", "worker.cow_broken_bytes" },
	{ "COW%", "worker.cow_broken_ratio" },
	{ "+COW/s", "worker.faults.cow_per_s" },
	{ "COW/s", "worker.faults.cow_per_s" },
	{ "SHARED", "worker.shared_bytes" },
	{ "PRIVATE", "worker.private_bytes" },
	{ "ORPH", "worker.pages.orphaned" },
	{ "FILECOW", "worker.pages.cow_file" },
	{ "NEW", "worker.pages.new" },
	{ "RSS", "worker.memory.rss_bytes" },
	{ "PSS", "worker.memory.pss_bytes" },
	{ "MINFLT/s", "worker.faults.minor_per_s" },
	{ "MAJFLT/s", "worker.faults.major_per_s" },
	{ "FROZEN", "worker.gc.frozen" },
	{ "AGE", "worker.age_s" },
	{ "PGAGE", "worker.pages.age_s" },
	{ "WORKERS", "pool.workers" },
	{ "FOOTPRINT", "pool.footprint_bytes" },
	{ "SAVED", "pool.saved_bytes" },
	{ "COPIED", "pool.copied_bytes" },
	{ "COPIED%", "pool.copied_ratio" },
	{ "MCOW", "master.cow_broken_bytes" },
	{ "MCOW%", "master.cow_broken_ratio" },
};

static bool add_head(const char *word, char *list, size_t size)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		if (strcasecmp(heads[i].head, word) != 0)
			continue;
		snprintf(list, size, "; did you mean %s?", heads[i].key);
		return true;
	}
	return false;
}

static const char *scope_names(bool diff)
{
	return diff ? "diff.KEY" : "pool.KEY, master.KEY, worker.KEY";
}

/* "workers.KEY" */
static bool add_near_scope(const char *key, bool diff, char *list, size_t size)
{
	static const char *const of_pool[] = { "pool", "master", "worker", NULL }, *const of_two[] = { "diff",
												       NULL };
	const char *dot = strchr(key, '.'), *near;
	char scope[16];

	snprintf(scope, sizeof(scope), "%.*s", dot ? (int)(dot - key) : 0, key);
	near = did_you_mean_word(scope, diff ? of_two : of_pool);
	if (near)
		snprintf(list, size, "; did you mean %s%s?", near, dot);
	return near != NULL;
}

/* What has the key, when only the scope was left out. */
static void add_scopes(const char *text, bool diff, char *list, size_t size)
{
	static const enum rule_scope scopes[] = { RULE_WORKER, RULE_POOL, RULE_DIFF };
	const char *bare;
	char key[64];
	size_t i;

	snprintf(key, sizeof(key), "%.*s", (int)strcspn(text, " \t<>=!"), text);
	if ((!diff && add_head(key, list, size)) || add_near_scope(key, diff, list, size))
		return;
	/* of two recordings what has the scope of one */
	bare = diff && strchr(key, '.') ? strchr(key, '.') + 1 : key;
	for (i = 0; i < sizeof(scopes) / sizeof(*scopes); i++) {
		if ((scopes[i] == RULE_DIFF) == diff && rule_key_find(scopes[i], bare)) {
			snprintf(list, size, "; did you mean %s.%s?", rule_scope_name(scopes[i]), bare);
			return;
		}
	}
}

int rule_no_scope(const char *text, bool diff, struct err *err)
{
	const char *at = text + strspn(text, " \t");
	char meant[128] = "";

	if (!diff && !strncmp(at, "diff.", 5))
		return err_set(err, STATUS_USAGE,
			       "rule '%.*s': diff.KEY is of two recordings: cowtop diff --fail-if ... A B",
			       SHOWN, text);
	add_scopes(at, diff, meant, sizeof(meant));
	return err_set(err, STATUS_USAGE, "rule '%.*s': begins with none of %s%s", SHOWN, text,
		       scope_names(diff), meant);
}

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return n && len >= n && !strcmp(s + len - n, end);
}

/* Where there is this key, when it is not in the scope of the rule. */
static enum rule_scope other_scope(const struct rule *r, const char *key)
{
	enum rule_scope other = r->scope == RULE_POOL ? RULE_WORKER : RULE_POOL;

	return r->scope != RULE_DIFF && rule_key_find(other, key) ? other : r->scope;
}

int rule_no_key(const struct rule *r, const char *key, struct err *err)
{
	const char *near[DID_YOU_MEAN_MAX], *scope = rule_scope_name(r->scope);
	enum rule_scope where = other_scope(r, key);
	char list[320] = "";
	size_t n, i;
	int len = 0;

	n = did_you_mean(key, r->scope, near);
	if (where != r->scope && !(n && (ends_with(near[0], key) || ends_with(key, near[0]))))
		return err_set(err, STATUS_USAGE, "rule '%.*s': no figure '%s.%s', but there is %s.%s", SHOWN,
			       r->text, scope, key, rule_scope_name(where), key);
	for (i = 0; i < n; i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s.%s", i ? ", " : "", scope, near[i]);
	return err_set(err, STATUS_USAGE, "rule '%.*s': no figure '%s.%.64s'%s%s; all: cowtop %s--list-keys",
		       SHOWN, r->text, scope, key, n ? "; nearest: " : "", list,
		       r->scope == RULE_DIFF ? "diff " : "");
}

int rule_no_operator(const struct rule *r, const char *at, struct err *err)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		size_t n = strlen(operators[i].sign);

		if (!strncasecmp(at, operators[i].sign, n) && !(is_letter(*at) && is_letter(at[n])))
			return err_set(err, STATUS_USAGE, "rule '%.*s': '%s' is written %s", SHOWN, r->text,
				       operators[i].sign, operators[i].written);
	}
	if (!*at)
		return err_set(
			err, STATUS_USAGE,
			"rule '%.*s': after the figure comes one of < <= > >= == !=, and a number; put the "
			"rule in quotes, or the shell takes < and > for files",
			SHOWN, r->text);
	return err_set(err, STATUS_USAGE, "rule '%.*s': after the figure comes one of < <= > >= == !=", SHOWN,
		       r->text);
}
