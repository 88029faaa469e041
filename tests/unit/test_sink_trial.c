/* What cowtop try prints for people and for programs, of scenes with known truth. */
#include "lib/golden.h"
#include "lib/plain_text.h"
#include "lib/text_asserts.h"
#include "lib/trial_scene.h"
#include "sink/trial.h"

static struct scene scene;

static void say(const char *name, struct buf *text)
{
	assert_true(scene_named(&scene, name));
	trial_text(text, &scene.trial, 80);
	scene_release(&scene);
	assert_plain_text(text);
}

static void test_trial__golden(void **state)
{
	cleanup(buf_release) struct buf text = { 0 }, json = { 0 };

	say("five", &text);
	golden_check("trial-80.txt", &text);
	assert_true(scene_named(&scene, "five"));
	trial_json(&json, &scene.trial);
	scene_release(&scene);
	golden_check("trial.json", &json);
}

/* One run of each: no interval, no verdict, and that is said. */
static void test_trial__one_run(void **state)
{
	cleanup(buf_release) struct buf text = { 0 };

	say("single", &text);
	assert_has(&text, "1 run of each");
	assert_has(&text, "--runs 3");
	assert_has(&text, "cannot be told");
	assert_lacks(&text, "better");
	assert_lacks(&text, "95 %");
}

/* Nothing can be read: dashes, and no verdict. */
static void test_trial__unknown(void **state)
{
	cleanup(buf_release) struct buf text = { 0 };

	say("unknown", &text);
	assert_has(&text, "cannot be told");
	assert_lacks(&text, "better");
	assert_lacks(&text, "nan");
}

/* Foreign bytes do nothing, long names are cut. */
static void test_trial__hostile(void **state)
{
	cleanup(buf_release) struct buf text = { 0 }, json = { 0 };

	say("hostile", &text);
	assert_lacks(&text, "\x1b");
	assert_true(scene_named(&scene, "hostile"));
	trial_json(&json, &scene.trial);
	scene_release(&scene);
	assert_lacks(&json, "\x1b");
}

static void test_trial__many(void **state)
{
	cleanup(buf_release) struct buf text = { 0 };

	say("many", &text);
	assert_has(&text, "1 run of each");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trial__golden),  cmocka_unit_test(test_trial__one_run),
		cmocka_unit_test(test_trial__unknown), cmocka_unit_test(test_trial__hostile),
		cmocka_unit_test(test_trial__many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
