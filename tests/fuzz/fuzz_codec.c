/*
 * The decoders of a recording over any bytes. What they accept is a sample (address space, index) like
 * any other: it can be encoded, and comes back the same.
 */
#include <string.h>
#include "base/cleanup.h"
#include "codec/index.h"
#include "codec/sample.h"
#include "codec/space.h"
#include "fuzz.h"

/* Encoded twice, it is the same bytes: cheaper to say than that each member is the same. */
static void fuzz_again(const struct sample *s)
{
	cleanup(sample_codec_release) struct sample_codec to, back, again;
	cleanup(buf_release) struct buf once = { 0 }, twice = { 0 };

	sample_codec_init(&to);
	sample_codec_init(&back);
	sample_codec_init(&again);
	must(sample_put(&to, s, true, &once, NULL) == 0);
	must(sample_take(&back, true, once.data, once.len));
	must(back.now.nprocs == s->nprocs);
	must(sample_put(&again, &back.now, true, &twice, NULL) == 0);
	must(once.len == twice.len && !memcmp(once.data, twice.data, once.len));
}

/* A key frame and the changes after it, each with its length in front. */
static void fuzz_facts(const uint8_t *data, size_t size)
{
	cleanup(sample_codec_release) struct sample_codec f;
	struct pieces p = { .data = data, .size = size };
	bool key = true;

	sample_codec_init(&f);
	while (next_piece(&p)) {
		if (!sample_take(&f, key, p.piece, p.len))
			return;
		key = false;
	}
	if (!key)
		fuzz_again(&f.now);
}

static void fuzz_space(const uint8_t *data, size_t size)
{
	cleanup(address_space_release) struct address_space a = { 0 }, back = { 0 };
	cleanup(buf_release) struct buf b = { 0 };

	if (!space_take(data, size, &a))
		return;
	space_put(&a, &b);
	must(space_take(b.data, b.len, &back));
	must(back.pid == a.pid && back.nregions == a.nregions && back.nstretches == a.nstretches);
	must(!a.nstretches ||
	     !memcmp(&a.stretches[a.nstretches - 1], &back.stretches[a.nstretches - 1], sizeof(uint64_t)));
}

static void fuzz_directory(const uint8_t *data, size_t size)
{
	cleanup(index_release) struct index d = { 0 }, back = { 0 };
	cleanup(buf_release) struct buf b = { 0 };

	if (!index_take(data, size, 1 << 30, &d))
		return;
	for (size_t i = 0; i < d.ngroups; i++)
		must(d.groups[i].at < 1 << 30 && (!i || d.groups[i].at > d.groups[i - 1].at));
	index_put(&d, &b);
	must(index_take(b.data, b.len, 1 << 30, &back));
	must(back.ngroups == d.ngroups && back.nmarks == d.nmarks && back.nspans == d.nspans);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (*data % 3 == 0)
		fuzz_facts(data + 1, size - 1);
	else if (*data % 3 == 1)
		fuzz_space(data + 1, size - 1);
	else
		fuzz_directory(data + 1, size - 1);
	return 0;
}
