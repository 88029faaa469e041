/* Numbers found by a hash of what is in their elements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/cleanup.h"
#include "base/hash.h"

#define MANY 20000

static size_t tried;

/* The number of an element that is its own contents; -1: it is not there. */
static int64_t find(const struct hash *h, uint64_t hash, uint32_t wanted)
{
	size_t step = 0;
	uint32_t i;

	while (hash_next(h, hash, &step, &i)) {
		tried++;
		if (i == wanted)
			return i;
	}
	return -1;
}

static void test_hash__has_what_was_added(void **state)
{
	cleanup(hash_release) struct hash h = { 0 };

	assert_int_equal(find(&h, hash_mix(0, 7), 7), -1);
	for (uint32_t i = 0; i < MANY; i++)
		hash_add(&h, hash_mix(0, i), i);
	tried = 0;
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(find(&h, hash_mix(0, i), i), i);
	/* of numbers in a row hardly any two have the same hash */
	assert_true(tried < MANY + MANY / 100);
	for (uint32_t i = MANY; i < 2 * MANY; i++)
		assert_int_equal(find(&h, hash_mix(0, i), i), -1);
	assert_true(h.size >= 2 * MANY && h.size <= 4 * MANY);
	hash_clear(&h);
	assert_int_equal(find(&h, hash_mix(0, 7), 7), -1);
	hash_add(&h, hash_mix(0, 7), 7);
	assert_int_equal(find(&h, hash_mix(0, 7), 7), 7);
}

static void test_hash__of_equal_ones_gives_all(void **state)
{
	cleanup(hash_release) struct hash h = { 0 };

	for (uint32_t i = 0; i < 500; i++)
		hash_add(&h, 3, i);
	for (uint32_t i = 0; i < 500; i++)
		assert_int_equal(find(&h, 3, i), i);
	assert_int_equal(find(&h, 3, 500), -1);
	assert_int_equal(find(&h, 4, 0), -1);
}

/* Length and place of each byte count, and where the bytes lie does not. */
static void test_hash__of_bytes(void **state)
{
	char text[64] = "abcdefghijklmnopqrstuvwxyz", moved[64];
	uint64_t seen[32];

	memcpy(moved + 1, text, 27);
	for (size_t len = 0; len <= 26; len++) {
		seen[len] = hash_bytes(1, text, len);
		assert_true(seen[len] == hash_bytes(1, moved + 1, len));
		for (size_t k = 0; k < len; k++) {
			assert_true(seen[k] != seen[len]);
			text[k] ^= 1;
			assert_true(hash_bytes(1, text, len) != seen[len]);
			text[k] ^= 1;
		}
	}
	assert_true(hash_bytes(1, "\0", 1) != hash_bytes(1, "", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash__has_what_was_added),
		cmocka_unit_test(test_hash__of_equal_ones_gives_all),
		cmocka_unit_test(test_hash__of_bytes),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
