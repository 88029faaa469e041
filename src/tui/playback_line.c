#include "tui/playback_line.h"

#include <stdio.h>
#include "base/clock.h"
#include "base/units.h"

#define STATE 11 /* columns: the bar stays where it is */
#define BAR_LEAST 8
#define NARROW 60 /* below this only the sample's number */

/* What the bar is made of. */
enum piece { PIECE_GONE, PIECE_LEFT, PIECE_MARK, PIECE_HERE, PIECES };

static const struct {
	const char *glyph, *ascii;
	enum paint paint;
} pieces[PIECES] = {
	[PIECE_GONE] = { "━", "=", PAINT_LABEL },
	[PIECE_LEFT] = { "─", "-", PAINT_DIM },
	[PIECE_MARK] = { "┼", "+", PAINT_WARN },
	[PIECE_HERE] = { "┃", "|", PAINT_TITLE },
};

static int draw_state(const struct playback *p, struct cells *c, int row)
{
	static const struct {
		const char *word;
		enum paint paint;
	} states[] = {
		[PLAYBACK_PAUSED] = { " PAUSED ", PAINT_ALERT },
		[PLAYBACK_PLAYING] = { " PLAYING ", PAINT_GOOD },
		[PLAYBACK_FOLLOWING] = { " FOLLOWING ", PAINT_GOOD },
		[PLAYBACK_AT_END] = { " END ", PAINT_ALERT },
	};
	enum playback_state state = playback_state(p);

	cells_print(c, row, 0, c->columns, states[state].paint, states[state].word);
	return STATE;
}

static int column_of(const struct playback *p, int64_t time_ns, int columns)
{
	double whole = (double)p->last_ns - (double)p->first_ns;
	double gone = (double)time_ns - (double)p->first_ns;

	if (whole <= 0 || gone <= 0)
		return 0;
	return gone >= whole ? columns - 1 : (int)(gone / whole * (columns - 1));
}

static void put(struct cells *c, int row, int column, int n, enum piece piece)
{
	cells_fill(c, row, column, n, pieces[piece].paint,
		   c->ascii ? pieces[piece].ascii : pieces[piece].glyph);
}

static void draw_bar(const struct playback *p, struct cells *c, int row, int at, int columns)
{
	int here = column_of(p, p->time_ns, columns);

	put(c, row, at, here, PIECE_GONE);
	put(c, row, at + here, columns - here, PIECE_LEFT);
	for (size_t i = 0; i < p->nmarks; i++)
		put(c, row, at + column_of(p, p->marks[i].time_ns, columns), 1, PIECE_MARK);
	put(c, row, at + here, 1, PIECE_HERE);
}

void playback_draw(const struct playback *p, struct cells *c, int row)
{
	char text[96], speed[16], gone[16], whole[16];
	int at = draw_state(p, c, row), n;

	n = snprintf(text, sizeof(text), "%llu", (unsigned long long)(p->last - p->first + 1));
	n = snprintf(text, sizeof(text), " %-5s %*llu of %llu", playback_speed(speed, p), n,
		     (unsigned long long)(p->number - p->first + 1),
		     (unsigned long long)(p->last - p->first + 1));
	if (c->columns >= NARROW)
		snprintf(text + n, sizeof(text) - (size_t)n, "  %6s of %s",
			 units_format_age(gone, (double)(p->time_ns - p->first_ns) / SECOND),
			 units_format_age(whole, (double)(p->last_ns - p->first_ns) / SECOND));
	at += cells_print(c, row, at, c->columns - at, PAINT_PLAIN, text);
	if (p->damaged)
		at += cells_print(c, row, at, c->columns - at, PAINT_BAD, "  damaged");
	at += 2;
	if (c->columns - at >= BAR_LEAST)
		draw_bar(p, c, row, at, c->columns - at);
}
