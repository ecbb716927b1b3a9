/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for src/base/types.h where the domain is compiled with words of a few bits:
 * what is 64 bits wide is ALV_WORD here, what is 32 wide ALV_HALF. Needs clang's _BitInt.
 */
#ifndef ALV_BASE_TYPES_H
#define ALV_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef unsigned _BitInt(ALV_HALF) u32;
typedef unsigned _BitInt(ALV_WORD) u64;
typedef int16_t s16;
typedef signed _BitInt(ALV_HALF) s32;
typedef signed _BitInt(ALV_WORD) s64;

#define ALV_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
