/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every operation on every tnum of ALV_WORD bits, pair by pair: each result of members
 * is a member of the result ("sound"), and where the kernel's algorithm is the best
 * there is, no tnum with less unknown bits would do ("tight").
 */
#include <stdio.h>

#include "domain/tnum.h"

#define WORDS (1u << ALV_WORD)

typedef struct alv_tnum (*unary_fn)(struct alv_tnum t, u8 amount);
typedef struct alv_tnum (*binary_fn)(struct alv_tnum a, struct alv_tnum b);

static unsigned int failures;

static void fail(const char *name, struct alv_tnum a, struct alv_tnum b,
		 struct alv_tnum result)
{
	if (failures++ < 20)
		fprintf(stderr, "%s: (%x; %x), (%x; %x) give (%x; %x)\n", name,
			(unsigned int)a.value, (unsigned int)a.mask,
			(unsigned int)b.value, (unsigned int)b.mask,
			(unsigned int)result.value, (unsigned int)result.mask);
}

static bool has(struct alv_tnum t, unsigned int x)
{
	return (u64)((u64)x & ~t.mask) == t.value;
}

/* The tightest tnum around the values added so far. */
struct hull {
	u64 all;
	u64 any;
	bool some;
};

static void hull_add(struct hull *hull, u64 value)
{
	hull->all = hull->some ? hull->all & value : value;
	hull->any = hull->some ? hull->any | value : value;
	hull->some = true;
}

static void check(const char *name, const struct hull *hull, struct alv_tnum a,
		  struct alv_tnum b, struct alv_tnum result, bool tight)
{
	struct alv_tnum best = { .value = hull->all, .mask = hull->all ^ hull->any };

	if (!hull->some)
		return;
	if ((result.value & result.mask) || !alv_tnum_in(result, best) ||
	    (tight && !alv_tnum_in(best, result)))
		fail(name, a, b, result);
}

static bool is_tnum(unsigned int value, unsigned int mask, struct alv_tnum *ret)
{
	*ret = (struct alv_tnum){ .value = (u64)value, .mask = (u64)mask };
	return !(value & mask);
}

static u64 add(u64 a, u64 b)
{
	return a + b;
}
static u64 sub(u64 a, u64 b)
{
	return a - b;
}
static u64 mul(u64 a, u64 b)
{
	return a * b;
}
static u64 and (u64 a, u64 b)
{
	return a & b;
}
static u64 or (u64 a, u64 b)
{
	return a | b;
}
static u64 xor (u64 a, u64 b) { return a ^ b; }

	static const struct {
	const char *name;
	binary_fn abstract;
	u64 (*concrete)(u64 a, u64 b);
	bool tight;
} binaries[] = {
	{ "add", alv_tnum_add, add, true },  { "sub", alv_tnum_sub, sub, true },
	{ "mul", alv_tnum_mul, mul, false }, { "and", alv_tnum_and, and, true },
	{ "or", alv_tnum_or, or, true },     { "xor", alv_tnum_xor, xor, true },
};

static void try_binaries(struct alv_tnum a, struct alv_tnum b)
{
	unsigned int x, y;
	size_t i;

	for (i = 0; i < ALV_COUNT(binaries); i++) {
		struct hull hull = { 0 };

		for (x = 0; x < WORDS; x++)
			for (y = 0; has(a, x) && y < WORDS; y++)
				if (has(b, y))
					hull_add(&hull,
						 binaries[i].concrete((u64)x, (u64)y));
		check(binaries[i].name, &hull, a, b, binaries[i].abstract(a, b),
		      binaries[i].tight);
	}
}

/* Union, intersection, overlap and containment, as of sets. */
static void try_sets(struct alv_tnum a, struct alv_tnum b)
{
	struct hull either = { 0 }, both = { 0 };
	bool contained = true;
	unsigned int x;

	for (x = 0; x < WORDS; x++) {
		if (has(a, x) || has(b, x))
			hull_add(&either, (u64)x);
		if (has(a, x) && has(b, x))
			hull_add(&both, (u64)x);
		contained = contained && (has(a, x) || !has(b, x));
	}
	check("union", &either, a, b, alv_tnum_union(a, b), true);
	check("intersect", &both, a, b, alv_tnum_intersect(a, b), true);
	if (alv_tnum_overlap(a, b) != both.some)
		fail("overlap", a, b, alv_tnum_const(both.some));
	if (alv_tnum_in(a, b) != contained)
		fail("in", a, b, alv_tnum_const(contained));
}

static struct alv_tnum arshift_word(struct alv_tnum t, u8 amount)
{
	return alv_tnum_arshift(t, amount, ALV_WORD);
}

static struct alv_tnum arshift_half(struct alv_tnum t, u8 amount)
{
	return alv_tnum_arshift(t, amount, ALV_HALF);
}

static struct alv_tnum neg(struct alv_tnum t, u8 amount)
{
	(void)amount;
	return alv_tnum_neg(t);
}

static struct alv_tnum subreg(struct alv_tnum t, u8 amount)
{
	(void)amount;
	return alv_tnum_subreg(t);
}

static struct alv_tnum clear_subreg(struct alv_tnum t, u8 amount)
{
	(void)amount;
	return alv_tnum_clear_subreg(t);
}

static u64 shl(u64 x, u64 n)
{
	return x << n;
}
static u64 shr(u64 x, u64 n)
{
	return x >> n;
}
static u64 sar(u64 x, u64 n)
{
	return (u64)((s64)x >> n);
}
static u64 sar_half(u64 x, u64 n)
{
	return (u64)(u32)((s32)x >> n);
}
static u64 minus(u64 x, u64 n)
{
	return (u64)0 - x;
}
static u64 lower(u64 x, u64 n)
{
	return (u64)(u32)x;
}
static u64 upper(u64 x, u64 n)
{
	return x - (u64)(u32)x;
}

static const struct {
	const char *name;
	unary_fn abstract;
	u64 (*concrete)(u64 x, u64 amount);
	u8 amounts;
} unaries[] = {
	{ "lshift", alv_tnum_lshift, shl, ALV_WORD },
	{ "rshift", alv_tnum_rshift, shr, ALV_WORD },
	{ "arshift", arshift_word, sar, ALV_WORD },
	{ "arshift of the half", arshift_half, sar_half, ALV_HALF },
	{ "neg", neg, minus, 1 },
	{ "subreg", subreg, lower, 1 },
	{ "clear_subreg", clear_subreg, upper, 1 },
};

static void try_unaries(struct alv_tnum t)
{
	unsigned int x;
	size_t i;
	u8 n;

	for (i = 0; i < ALV_COUNT(unaries); i++) {
		for (n = 0; n < unaries[i].amounts; n++) {
			struct hull hull = { 0 };

			for (x = 0; x < WORDS; x++)
				if (has(t, x))
					hull_add(&hull,
						 unaries[i].concrete((u64)x, (u64)n));
			check(unaries[i].name, &hull, t, alv_tnum_const(n),
			      unaries[i].abstract(t, n), true);
		}
	}
}

/* The next member after each value there is. */
static void try_next(struct alv_tnum t)
{
	unsigned int greatest = (unsigned int)(u64)(t.value | t.mask);
	unsigned int x, y;

	for (x = 0; x < WORDS; x++) {
		for (y = x + 1; y < greatest && !has(t, y); y++)
			;
		if (y > greatest)
			y = greatest;
		if ((unsigned int)alv_tnum_next(t, (u64)x) != y)
			fail("next", t, alv_tnum_const((u64)x), alv_tnum_const((u64)y));
	}
}

static void try_aligned(struct alv_tnum t)
{
	unsigned int size, x;

	for (size = 1; size < WORDS; size *= 2) {
		bool aligned = true;

		for (x = 0; x < WORDS; x++)
			aligned = aligned && (!has(t, x) || x % size == 0);
		if (alv_tnum_is_aligned(t, (u64)size) != aligned)
			fail("is_aligned", t, alv_tnum_const((u64)size),
			     alv_tnum_const(aligned));
	}
}

static void try_range(unsigned int min, unsigned int max)
{
	struct hull hull = { 0 };
	unsigned int x;

	for (x = min; x <= max; x++)
		hull_add(&hull, (u64)x);
	check("range", &hull, alv_tnum_const((u64)min), alv_tnum_const((u64)max),
	      alv_tnum_range((u64)min, (u64)max), true);
}

int main(void)
{
	unsigned int value, mask, other, other_mask;
	struct alv_tnum a, b;

	for (value = 0; value < WORDS; value++) {
		for (mask = value; mask < WORDS; mask++)
			try_range(value, mask);
		for (mask = 0; mask < WORDS; mask++) {
			if (!is_tnum(value, mask, &a))
				continue;
			try_unaries(a);
			try_next(a);
			try_aligned(a);
			for (other = 0; other < WORDS; other++) {
				for (other_mask = 0; other_mask < WORDS; other_mask++) {
					if (!is_tnum(other, other_mask, &b))
						continue;
					try_binaries(a, b);
					try_sets(a, b);
				}
			}
		}
	}
	printf("%d bits: %u failures\n", ALV_WORD, failures);
	return failures ? 1 : 0;
}
