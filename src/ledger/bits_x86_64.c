#include "ledger/bits.h"

#include <immintrin.h>

__attribute__((target("avx2"))) static void differ_avx2(const uint64_t *a, const uint64_t *b, uint64_t mask,
							uint64_t *bits)
{
	const __m256i used = _mm256_set1_epi64x((long long)mask);
	const __m256i zero = _mm256_setzero_si256();

	for (unsigned int i = 0; i < BLOCK_PAGES; i += 4) {
		__m256i x = _mm256_loadu_si256((const __m256i *)(a + i));
		__m256i y = _mm256_loadu_si256((const __m256i *)(b + i));
		__m256i same = _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_xor_si256(x, y), used), zero);
		uint64_t unequal = ~(unsigned int)_mm256_movemask_pd(_mm256_castsi256_pd(same)) & 15;

		bits[i / 64] |= unequal << (i % 64);
	}
}

__attribute__((target("avx2"))) static void differ_states_avx2(const uint8_t *a, const uint8_t *b,
							       uint64_t *bits)
{
	for (unsigned int i = 0; i < BLOCK_PAGES; i += 32) {
		__m256i x = _mm256_loadu_si256((const __m256i *)(a + i));
		__m256i y = _mm256_loadu_si256((const __m256i *)(b + i));
		uint64_t unequal = ~(unsigned int)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, y));

		bits[i / 64] |= unequal << (i % 64);
	}
}

void bits_differ(const uint64_t *a, const uint64_t *b, uint64_t mask, uint64_t *bits)
{
	if (__builtin_cpu_supports("avx2")) {
		differ_avx2(a, b, mask, bits);
		return;
	}
	bits_differ_one_by_one(a, b, mask, bits);
}

void bits_differ_states(const uint8_t *a, const uint8_t *b, uint64_t *bits)
{
	if (__builtin_cpu_supports("avx2")) {
		differ_states_avx2(a, b, bits);
		return;
	}
	bits_differ_states_one_by_one(a, b, bits);
}
