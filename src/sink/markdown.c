#include "sink/markdown.h"

#include <string.h>
#include <strings.h>
#include "base/cleanup.h"
#include "base/text.h"

/* What no sanitizer takes away, nobody sees, and no mention or reference goes on behind. */
#define BREAK "&#8203;"
/* Leaves nothing in what is copied from a page, and no address of mail goes on behind. */
#define BREAK_IN_CODE "<!-- -->"

/* ASCII alone: nothing depends on the locale. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* May it be the first of what is referred to: a letter of any script, a digit, a quote? */
static bool is_reference(char c)
{
	return is_letter(c) || is_digit(c) || (c & 0x80) || (c && strchr("\"_/{[+-", c));
}

/* Does something begin or go on with clean[at] that a forge looks for in the text that was made of Markdown, so
 * that no escape hides it? @user, #1, !1, $1, %milestone, ~label, &1, ^alert, [vulnerability:1], :+1:, https://,
 * www.example, GH-1. */
static bool is_joint(const char *clean, size_t at)
{
	if (clean[at] == '@') /* an address takes more */
		return clean[at + 1] && clean[at + 1] != ' ';
	if (!is_reference(clean[at + 1]))
		return false;
	switch (clean[at]) {
	case '#':
	case '!':
	case '$':
	case '%':
	case '~':
	case '&':
	case '^':
	case '[':
		return true;
	case ':':
		return !is_digit(clean[at + 1]);
	case '.':
		return at >= 3 && !strncasecmp(clean + at - 3, "www", 3);
	case '-':
		return at >= 2 && !strncasecmp(clean + at - 2, "gh", 2);
	default:
		return false;
	}
}

/* Where foreign text stands. */
enum place {
	PLACE_LINE, /* perhaps at the beginning of one, where a dash, a number with a dot make lists and rules */
	PLACE_CELL,
	PLACE_CODE, /* where forges look for no references, Markdown for addresses all the same */
};

/* Means nothing there: no markup, no HTML, no pipe of a table. */
static bool is_plain(const char *clean, size_t at, enum place place, bool begun)
{
	char c = clean[at];

	if (is_letter(c) || is_digit(c) || c == ' ' || (c & 0x80))
		return true;
	if (c == '.' && is_joint(clean, at)) /* www. is looked for in what is written */
		return false;
	if (place == PLACE_CODE)
		return strchr(",.;/-+=()?'\"", c);
	return (begun || place == PLACE_CELL) && strchr(",.;:/-+=()%?@#!'\"", c);
}

/* Entities, not backslashes: of those before a pipe not every reader of tables thinks the same. */
static void add_harmless(struct buf *out, const char *clean, size_t len, enum place place)
{
	bool begun = false;
	size_t i;

	for (i = 0; i < len; i++) {
		begun = begun || is_letter(clean[i]) || (clean[i] & 0x80);
		if (is_plain(clean, i, place, begun))
			buf_addc(out, clean[i]);
		else
			buf_printf(out, "&#%d;", clean[i]);
		if (place != PLACE_CODE && is_joint(clean, i))
			buf_adds(out, BREAK);
		else if (clean[i] == '@' && is_joint(clean, i))
			buf_adds(out, BREAK_IN_CODE);
	}
}

/* Bytes of the first `most` characters. */
static size_t characters(const char *clean, size_t len, size_t most)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if ((clean[i] & 0xc0) != 0x80 && n++ == most)
			break;
	}
	return i;
}

/* Cleaned, without spaces at its ends, cut. */
static void add_foreign(struct buf *out, const char *foreign, size_t most, enum place place)
{
	cleanup(buf_release) struct buf clean = { 0 };
	const char *text;
	size_t len, end;

	text_clean(&clean, foreign, strlen(foreign));
	text = clean.data ? clean.data + strspn(clean.data, " ") : "";
	len = strlen(text);
	while (len && text[len - 1] == ' ')
		len--;
	end = characters(text, len, most);
	add_harmless(out, text, end, place);
	if (end < len)
		buf_adds(out, "...");
}

void markdown_text(struct buf *out, const char *foreign)
{
	add_foreign(out, foreign, MARKDOWN_TEXT, PLACE_LINE);
}

/* An element of HTML: between backticks there are no entities. References are not looked for in it. */
void markdown_code(struct buf *out, const char *foreign)
{
	if (!foreign[strspn(foreign, " ")])
		return;
	buf_adds(out, "<code>");
	add_foreign(out, foreign, MARKDOWN_NAME, PLACE_CODE);
	buf_adds(out, "</code>");
}

void markdown_table(struct buf *out, const char *const *heads)
{
	size_t i;

	for (i = 0; heads[i]; i++)
		buf_printf(out, "| %s ", heads[i] + (*heads[i] == '<'));
	buf_adds(out, "|\n");
	for (i = 0; heads[i]; i++)
		buf_adds(out, *heads[i] == '<' ? "| :-- " : "| --: ");
	buf_adds(out, "|\n");
}

void markdown_cell(struct buf *out, const char *foreign)
{
	buf_adds(out, "| ");
	add_foreign(out, foreign, MARKDOWN_TEXT, PLACE_CELL);
	buf_addc(out, ' ');
}

void markdown_name(struct buf *out, const char *foreign)
{
	buf_adds(out, "| ");
	markdown_code(out, foreign);
	buf_addc(out, ' ');
}

void markdown_row_end(struct buf *out)
{
	buf_adds(out, "|\n");
}

bool markdown_add(struct buf *out, const struct buf *part, size_t spare)
{
	if (out->len + part->len + spare > MARKDOWN_COMMENT)
		return false;
	if (part->len)
		buf_add(out, part->data, part->len);
	return true;
}
