/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of memory that others read and write at the same time. Every aligned
 * word of 8, 4 or 1 bytes moves as one atomic access, so that counters are never
 * torn, and in an order that generation counters can rely on: loads acquire (what
 * is read after the copy is no older), stores release (what was written before is
 * seen first). On x86-64 both are plain moves.
 */
#ifndef ALV_BASE_WORDS_H
#define ALV_BASE_WORDS_H

#include <string.h>

#include "base/atomic.h"
#include "base/types.h"

/* Bytes of the largest word that `at` allows and `left` has room for. */
static inline u32 alv_word_size(const void *at, u32 left)
{
	if (left >= 8 && !((uintptr_t)at & 7))
		return 8;
	return left >= 4 && !((uintptr_t)at & 3) ? 4 : 1;
}

/* From shared memory to our own. */
static inline void alv_words_load(void *dst, const void *shared, u32 size)
{
	u32 word;

	for (u32 at = 0; at < size; at += word) {
		const u8 *from = (const u8 *)shared + at;
		u8 *to = (u8 *)dst + at;

		word = alv_word_size(from, size - at);
		if (word == 8) {
			u64 v = alv_load_acquire((const u64 *)from);
			memcpy(to, &v, sizeof(v));
		} else if (word == 4) {
			u32 v = alv_load_acquire((const u32 *)from);
			memcpy(to, &v, sizeof(v));
		} else {
			*to = alv_load_acquire(from);
		}
	}
}

/* From our own memory to shared. */
static inline void alv_words_store(void *shared, const void *src, u32 size)
{
	u32 word;

	for (u32 at = 0; at < size; at += word) {
		const u8 *from = (const u8 *)src + at;
		u8 *to = (u8 *)shared + at;

		word = alv_word_size(to, size - at);
		if (word == 8) {
			u64 v;
			memcpy(&v, from, sizeof(v));
			alv_store_release((u64 *)to, v);
		} else if (word == 4) {
			u32 v;
			memcpy(&v, from, sizeof(v));
			alv_store_release((u32 *)to, v);
		} else {
			alv_store_release(to, *from);
		}
	}
}

/* Zeroes into shared memory. */
static inline void alv_words_zero(void *shared, u32 size)
{
	u32 word;

	for (u32 at = 0; at < size; at += word) {
		u8 *to = (u8 *)shared + at;

		word = alv_word_size(to, size - at);
		if (word == 8)
			alv_store_release((u64 *)to, 0);
		else if (word == 4)
			alv_store_release((u32 *)to, 0);
		else
			alv_store_release(to, 0);
	}
}

#endif
