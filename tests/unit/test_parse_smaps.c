#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "parse/smaps.h"

#define HEADER "55bdadabf000-7fff87f42000 ---p 00000000 00:00 0                          [rollup]\n"

static int parse(const char *text, struct smaps_totals *ret)
{
	return parse_smaps(text, strlen(text), ret);
}

static void test_smaps__reads_a_rollup(void **state)
{
	struct smaps_totals t;

	assert_int_equal(parse(HEADER "Rss:                1700 kB\n"
				      "Pss:                 407 kB\n"
				      "Pss_Dirty:           999 kB\n"
				      "Pss_Anon:            112 kB\n"
				      "Pss_File:            295 kB\n"
				      "Pss_Shmem:             3 kB\n"
				      "Shared_Clean:       1468 kB\n"
				      "Shared_Dirty:          4 kB\n"
				      "Private_Clean:       120 kB\n"
				      "Private_Dirty:       108 kB\n"
				      "Referenced:         1701 kB\n"
				      "Anonymous:            96 kB\n"
				      "KSM:                   8 kB\n"
				      "LazyFree:             77 kB\n"
				      "AnonHugePages:      2048 kB\n"
				      "Shared_Hugetlb:     4096 kB\n"
				      "Private_Hugetlb:    6144 kB\n"
				      "Swap:                 12 kB\n"
				      "SwapPss:               6 kB\n"
				      "Locked:               55 kB\n",
			       &t),
			 0);
	assert_int_equal(t.rss, 1700 * 1024);
	assert_int_equal(t.pss, 407 * 1024);
	assert_int_equal(t.pss_anon, 112 * 1024);
	assert_int_equal(t.pss_file, 295 * 1024);
	assert_int_equal(t.pss_shmem, 3 * 1024);
	assert_int_equal(t.shared_clean, 1468 * 1024);
	assert_int_equal(t.shared_dirty, 4 * 1024);
	assert_int_equal(t.private_clean, 120 * 1024);
	assert_int_equal(t.private_dirty, 108 * 1024);
	assert_int_equal(t.anonymous, 96 * 1024);
	assert_int_equal(t.ksm, 8 * 1024);
	assert_int_equal(t.anon_huge, 2048 * 1024);
	assert_int_equal(t.shared_hugetlb, 4096 * 1024);
	assert_int_equal(t.private_hugetlb, 6144 * 1024);
	assert_int_equal(t.swap, 12 * 1024);
	assert_int_equal(t.swap_pss, 6 * 1024);
}

static void test_smaps__missing_keys_are_absent(void **state)
{
	struct smaps_totals t;

	assert_int_equal(parse(HEADER "Rss: 4 kB\nPss: 0 kB\n", &t), 0);
	assert_int_equal(t.rss, 4096);
	assert_int_equal(t.pss, 0);
	assert_true(t.pss_anon == ABSENT);
	assert_true(t.ksm == ABSENT);
	assert_true(t.swap == ABSENT);
	assert_true(t.private_hugetlb == ABSENT);
}

static void test_smaps__sums_mappings(void **state)
{
	struct smaps_totals t;

	assert_int_equal(parse("00400000-0041f000 r--p 00000000 fe:00 247970  /tmp/Rss:   5 kB\n"
			       "Size: 124 kB\n"
			       "Rss:  100 kB\n"
			       "Swap:   1 kB\n"
			       "THPeligible:    0\n"
			       "ProtectionKey:  0\n"
			       "VmFlags: rd mr mw me sd \n"
			       "ffffffffff600000-ffffffffff601000 --xp 00000000 0:0 0 [vsyscall]\n"
			       "Rss:   20 kB\n"
			       "Swap:   2 kB\n",
			       &t),
			 0);
	assert_int_equal(t.rss, 120 * 1024);
	assert_int_equal(t.swap, 3 * 1024);
}

static void test_smaps__nothing_is_refused(void **state)
{
	struct smaps_totals t;

	assert_int_equal(parse("", &t), -1);
	assert_int_equal(parse(HEADER, &t), -1);
	assert_int_equal(parse(HEADER "Pss: 1 kB\n", &t), -1);
}

static void test_smaps__malformed_is_refused(void **state)
{
	static const char *const bad[] = {
		HEADER "Rss: 4 kB\nPss: 4\n",
		HEADER "Rss: 4 kB\nPss: 4 MB\n",
		HEADER "Rss: 4 kB\nPss: 4 kB \n",
		HEADER "Rss: 4 kB\nPss: -4 kB\n",
		HEADER "Rss: 4 kB\nPss: kB\n",
		HEADER "Rss: 4 kB\nPss: 0x4 kB\n",
		HEADER "Rss: 4 kB\nPss\n",
		HEADER "Rss: 4 kB\n\nPss: 4 kB\n",
		HEADER "Rss: 9007199254740992 kB\n",
		HEADER "Rss: 9007199254740991 kB\nRss: 1 kB\n",
		HEADER "Rss: 18446744073709551616 kB\n",
		HEADER "Rss: 4 kB\nPss: 4 k",
	};
	struct smaps_totals t;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		t.rss = 12345;
		if (parse(bad[i], &t) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(t.rss, 12345);
	}
}

static bool may_be_huge(const char *text)
{
	return smaps_may_be_huge(text, strlen(text));
}

static void test_smaps__may_be_huge(void **state)
{
	assert_false(may_be_huge("Rss: 4 kB\nTHPeligible:           0\nVmFlags: rd\nTHPeligible:    0\n"));
	assert_true(may_be_huge("THPeligible:           0\nVmFlags: rd\nTHPeligible:    1\n"));
	/* not told, before Linux 5.0, or cut off: it may be */
	assert_true(may_be_huge("Rss: 4 kB\nVmFlags: rd\n"));
	assert_true(may_be_huge(""));
	assert_true(may_be_huge("THPeligible:"));
	assert_true(may_be_huge("THPeligible: -\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smaps__reads_a_rollup),
		cmocka_unit_test(test_smaps__missing_keys_are_absent),
		cmocka_unit_test(test_smaps__sums_mappings),
		cmocka_unit_test(test_smaps__nothing_is_refused),
		cmocka_unit_test(test_smaps__malformed_is_refused),
		cmocka_unit_test(test_smaps__may_be_huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
