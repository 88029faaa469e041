#include "sink/csv.h"

#include <string.h>
#include "base/cleanup.h"
#include "base/number.h"
#include "base/text.h"
#include "model/command.h"
#include "model/field.h"
#include "sink/when.h"

/* What a row says of whom it is about, in front of the figures. */
static const char *const who[] = {
	"time",   "elapsed_s", "role",      "pid",   "ppid", "start_time", "slot",
	"forked", "level",     "exactness", "state", "user", "command",    "cmdline",
};

/* Each cell brings the comma that parts it from the one before; a row begins with its time. */
static void add_word(struct buf *out, const char *word)
{
	buf_addc(out, ',');
	buf_adds(out, word ?: "");
}

static void add_count(struct buf *out, fact n)
{
	buf_addc(out, ',');
	if (n != ABSENT)
		buf_printf(out, "%lld", (long long)n);
}

static void add_figure(struct buf *out, figure value)
{
	char text[NUMBER_LEN];

	add_word(out, number_format(text, value));
}

/* Would a spreadsheet take it for a formula? The full-width forms of = + - @ count too. Nor may it
 * begin with the apostrophe that says that it is none: so that one can be taken away again. */
static bool is_formula(const char *clean)
{
	static const char *const starts[] = {
		"=", "+", "-", "@", "'", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0",
	};

	clean += strspn(clean, " ");
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (strncmp(clean, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* Always quoted: a name is a text, also when it looks like a number. */
static void add_text(struct buf *out, const char *foreign)
{
	cleanup(buf_release) struct buf clean = { 0 };

	buf_addc(out, ',');
	if (!foreign)
		return;
	text_clean(&clean, foreign, strlen(foreign));
	buf_addc(out, '"');
	if (clean.len && is_formula(clean.data))
		buf_addc(out, '\'');
	for (size_t i = 0; i < clean.len; i++) {
		if (clean.data[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, clean.data[i]);
	}
	buf_addc(out, '"');
}

/* Of a figure that is not exact "KEY=LABEL:LOW:HIGH", of an estimate without bounds. */
static void add_bound(struct buf *out, size_t begin, const struct field *f, struct measure m)
{
	char low[NUMBER_LEN], high[NUMBER_LEN];

	if (m.label == LABEL_NONE || m.label == LABEL_EXACT)
		return;
	buf_printf(out, "%s%s=%s", out->len > begin ? " " : "", f->process_key ?: f->pool_key,
		   label_name(m.label));
	if (m.low < m.high)
		buf_printf(out, ":%s:%s", number_format(low, m.low), number_format(high, m.high));
}

static void begin_row(struct buf *out, const struct snapshot *s, const char *role)
{
	char time[32];

	buf_adds(out, when_ms(time, s->facts->time_ns));
	add_figure(out, s->elapsed_s);
	add_word(out, role);
}

static void add_pool(struct buf *out, const struct snapshot *s)
{
	size_t begin;

	begin_row(out, s, "pool");
	add_word(out, ""); /* pid: the pool has none; its master has a row of its own */
	add_word(out, "");
	add_word(out, "");
	add_word(out, "");
	add_word(out, known(s->pool.workers) ? (s->forked ? "true" : "false") : "");
	add_word(out, level_name(s->level));
	add_word(out, exactness_name(s->exactness));
	add_word(out, "");
	add_text(out, NULL);
	add_text(out, s->command);
	add_text(out, NULL);
	for (size_t i = 0; i < nfields; i++)
		add_figure(out, fields[i].pool_key ? field_get(&fields[i], &s->pool) : UNKNOWN);
	buf_addc(out, ',');
	begin = out->len;
	for (size_t i = 0; i < nfields; i++)
		if (fields[i].pool_key)
			add_bound(out, begin, &fields[i], field_of_pool(&fields[i], s));
	buf_adds(out, "\r\n");
}

static void add_process(struct buf *out, const struct snapshot *s, const struct proc_snapshot *p)
{
	const struct proc_sample *facts = p->facts;
	const char state[2] = { facts->state };
	char start[32], command[COMMAND_SIZE];
	size_t begin;

	command_whole(facts, command, sizeof(command));
	begin_row(out, s, role_name(p->role));
	add_count(out, facts->pid);
	add_count(out, facts->ppid);
	add_word(out, when_ms(start, facts->start_ns));
	add_count(out, p->slot ? p->slot : ABSENT);
	add_word(out, facts->forked ? "true" : "false");
	add_word(out, level_name(facts->level));
	add_word(out, exactness_name(facts->exactness));
	add_text(out, facts->state ? state : NULL);
	add_text(out, facts->user);
	add_text(out, command);
	add_text(out, facts->cmdline);
	for (size_t i = 0; i < nfields; i++)
		add_figure(out, fields[i].process_key ? field_get(&fields[i], &p->figures) : UNKNOWN);
	buf_addc(out, ',');
	begin = out->len;
	for (size_t i = 0; i < nfields; i++)
		if (fields[i].process_key)
			add_bound(out, begin, &fields[i], field_of_process(&fields[i], p));
	buf_adds(out, "\r\n");
}

void csv_header(struct buf *out)
{
	buf_adds(out, who[0]);
	for (size_t i = 1; i < sizeof(who) / sizeof(*who); i++)
		add_word(out, who[i]);
	for (size_t i = 0; i < nfields; i++)
		add_word(out, fields[i].process_key ?: fields[i].pool_key);
	add_word(out, "bounds");
	buf_adds(out, "\r\n");
}

void csv_snapshot(struct buf *out, const struct snapshot *s)
{
	add_pool(out, s);
	for (size_t i = 0; i < s->nprocs; i++)
		add_process(out, s, &s->procs[i]);
}
