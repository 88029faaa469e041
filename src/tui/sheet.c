#include "tui/sheet.h"

#include <stdlib.h>
#include "base/alloc.h"

struct paragraph {
	char *name, *text; /* NULL: none */
	int indent;        /* of the text */
	bool head;         /* of a part */
	bool wrapped;      /* as many lines as it takes, not one */
	enum paint name_paint, paint;
	sheet_fn *draw; /* instead of a text */
	const void *of;
	int i;
};

static struct paragraph *new_paragraph(struct sheet *s)
{
	vec_room(&s->paragraphs, s->n, &s->cap);
	s->paragraphs[s->n] = (struct paragraph){ 0 };
	return &s->paragraphs[s->n++];
}

void sheet_release(struct sheet *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->paragraphs[i].name);
		free(s->paragraphs[i].text);
	}
	free(s->paragraphs);
	*s = (struct sheet){ 0 };
}

void sheet_say(struct sheet *s, enum paint paint, const char *text)
{
	struct paragraph *g = new_paragraph(s);

	g->text = xstrdup(text);
	g->paint = paint;
}

void sheet_head(struct sheet *s, const char *text)
{
	sheet_say(s, PAINT_LABEL, text);
	s->paragraphs[s->n - 1].head = true;
}

void sheet_blank(struct sheet *s)
{
	sheet_say(s, PAINT_PLAIN, "");
}

void sheet_wrap(struct sheet *s, int indent, enum paint paint, const char *foreign)
{
	struct paragraph *g = new_paragraph(s);

	g->text = xstrdup(foreign);
	g->paint = paint;
	g->indent = indent;
	g->wrapped = true;
}

void sheet_entry(struct sheet *s, int indent, enum paint name_paint, const char *name, enum paint paint,
		 const char *foreign)
{
	sheet_wrap(s, indent, paint, foreign);
	s->paragraphs[s->n - 1].name = xstrdup(name);
	s->paragraphs[s->n - 1].name_paint = name_paint;
}

void sheet_add(struct sheet *s, sheet_fn *draw, const void *of, int i)
{
	struct paragraph *g = new_paragraph(s);

	g->draw = draw;
	g->of = of;
	g->i = i;
}

static int lines_of(const struct paragraph *g, const struct page *p)
{
	return g->name    ? page_entry_lines(p, g->indent, g->text) :
	       g->wrapped ? page_wrap_lines(p, g->indent, g->text) :
			    1;
}

int sheet_lines(const struct sheet *s, const struct page *p)
{
	int lines = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		lines += lines_of(&s->paragraphs[i], p);
	return lines;
}

int sheet_next_head(const struct sheet *s, const struct page *p, int line, int by)
{
	int at = 0, found = -1;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->paragraphs[i].head && by > 0 && at > line)
			return at;
		if (s->paragraphs[i].head && by < 0 && at < line)
			found = at;
		at += lines_of(&s->paragraphs[i], p);
	}
	return found;
}

void sheet_draw(const struct sheet *s, struct page *p)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct paragraph *g = &s->paragraphs[i];

		if (g->draw)
			g->draw(p, page_line(p), g->of, g->i);
		else if (g->name)
			page_entry(p, g->indent, g->name_paint, g->name, g->paint, g->text);
		else if (g->wrapped)
			page_wrap(p, g->indent, g->paint, g->text);
		else
			page_say(p, g->paint, g->text);
	}
}
