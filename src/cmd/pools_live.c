#include "cmd/pools_live.h"

#include <signal.h>
#include <string.h>
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cmd/config.h"
#include "cmd/live.h"
#include "cmd/live_events.h"
#include "cmd/live_sampler.h"
#include "cmd/output.h"
#include "cmd/pools_set.h"
#include "cmd/ticks.h"
#include "tui/key_code.h"
#include "tui/pool_view.h"
#include "tui/terminal.h"

/* What the budget earns in so many seconds can be spent on the first look at all pools. */
#define SAVED_S 20
#define KEYS_AT_ONCE 64

struct list {
	const struct pools_live *set;
	struct procfs fs;
	struct pools_set pools; /* the thread's, while the sampler is asked */
	struct sampler *sampler;
	struct live_frame *frame; /* what the model borrows from */
	struct ui ui;
	struct ui_model model;
	struct cells cells;
	struct events events;
	struct ticks ticks;
	int64_t cpu_ns, wall_ns; /* at the look before */
	bool busy;               /* the sampler was asked, and has not answered */
	bool open;               /* the selected pool is to be opened, as soon as it is not busy */
	bool changed, leave;
	struct err err;
};

/* A message as the views take it: clean, and cut between characters. */
static void set_line(char line[static 128], const char *message)
{
	cleanup(buf_release) struct buf clean = { .limit = 127 };

	text_clean(&clean, message, strlen(message));
	memcpy(line, clean.data ?: "", clean.len + 1);
}

/* ---- the thread */

static void add_row(struct pool_list *to, const struct pools_one *o)
{
	static const char idle[] = "no worker now; it stays in the list as long as its master lives";
	struct proc_key key = { o->target.master, o->target.start_ticks };
	struct pool_row *r = pool_list_add(to, key, o->shown ? &o->snap : NULL);
	const char *about;

	for (int i = 0; i < POOL_TREND_MAX; i++)
		r->trend[i] = o->copied[POOLS_TREND - POOL_TREND_MAX + i];
	about = *o->err.msg ? o->err.msg : *r->about || o->snap.pool.workers != 0 ? NULL : idle;
	if (about) {
		free(r->about);
		r->about = xstrdup(about);
	}
}

static void make(void *data, const struct wish *wish, struct live_frame *f)
{
	struct list *l = data;
	struct pool_list *to = xcalloc(1, sizeof(*to));

	f->kind = LIVE_FRAME_SAMPLE;
	f->pools = to;
	to->time_ns = clock_ns(CLOCK_REALTIME);
	pools_set_least(&l->pools);
	/* Once there was a list it goes on with those that are known. */
	if (pools_set_find(&l->pools, &l->fs, &f->err) < 0) {
		f->kind = l->pools.n ? LIVE_FRAME_SAMPLE : LIVE_FRAME_FAILED;
		set_line(to->problem, f->err.msg);
	}
	to->some_hidden = l->pools.some_hidden;
	pools_set_look(&l->pools, &l->fs);
	for (size_t i = 0; i < l->pools.n; i++)
		if (l->pools.items[i].shown)
			add_row(to, &l->pools.items[i]);
	f->least_ns = pools_set_least(&l->pools);
}

static int no_space(void *data, pid_t pid, struct address_space *ret, struct err *err)
{
	return err_set(err, STATUS_FAILED, "no address space of a list");
}

static struct live_stacks *no_stacks(void *data, const struct stacks_wish *wish)
{
	return NULL;
}

/* ---- looks */

static void ask(struct list *l)
{
	static const struct wish next = { .kind = WISH_NEXT };

	l->busy |= sampler_ask(l->sampler, &next);
}

static void measure_self(struct list *l, struct pool_list *to)
{
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), wall = clock_now();

	to->own_cpu = l->wall_ns ? (figure)(cpu - l->cpu_ns) / (figure)(wall - l->wall_ns) : UNKNOWN;
	to->budget = l->set->share;
	l->cpu_ns = cpu;
	l->wall_ns = wall;
}

static void settle(struct list *l)
{
	pool_view_settle(&l->ui, &l->model);
	l->changed = true;
}

static void receive(struct list *l)
{
	struct live_frame *f = sampler_take(l->sampler);

	if (!f)
		return;
	l->busy = false;
	if (f->kind == LIVE_FRAME_FAILED) {
		l->err = f->err;
		l->leave = true;
		live_frame_free(f);
		return;
	}
	measure_self(l, f->pools);
	l->ticks.least_ns = f->least_ns;
	f->pools->least_s = (figure)f->least_ns / SECOND;
	l->model.pools = f->pools;
	memcpy(l->model.status, f->pools->problem, sizeof(l->model.status));
	live_frame_free(l->frame);
	l->frame = f;
	settle(l);
}

static void start_ticks(struct list *l)
{
	int64_t least = l->ticks.least_ns;

	ticks_start(&l->ticks, (int64_t)(l->ui.interval_s * SECOND), 0);
	l->ticks.least_ns = least;
	events_arm(&l->events, l->ticks.next_ns);
}

static void tick(struct list *l)
{
	ask(l);
	events_arm(&l->events, ticks_next(&l->ticks));
}

/* ---- the screen, and its being lent to the view of one pool */

static int take_screen(struct list *l, struct err *err)
{
	struct config kept;

	config_load(&kept);
	if (terminal_open(l->set->mouse && !kept.no_mouse, err) < 0)
		return -1;
	l->ui.ascii = l->cells.ascii = !terminal_utf8();
	if (events_open(&l->events, err) < 0)
		return -1;
	return events_watch(&l->events, sampler_fd(l->sampler), err);
}

static void give_screen(struct list *l)
{
	terminal_close();
	events_close(&l->events);
}

/* The thread stands still: its pool is ours as long as it is not asked. */
static void open_pool(struct list *l)
{
	struct pools_one *o = pools_set_one(&l->pools, l->ui.selected.pid, l->ui.selected.start_ticks);
	struct live_end end = { 0 };
	struct live_setup setup = {
		.fs = &l->fs,
		.interval_ns = 0,
		.color = l->set->color,
		.mouse = l->set->mouse,
		.zone = l->set->zone,
		.nested = true,
	};
	struct fail_if none = { 0 };
	struct err err = { 0 };

	l->open = false;
	if (!o || !o->live) {
		ui_say(&l->ui, o ? "this pool cannot be read" : "this pool has gone");
		l->changed = true;
		return;
	}
	setup.live = o->live;
	setup.target = &o->target;
	setup.fail_if = &none;
	give_screen(l);
	/* One that has gone meanwhile, or cannot be read any more, is no reason to leave the others. */
	if (live_run(&setup, &end, &err) < 0)
		set_line(l->ui.message, err.msg);
	if (end.left_behind)
		output_leave(&err);
	if (end.stopped || take_screen(l, &l->err) < 0) {
		l->leave = true;
		return;
	}
	l->wall_ns = 0;
	start_ticks(l);
	settle(l);
}

static void suspend(struct list *l)
{
	terminal_pause();
	events_stop_here();
	l->changed = true;
}

static void bring_about(struct list *l, enum ui_effect effect)
{
	switch (effect) {
	case EFFECT_OPEN:
		l->open = true;
		break;
	case EFFECT_SAMPLE:
		ask(l);
		break;
	case EFFECT_INTERVAL:
		start_ticks(l);
		break;
	case EFFECT_REPAINT:
		terminal_repaint();
		break;
	case EFFECT_SUSPEND:
		suspend(l);
		break;
	case EFFECT_QUIT:
		l->leave = true;
		break;
	default:
		break;
	}
}

/* True: more may wait where epoll does not see them. */
static bool read_keys(struct list *l)
{
	int code, n;

	for (n = 0; n < KEYS_AT_ONCE && !l->leave && !l->open && (code = terminal_key()); n++) {
		if (code == KEY_CODE_CLICK)
			l->ui.clicked = terminal_clicked(&l->cells);
		bring_about(l, pool_view_key(&l->ui, &l->model, code));
		settle(l);
	}
	return n == KEYS_AT_ONCE;
}

static void read_signals(struct list *l)
{
	int sig;

	l->changed = true;
	while ((sig = events_signal(&l->events))) {
		if (sig == SIGTSTP)
			suspend(l);
		else if (sig == SIGCONT)
			terminal_pause();
		else if (sig != SIGWINCH)
			l->leave = true;
	}
}

static void draw(struct list *l)
{
	terminal_size(&l->ui.rows, &l->ui.columns);
	settle(l);
	l->changed = false;
	pool_view_draw(&l->model, &l->ui, &l->cells);
	terminal_draw(&l->cells, l->ui.mono);
}

static void loop(struct list *l)
{
	bool more_keys = false;
	unsigned int wake;

	l->changed = true;
	while (!l->leave) {
		if (l->open && !l->busy)
			open_pool(l);
		if (l->leave)
			break;
		if (l->changed)
			draw(l);
		wake = events_wait(&l->events, !more_keys) | (more_keys ? WAKE_KEYS : 0);
		if (wake & WAKE_SIGNAL)
			read_signals(l);
		if (wake & WAKE_FRAME)
			receive(l);
		if ((wake & WAKE_TICK) && !l->open)
			tick(l);
		if (wake & WAKE_KEYS)
			more_keys = read_keys(l);
		l->leave |= (wake & WAKE_HANGUP) != 0;
	}
}

static int run(struct list *l, struct err *err)
{
	const struct frame_maker maker = { l, make, no_space, no_stacks };
	int e = procfs_open(&l->fs, "/proc");

	if (e < 0)
		return err_errno(err, STATUS_FAILED, -e, "cannot open /proc");
	ticks_guard();
	if (sampler_start(&maker, &l->sampler, err) < 0 || take_screen(l, err) < 0)
		return -1;
	start_ticks(l);
	loop(l);
	if (!l->err.msg[0])
		return 0;
	*err = l->err;
	return -1;
}

int pools_live_run(const struct pools_live *set, struct err *err)
{
	struct list l = {
		.set = set,
		.fs = { .fd = -1 },
		.pools = { .keep = true, .skip = true, .share = set->share, .saved_s = SAVED_S },
		.events = { -1, -1, -1 },
	};
	int r;

	pool_view_init(&l.ui);
	ui_model_init(&l.model);
	l.ui.mono = !set->color;
	l.ui.zone = set->zone;
	l.ui.interval_s = (double)set->interval_ns / SECOND;
	r = run(&l, err);
	give_screen(&l);
	/* It uses what is released now. */
	if (!sampler_stop(l.sampler))
		output_leave(r < 0 ? err : NULL);
	live_frame_free(l.frame);
	ui_model_release(&l.model);
	cells_release(&l.cells);
	pools_set_release(&l.pools);
	procfs_release(&l.fs);
	return r;
}
