/* SPDX-License-Identifier: BSD-2-Clause */
/* Short names of the fixed-width integers, and a few words on top of them. */
#ifndef ALV_BASE_TYPES_H
#define ALV_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* An address in a client's memory. A struct, so that C can't dereference it by mistake. */
typedef struct alv_uaddr {
	u64 addr;
} alv_uaddr;

static inline alv_uaddr alv_uaddr_at(u64 addr)
{
	return (alv_uaddr){ .addr = addr };
}

static inline alv_uaddr alv_uaddr_add(alv_uaddr base, u64 offset)
{
	return (alv_uaddr){ .addr = base.addr + offset };
}

#define ALV_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define alv_container(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

static inline u64 alv_round_up(u64 n, u64 multiple)
{
	return (n + multiple - 1) / multiple * multiple;
}

#endif
