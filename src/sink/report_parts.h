#ifndef COWTOP_SINK_REPORT_PARTS_H
#define COWTOP_SINK_REPORT_PARTS_H

/* Parts of a report, for the report*.c and compare*.c files. */
#include "base/buf.h"
#include "base/zone.h"
#include "model/story.h"
#include "sink/plot.h"

/* "worker 3", "the master", "a helper". */
char *report_label(char out[static 32], enum role role, int slot);
/* "4711", or "gone" when it was at the end. */
#define REPORT_MASTER 32
char *report_master_pid(char out[static REPORT_MASTER], const struct story *s);
/* "09:12:03 CET" of the wall clock, with the day in front in a recording of more than one. */
char *report_clock(char out[static ZONE_TEXT], const struct story *s, figure at_s);
/* "8m20s", "0.4s". */
char *report_span(char out[static 16], figure seconds);
/* "+3.1 MiB" "-3.1 MiB" "-". */
char *report_signed(char out[static 24], figure bytes);
/* The same with its label's mark in front. */
char *report_change(char out[static 24], struct measure bytes);
/* For HTML that is written as it is: the mark, a size and MiB with it. */
const char *report_html_mark(enum label label);
char *report_html_size(char out[static 32], struct measure bytes);
char *report_html_mib(char out[static 32], struct measure bytes);
/* What rests on classes of pages and has no bounds of its own. */
struct measure report_rests(const struct story *s, figure value);
/* What a worker lost, from the first sample to the last; what it could share at most. */
struct measure report_loss(const struct story *s);
struct measure report_loss_of(const struct story_loss *l, bool estimated);
/* What everybody copied. */
struct measure report_copied_first(const struct story *s);
struct measure report_copied_last(const struct story *s);
struct measure report_ceiling(const struct story *s);
/* Is any of its figures no exact one? */
bool report_is_marked(const struct story *s);
#define REPORT_MARKS "~ an estimate, < at most, > at least: copied or new, nothing tells"
/* What the kernel copied in making huge pages, as a sentence; false: nothing. */
bool report_collapsed(struct buf *out, const struct story *s);
/* Behind how many there were: ", a worker's first copied 68.8 MiB, 14 later ones 0.1 MiB each (SD 0.2 MiB)". */
void report_collections(struct buf *out, const struct story *s);
/* Is the recording a minute long? Below that nothing is said by the minute, ... */
bool report_has_minutes(const struct story *s);
/* (nor of a part that is shorter: unknown) */
figure report_per_min(figure bytes, figure seconds);
/* ... but what a process got or copied itself in all of it: by the minute, or so. */
struct measure report_growth(const struct story *s, const struct story_process *p);
/* A line of the text with a name in front, wrapped. */
void report_line(struct buf *out, const char *name, const char *text, size_t columns);
/* The master that was followed, the last if there were several; NULL: none. */
const struct story_process *report_master(const struct story *s);
/* How many workers were followed. */
size_t report_workers(const struct story *s);

/* Points of a curve in arrays, bands stacked from below: shared, orphaned, copied (file pages too), new.
 * All but the first are private. */
struct curve {
	figure *x, *shared, *orphaned, *cow, *new, *zero;
	size_t n;
};

/* A process, or NULL: the workers on average; at most `most` points. */
void curve_of(const struct story *s, const struct story_process *p, size_t most, struct curve *ret);
void curve_release(struct curve *c);
/* The highest value of the stack; 0 when nothing is known. */
figure curve_highest(const struct curve *c);
/* The bands. */
void curve_draw(const struct plot *p, const struct curve *c);

struct plot report_plot(struct buf *out, const struct story *s, figure top, bool bytes);
void report_marks(const struct plot *p, const struct story *s);
void report_badges(const struct plot *p, const struct story *s);

/* Of what load it is, what was lost to whom, and whose faults: lines of the text. */
void report_text_load(struct buf *out, const struct story *s, size_t columns);
void report_text_loss(struct buf *out, const struct story *s, size_t columns);
void report_text_faults(struct buf *out, const struct story *s, size_t columns);
/* Who broke the pages, in the text. */
void report_text_stacks(struct buf *out, const struct story *s, size_t columns);

/* Why workers copied pages, in the text. */
void report_text_why(struct buf *out, const struct story *s, size_t columns);

/* Sections of the page. */
void report_plot_workers(struct buf *out, const struct story *s);
void report_plot_gc(struct buf *out, const struct story *s);
void report_plot_faults(struct buf *out, const struct story *s);
void report_stacks(struct buf *out, const struct story *s);
void report_why(struct buf *out, const struct story *s);
void report_maps(struct buf *out, const struct story *s);
void report_tables(struct buf *out, const struct story *s);

#endif
