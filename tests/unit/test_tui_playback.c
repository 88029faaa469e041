/* A replay without a recording: its clock, its marks, its keys, and what of it is on the screen. */
#include "unit/tui_stage.h"

#define MS INT64_C(1000000)
#define S (1000 * MS)

static void test_playback__pace(void **state)
{
	struct playback p = { .playing = true };
	char text[16];
	int i;

	playback_anchor(&p, 500 * S, 10 * S);
	assert_int_equal(playback_due(&p, 500 * S), 10 * S);
	assert_int_equal(playback_due(&p, 502 * S), 12 * S);
	assert_int_equal(playback_due(&p, 499 * S), 10 * S);
	assert_string_equal(playback_speed(text, &p), "1x");

	/* Twice as fast from the middle between two samples on: the second half takes half the time. */
	assert_true(playback_faster(&p, 1, 11 * S));
	assert_string_equal(playback_speed(text, &p), "2x");
	assert_int_equal(playback_due(&p, 502 * S), 11 * S + 500 * MS);
	assert_true(playback_faster(&p, -1, 11 * S));
	assert_true(playback_faster(&p, -1, 11 * S));
	assert_string_equal(playback_speed(text, &p), "1/2x");
	assert_int_equal(playback_due(&p, 502 * S), 13 * S);

	for (i = 0; playback_faster(&p, 1, 11 * S); i++)
		;
	assert_int_equal(i, PLAYBACK_FASTEST + 1);
	assert_string_equal(playback_speed(text, &p), "1024x");
	for (i = 0; playback_faster(&p, -1, 11 * S); i++)
		;
	assert_int_equal(i, PLAYBACK_FASTEST - PLAYBACK_SLOWEST);
	assert_string_equal(playback_speed(text, &p), "1/8x");

	/* Times that no recorder writes. */
	playback_anchor(&p, INT64_MIN, 10 * S);
	assert_true(playback_due(&p, INT64_MAX) == INT64_MAX);
	playback_anchor(&p, INT64_MAX, 10 * S);
	assert_int_equal(playback_due(&p, INT64_MIN), 10 * S);
}

static void test_playback__state(void **state)
{
	struct playback p = { 0 };

	assert_int_equal(playback_state(&p), PLAYBACK_PAUSED);
	p.playing = true;
	assert_int_equal(playback_state(&p), PLAYBACK_PLAYING);
	p.at_end = true;
	assert_int_equal(playback_state(&p), PLAYBACK_FOLLOWING);
	p.playing = false;
	assert_int_equal(playback_state(&p), PLAYBACK_PAUSED);
	p.over = true;
	assert_int_equal(playback_state(&p), PLAYBACK_AT_END);
}

static void give_marks(struct playback *p)
{
	static const struct playback_mark marks[] = {
		{ FIXTURE_BEGIN + 60 * FIXTURE_SECOND, (char *)"later \x1b[31m" },
		{ FIXTURE_BEGIN + 20 * FIXTURE_SECOND, (char *)"deploy" },
		{ FIXTURE_BEGIN + 95 * FIXTURE_SECOND + MS, (char *)"3000 requests" },
	};
	struct playback_mark *to = xcalloc(3, sizeof(*to));
	size_t i;

	for (i = 0; i < 3; i++)
		to[i] = (struct playback_mark){ marks[i].time_ns, xstrdup(marks[i].text) };
	playback_set_marks(p, to, 3);
}

/* To a mark is to the first sample not before it: so from there the one before is really before. */
static void test_playback__marks(void **state)
{
	cleanup(playback_release) struct playback p = { .time_ns = FIXTURE_BEGIN };

	assert_null(playback_mark(&p, 1));
	give_marks(&p);
	assert_null(playback_mark(&p, -1));
	assert_string_equal(playback_mark(&p, 1)->text, "deploy");
	p.time_ns = FIXTURE_BEGIN + 20 * FIXTURE_SECOND;
	p.before_ns = p.time_ns - FIXTURE_SECOND;
	assert_string_equal(playback_mark(&p, 1)->text, "later \x1b[31m");
	assert_null(playback_mark(&p, -1));
	p.time_ns = FIXTURE_BEGIN + 96 * FIXTURE_SECOND;
	p.before_ns = p.time_ns - FIXTURE_SECOND;
	assert_null(playback_mark(&p, 1));
	assert_string_equal(playback_mark(&p, -1)->text, "later \x1b[31m");
	p.before_ns = p.time_ns;
	assert_string_equal(playback_mark(&p, -1)->text, "3000 requests");
}

/* ---- on the stage */

static void begin(struct stage *st, struct playback *p, int rows, int columns)
{
	stage_day(st, rows, columns);
	*p = (struct playback){
		.number = 1101,
		.first = 1000,
		.last = 4600,
		.first_ns = FIXTURE_BEGIN,
		.last_ns = FIXTURE_BEGIN + 240 * FIXTURE_SECOND,
		.time_ns = st->sample.time_ns,
		.before_ns = st->sample.time_ns - FIXTURE_SECOND,
	};
	give_marks(p);
	st->m.playback = p;
}

static void test_replay__golden(void **state)
{
	static const int sizes[][2] = { { 24, 80 }, { 50, 160 }, { 10, 40 } };
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		cleanup(playback_release) struct playback p = { 0 };
		cleanup(stage_end) struct stage st;
		int rows = sizes[i][0], columns = sizes[i][1];

		begin(&st, &p, rows, columns);
		snprintf(name, sizeof(name), "replay-paused-%dx%d", columns, rows);
		stage_golden(&st, name);
		p.playing = p.damaged = true;
		p.speed = 6;
		stage_key(&st, 'l');
		snprintf(name, sizeof(name), "replay-events-%dx%d", columns, rows);
		stage_golden(&st, name);
	}
}

static void test_replay__golden_of_states(void **state)
{
	cleanup(playback_release) struct playback p = { 0 };
	cleanup(stage_end) struct stage st;

	begin(&st, &p, 24, 80);
	st.ui.ascii = true;
	p.number = p.last;
	p.time_ns = p.last_ns;
	p.at_end = p.playing = true;
	stage_golden(&st, "replay-following-80x24");
	p.over = true;
	st.ui.ascii = false;
	stage_key(&st, '?');
	stage_golden(&st, "replay-end-80x24");
	st.ui.ask = ASK_NONE;
	stage_key(&st, 'b');
	stage_type(&st, "+10m");
	stage_golden(&st, "replay-ask-80x24");
}

/* A page map is as old as the last one that was recorded; one of the sample shown needs no word. */
static void test_replay__age_of_page_maps(void **state)
{
	cleanup(playback_release) struct playback p = { 0 };
	cleanup(buf_release) struct buf out = { 0 };
	cleanup(stage_end) struct stage st;
	static const int letters[] = { 'p', 'v' };
	size_t i;

	begin(&st, &p, 24, 80);
	for (i = 0; i < 2; i++) {
		stage_key(&st, letters[i]);
		st.space.time_ns = st.sample.time_ns;
		assert_null(strstr(stage_text(&st, &out), "recorded"));
		st.space.time_ns -= 30 * FIXTURE_SECOND;
		assert_non_null(strstr(stage_text(&st, &out), "as it was recorded at 09:01:11"));
	}
}

static void test_replay__keys(void **state)
{
	static const struct {
		int code;
		enum ui_effect effect;
	} keys_of_time[] = {
		{ ' ', EFFECT_PLAY },        { 'z', EFFECT_PLAY },
		{ 't', EFFECT_PLAY_NEXT },   { 'T', EFFECT_PLAY_BEFORE },
		{ 'r', EFFECT_PLAY_FIRST },  { 'Z', EFFECT_PLAY_LAST },
		{ ']', EFFECT_PLAY_FASTER }, { '[', EFFECT_PLAY_SLOWER },
		{ '}', EFFECT_PLAY_MARK },   { '{', EFFECT_PLAY_MARK_BEFORE },
	};
	cleanup(playback_release) struct playback p = { 0 };
	cleanup(stage_end) struct stage st;
	size_t i;

	begin(&st, &p, 24, 80);
	for (i = 0; i < sizeof(keys_of_time) / sizeof(*keys_of_time); i++)
		assert_int_equal(stage_key(&st, keys_of_time[i].code), keys_of_time[i].effect);
	/* Nothing of it is the past that a pool's view remembers. */
	assert_int_equal(st.ui.at, 0);
	assert_int_equal(st.ui.ntagged, 0);
	assert_int_equal(stage_key(&st, 'i'), EFFECT_NONE);
	assert_int_equal(st.ui.ask, ASK_NONE);
	stage_key(&st, 'u');
	assert_int_equal(st.ui.ntagged, 1);

	assert_int_equal(stage_key(&st, 'b'), EFFECT_NONE);
	assert_int_equal(st.ui.ask, ASK_PLAY_TIME);
	stage_type(&st, "-5m");
	assert_int_equal(stage_key(&st, KEY_CODE_ENTER), EFFECT_PLAY_TIME);
	assert_string_equal(st.ui.line, "-5m");
	stage_key(&st, 'b');
	assert_int_equal(stage_key(&st, KEY_CODE_ENTER), EFFECT_NONE);
	assert_int_equal(stage_key(&st, 'q'), EFFECT_QUIT);
}

/* A pool has none of these keys. */
static void test_replay__keys_of_a_pool(void **state)
{
	cleanup(stage_end) struct stage st;

	stage_day(&st, 24, 80);
	assert_int_equal(stage_key(&st, '}'), EFFECT_NONE);
	assert_int_equal(stage_key(&st, ']'), EFFECT_NONE);
	assert_int_equal(stage_key(&st, ' '), EFFECT_NONE);
	assert_int_equal(st.ui.ntagged, 1);
	assert_int_equal(stage_key(&st, 'z'), EFFECT_NONE);
	assert_true(st.ui.paused);
}

/* What is remembered is what was before the sample, there where it jumped to. */
static void test_replay__jump(void **state)
{
	cleanup(playback_release) struct playback p = { 0 };
	cleanup(stage_end) struct stage st;
	struct timeline *history = timeline_new(TIMELINE_BYTES);
	struct sample s;
	int i;

	begin(&st, &p, 24, 80);
	assert_int_equal(timeline_last(st.m.timeline), 102);
	for (i = 0; i < 3; i++) {
		stage_day_at(&s, 40 + i);
		stage_take(&st, &s, stage_day_groups);
		timeline_add(history, &st.snap);
	}
	ui_model_jump(&st.m, history);
	stage_day_at(&s, 43);
	stage_take(&st, &s, stage_day_groups);
	assert_int_equal(timeline_last(st.m.timeline), 4);
	assert_int_equal(timeline_at(st.m.timeline, 1)->time_ns, FIXTURE_BEGIN + 40 * FIXTURE_SECOND);
	assert_int_equal(st.m.shown->facts->time_ns, FIXTURE_BEGIN + 43 * FIXTURE_SECOND);
	stage_draw(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_playback__pace),
		cmocka_unit_test(test_playback__state),
		cmocka_unit_test(test_playback__marks),
		cmocka_unit_test(test_replay__golden),
		cmocka_unit_test(test_replay__golden_of_states),
		cmocka_unit_test(test_replay__age_of_page_maps),
		cmocka_unit_test(test_replay__keys),
		cmocka_unit_test(test_replay__keys_of_a_pool),
		cmocka_unit_test(test_replay__jump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
