/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every operation on scalars of ALV_WORD bits: no value that can be is ever denied.
 * States are all single ranges and tnums, and a sample of all that ranges and bits can
 * be together; operands all pairs of the former and a sample of pairs of the latter.
 *
 *	scalars COUNT	COUNT: size of the samples
 */
#include <stdio.h>
#include <stdlib.h>

#include "domain/scalar.h"
#include "isa/insn.h"

#include "../jump.h"

#define WORDS  (1u << ALV_WORD)
#define HALVES (1u << ALV_HALF)

static unsigned int failures;

static void print_state(const char *what, const struct alv_scalar *s)
{
	fprintf(stderr,
		"  %s: bits (%x; %x) u [%d, %d] s [%d, %d] u32 [%d, %d] s32 [%d, %d]\n",
		what, (unsigned int)s->bits.value, (unsigned int)s->bits.mask,
		(int)s->umin, (int)s->umax, (int)s->smin, (int)s->smax, (int)s->u32_min,
		(int)s->u32_max, (int)s->s32_min, (int)s->s32_max);
}

static void fail(const char *what, u8 op, bool wide, const struct alv_scalar *a,
		 const struct alv_scalar *b, const struct alv_scalar *result)
{
	if (failures++ >= 20)
		return;
	fprintf(stderr, "%s, op %x, %s\n", what, op, wide ? "word" : "half");
	print_state("a", a);
	print_state("b", b);
	print_state("result", result);
}

/* A set of words. */
struct set {
	uint64_t bits[4];
};

static void set_add(struct set *set, unsigned int x)
{
	set->bits[x / 64] |= (uint64_t)1 << (x % 64);
}

static bool set_has(const struct set *set, unsigned int x)
{
	return set->bits[x / 64] >> (x % 64) & 1;
}

static bool set_is_empty(const struct set *set)
{
	return !(set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3]);
}

static bool set_within(const struct set *outer, const struct set *inner)
{
	return !((inner->bits[0] & ~outer->bits[0]) | (inner->bits[1] & ~outer->bits[1]) |
		 (inner->bits[2] & ~outer->bits[2]) | (inner->bits[3] & ~outer->bits[3]));
}

static bool contains(const struct alv_scalar *s, u64 x)
{
	u32 half = (u32)x;

	return (u64)(x & ~s->bits.mask) == s->bits.value && s->umin <= x &&
	       x <= s->umax && s->smin <= (s64)x && (s64)x <= s->smax &&
	       s->u32_min <= half && half <= s->u32_max && s->s32_min <= (s32)half &&
	       (s32)half <= s->s32_max;
}

static struct set gamma_of(const struct alv_scalar *s)
{
	struct set set = { { 0 } };
	unsigned int x;

	for (x = 0; x < WORDS; x++)
		if (contains(s, (u64)x))
			set_add(&set, x);
	return set;
}

/* States, with their gamma; none is empty. */
struct states {
	struct alv_scalar *at;
	struct set *gammas;
	size_t count, room;
};

static void states_add(struct states *states, const struct alv_scalar *s)
{
	struct set gamma = gamma_of(s);

	if (set_is_empty(&gamma))
		return;
	if (states->count == states->room) {
		states->room = states->room ? 2 * states->room : 1024;
		states->at = realloc(states->at, states->room * sizeof(*states->at));
		states->gammas =
			realloc(states->gammas, states->room * sizeof(*states->gammas));
		if (!states->at || !states->gammas)
			abort();
	}
	states->at[states->count] = *s;
	states->gammas[states->count++] = gamma;
}

static unsigned int random_below(unsigned int limit)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005 + 1442695040888963407;
	return (unsigned int)((state >> 33) % limit);
}

/*
 * What sync() makes of it has all its values. (Not always the same ones: where the
 * kernel takes the half's range for the word's, it forgets what was known of that.)
 */
static void add_synced(struct states *states, struct alv_scalar s)
{
	struct alv_scalar before = s;
	struct set had = gamma_of(&s), has;

	alv_scalar_sync(&s);
	has = gamma_of(&s);
	if (set_is_empty(&had))
		return;
	if (!set_within(&has, &had))
		fail("sync", 0, true, &before, &before, &s);
	if (alv_scalar_flaw(&s))
		fail("flaw", 0, true, &before, &before, &s);
	states_add(states, &s);
}

static void set_bits(struct alv_scalar *s, unsigned int value, unsigned int mask)
{
	s->bits = (struct alv_tnum){ .value = (u64)(value & ~mask), .mask = (u64)mask };
}

static void add_singles(struct states *states)
{
	struct alv_scalar s;
	unsigned int low, high;

	for (low = 0; low < WORDS; low++) {
		for (high = 0; high < WORDS; high++) {
			s = alv_scalar_unknown();
			s.umin = (u64)low;
			s.umax = (u64)high;
			add_synced(states, s);
			s = alv_scalar_unknown();
			s.smin = (s64)low;
			s.smax = (s64)high;
			add_synced(states, s);
			s = alv_scalar_unknown();
			set_bits(&s, low, high);
			if (!(low & high))
				add_synced(states, s);
		}
	}
	for (low = 0; low < HALVES; low++) {
		for (high = 0; high < HALVES; high++) {
			s = alv_scalar_unknown();
			s.u32_min = (u32)low;
			s.u32_max = (u32)high;
			add_synced(states, s);
			s = alv_scalar_unknown();
			s.s32_min = (s32)low;
			s.s32_max = (s32)high;
			add_synced(states, s);
		}
	}
}

/* Each part unknown or at random. */
static void add_mixed(struct states *states, size_t count)
{
	size_t goal = states->count + count;

	while (states->count < goal) {
		struct alv_scalar s = alv_scalar_unknown();
		unsigned int parts = random_below(32);

		if (parts & 1) {
			s.umin = (u64)random_below(WORDS);
			s.umax = (u64)random_below(WORDS);
		}
		if (parts & 2) {
			s.smin = (s64)random_below(WORDS);
			s.smax = (s64)random_below(WORDS);
		}
		if (parts & 4)
			set_bits(&s, random_below(WORDS),
				 random_below(WORDS) | random_below(WORDS));
		if (parts & 8) {
			s.u32_min = (u32)random_below(HALVES);
			s.u32_max = (u32)random_below(HALVES);
		}
		if (parts & 16) {
			s.s32_min = (s32)random_below(HALVES);
			s.s32_max = (s32)random_below(HALVES);
		}
		add_synced(states, s);
	}
}

static u64 word_result(u8 op, u64 x, u64 y)
{
	switch (op) {
	case BPF_ADD:
		return x + y;
	case BPF_SUB:
		return x - y;
	case BPF_NEG:
		return (u64)0 - x;
	case BPF_MUL:
		return x * y;
	case BPF_AND:
		return x & y;
	case BPF_OR:
		return x | y;
	case BPF_XOR:
		return x ^ y;
	case BPF_LSH:
		return x << y;
	case BPF_RSH:
		return x >> y;
	default:
		return (u64)((s64)x >> y);
	}
}

static u64 result_of(u8 op, bool wide, u64 x, u64 y)
{
	if (wide)
		return word_result(op, x, y);
	if (op == BPF_ARSH)
		return (u64)(u32)((s32)(u32)x >> (u32)y);
	return (u64)(u32)word_result(op, (u64)(u32)x, (u64)(u32)y);
}

static void try_alu(const struct states *states, size_t i, size_t j)
{
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND,
				  BPF_OR,  BPF_XOR, BPF_NEG };
	const struct alv_scalar *a = &states->at[i], *b = &states->at[j];
	size_t n;

	for (n = 0; n < 2 * ALV_COUNT(ops); n++) {
		struct alv_scalar result = *a;
		struct set image = { { 0 } }, gamma;
		bool wide = n & 1;
		unsigned int x, y;

		for (x = 0; x < WORDS; x++)
			for (y = 0; set_has(&states->gammas[i], x) && y < WORDS; y++)
				if (set_has(&states->gammas[j], y))
					set_add(&image,
						(unsigned int)result_of(ops[n / 2], wide,
									(u64)x, (u64)y));
		alv_scalar_alu(&result, b, ops[n / 2], wide);
		gamma = gamma_of(&result);
		if (!set_within(&gamma, &image))
			fail("alu", ops[n / 2], wide, a, b, &result);
	}
}

static const u8 jumps[] = { BPF_JEQ, BPF_JNE,  BPF_JSET, BPF_JGT,  BPF_JGE, BPF_JLT,
			    BPF_JLE, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE };

static void try_branches(const struct states *states, size_t i, size_t j)
{
	const struct alv_scalar *a = &states->at[i], *b = &states->at[j];
	size_t n;

	for (n = 0; n < 2 * ALV_COUNT(jumps); n++) {
		u8 op = jumps[n / 2];
		bool wide = n & 1;
		int taken = alv_scalar_branch_taken(a, b, op, wide);
		/* By outcome. */
		struct alv_scalar as[2] = { *a, *a }, bs[2] = { *b, *b };
		struct set xs[2] = { 0 }, ys[2] = { 0 };
		unsigned int x, y, outcome;

		for (x = 0; x < WORDS; x++) {
			for (y = 0; set_has(&states->gammas[i], x) && y < WORDS; y++) {
				if (!set_has(&states->gammas[j], y))
					continue;
				outcome = jump_is_taken(op, wide, (u64)x, (u64)y);
				set_add(&xs[outcome], x);
				set_add(&ys[outcome], y);
			}
		}
		for (outcome = 0; outcome < 2; outcome++) {
			struct set gamma;

			if (taken == !outcome && !set_is_empty(&xs[outcome]))
				fail("taken", op, wide, a, b, a);
			alv_scalar_refine(&as[outcome], &bs[outcome], op, outcome, wide);
			gamma = gamma_of(&as[outcome]);
			if (!set_within(&gamma, &xs[outcome]))
				fail("refined a", op, wide, a, b, &as[outcome]);
			gamma = gamma_of(&bs[outcome]);
			if (!set_within(&gamma, &ys[outcome]))
				fail("refined b", op, wide, a, b, &bs[outcome]);
		}
	}
}

/* Compared with itself. */
static void try_self(const struct states *states, size_t i)
{
	const struct alv_scalar *a = &states->at[i];
	size_t n;

	for (n = 0; n < 2 * ALV_COUNT(jumps); n++) {
		struct alv_scalar same[2] = { *a, *a };
		int taken = alv_scalar_branch_taken(a, a, jumps[n / 2], n & 1);
		unsigned int x;

		alv_scalar_refine(&same[0], &same[0], jumps[n / 2], false, n & 1);
		alv_scalar_refine(&same[1], &same[1], jumps[n / 2], true, n & 1);
		for (x = 0; x < WORDS; x++) {
			bool outcome = jump_is_taken(jumps[n / 2], n & 1, (u64)x, (u64)x);

			if (!set_has(&states->gammas[i], x))
				continue;
			if (taken == !outcome || !contains(&same[outcome], (u64)x))
				fail("self", jumps[n / 2], n & 1, a, a, &same[outcome]);
		}
	}
}

static void try_shifts(const struct states *states, size_t i)
{
	static const u8 ops[] = { BPF_LSH, BPF_RSH, BPF_ARSH };
	size_t n;
	u8 amount;

	for (n = 0; n < 2 * ALV_COUNT(ops); n++) {
		bool wide = n & 1;

		for (amount = 0; amount < (wide ? ALV_WORD : ALV_HALF); amount++) {
			struct alv_scalar by = alv_scalar_const((u64)amount);
			struct alv_scalar result = states->at[i];
			unsigned int x;

			alv_scalar_alu(&result, &by, ops[n / 2], wide);
			for (x = 0; x < WORDS; x++)
				if (set_has(&states->gammas[i], x) &&
				    !contains(&result, result_of(ops[n / 2], wide, (u64)x,
								 (u64)amount)))
					fail("shift", ops[n / 2], wide, &states->at[i],
					     &by, &result);
		}
	}
}

#if ALV_BYTE
static u64 extended(u64 x, u8 from, bool is_signed, bool wide)
{
	u8 above = ALV_WORD - from;

	x <<= above;
	x = is_signed ? (u64)((s64)x >> above) : x >> above;
	return wide ? x : (u64)(u32)x;
}

static void try_extensions(const struct states *states, size_t i)
{
	const struct alv_scalar *a = &states->at[i];
	unsigned int x;
	u8 bytes;

	for (bytes = 1; bytes <= 4; bytes *= 2) {
		struct alv_scalar zext = *a, sext = *a, sext32 = *a;
		u8 from = bytes * ALV_BYTE;

		alv_scalar_zext(&zext, bytes);
		alv_scalar_sext(&sext, bytes, true);
		if (bytes < 4)
			alv_scalar_sext(&sext32, bytes, false);
		else
			alv_scalar_zext32(&sext32);
		for (x = 0; x < WORDS; x++) {
			if (!set_has(&states->gammas[i], x))
				continue;
			if (!contains(&zext, extended((u64)x, from, false, true)))
				fail("zext", bytes, true, a, a, &zext);
			if (!contains(&sext, extended((u64)x, from, true, true)))
				fail("sext", bytes, true, a, a, &sext);
			if (!contains(&sext32, extended((u64)x, from, true, false)))
				fail("sext", bytes, false, a, a, &sext32);
		}
	}
}
#else
static void try_extensions(const struct states *states, size_t i)
{
}
#endif

static void try_pair(const struct states *states, size_t i, size_t j)
{
	try_alu(states, i, j);
	try_branches(states, i, j);
	if (alv_scalar_within(&states->at[i], &states->at[j]) &&
	    !set_within(&states->gammas[i], &states->gammas[j]))
		fail("within", 0, true, &states->at[i], &states->at[j], &states->at[j]);
}

int main(int argc, char **argv)
{
	size_t sample = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000;
	struct states states = { 0 };
	size_t i, singles;

	add_singles(&states);
	singles = states.count;
	add_mixed(&states, sample);
	for (i = 0; i < states.count; i++) {
		try_self(&states, i);
		try_shifts(&states, i);
		try_extensions(&states, i);
	}
	for (i = 0; singles < 1000 && i < singles * singles; i++)
		try_pair(&states, i / singles, i % singles);
	for (i = 0; i < sample; i++)
		try_pair(&states, random_below((unsigned int)states.count),
			 random_below((unsigned int)states.count));
	printf("%d bits: %zu states, %u failures\n", ALV_WORD, states.count, failures);
	free(states.at);
	free(states.gammas);
	return failures ? 1 : 0;
}
