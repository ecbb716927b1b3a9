/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of values in registers and stack slots, and of helpers' arguments and
 * results. A type is a base and a set of flags that qualify it.
 */
#ifndef ALV_HELPER_TYPE_H
#define ALV_HELPER_TYPE_H

#include "base/types.h"

/* Bases of values. The texts are what reports call them. */
#define ALV_REG_BASES(X)                                                                           \
	X(NOT_INIT, "?")                                                                           \
	X(SCALAR, "scalar")                                                                        \
	X(CTX, "ctx")                                                                              \
	X(MAP, "map_ptr")                                                                          \
	X(MAP_VALUE, "map_value")                                                                  \
	X(MAP_KEY, "map_key")                                                                      \
	X(STACK, "fp")                                                                             \
	X(PACKET, "pkt")                                                                           \
	X(PACKET_META, "pkt_meta")                                                                 \
	X(PACKET_END, "pkt_end")                                                                   \
	X(FLOW_KEYS, "flow_keys")                                                                  \
	X(SOCKET, "sock")                                                                          \
	X(SOCK_COMMON, "sock_common")                                                              \
	X(TCP_SOCK, "tcp_sock")                                                                    \
	X(TP_BUFFER, "tp_buffer")                                                                  \
	X(XDP_SOCK, "xdp_sock")                                                                    \
	X(BTF_ID, "ptr_")                                                                          \
	X(MEM, "mem")                                                                              \
	X(ARENA, "arena")                                                                          \
	X(BUF, "buf")                                                                              \
	X(FUNC, "func")                                                                            \
	X(DYNPTR, "dynptr_ptr")

enum alv_reg_base {
#define X(NAME, text) ALV_REG_##NAME,
	ALV_REG_BASES(X)
#undef X
	ALV_N_REG_BASES,
};

/* Qualities of a value, or of what an argument must be. */
enum alv_type_flag {
	ALV_MAYBE_NULL = 1 << 0,
	ALV_RDONLY = 1 << 1,
	ALV_RINGBUF_MEM = 1 << 2,
	ALV_USER_MEM = 1 << 3,
	ALV_PERCPU_MEM = 1 << 4,
	ALV_RELEASES = 1 << 5, /* argument: the call gives the reference back */
	ALV_UNTRUSTED = 1 << 6,
	ALV_UNINIT = 1 << 7,   /* argument: memory that the call fills */
	ALV_FIXED_SIZE = 1 << 8,
	ALV_ALLOCATED = 1 << 9,
	ALV_TRUSTED = 1 << 10,
	ALV_RCU_MEM = 1 << 11,
	ALV_NON_OWNING = 1 << 12,
	ALV_ALIGNED = 1 << 13,
	ALV_WRITES = 1 << 14, /* argument: memory that the call writes */
	ALV_DYNPTR_LOCAL = 1 << 15,
	ALV_DYNPTR_RINGBUF = 1 << 16,
	ALV_DYNPTR_SKB = 1 << 17,
	ALV_DYNPTR_XDP = 1 << 18,
	ALV_DYNPTR_SKB_META = 1 << 19,
};

#define ALV_DYNPTR_FLAGS                                                                           \
	(ALV_DYNPTR_LOCAL | ALV_DYNPTR_RINGBUF | ALV_DYNPTR_SKB | ALV_DYNPTR_XDP | ALV_DYNPTR_SKB_META)

struct alv_type {
	u8 base;   /* enum alv_reg_base */
	u32 flags; /* enum alv_type_flag */
};

/* What a helper takes. */
enum alv_arg_base {
	ALV_ARG_NONE,
	ALV_ARG_MAP,            /* a map */
	ALV_ARG_MAP_KEY,        /* memory of the map's key size */
	ALV_ARG_MAP_VALUE,      /* memory of the map's value size */
	ALV_ARG_MEM,            /* memory, its size in the next argument (or fixed) */
	ALV_ARG_SIZE,           /* size of the memory before, not zero */
	ALV_ARG_SIZE_OR_ZERO,
	ALV_ARG_CTX,
	ALV_ARG_ANYTHING,       /* any initialised value */
	ALV_ARG_SPIN_LOCK,
	ALV_ARG_SOCK_COMMON,
	ALV_ARG_SOCKET,
	ALV_ARG_BTF_ID,
	ALV_ARG_RINGBUF_MEM,
	ALV_ARG_ALLOC_SIZE,     /* constant: size of the memory that comes back */
	ALV_ARG_BTF_SOCK_COMMON,
	ALV_ARG_PERCPU_BTF_ID,
	ALV_ARG_FUNC,
	ALV_ARG_STACK,
	ALV_ARG_CONST_STR,
	ALV_ARG_TIMER,
	ALV_ARG_KPTR,
	ALV_ARG_DYNPTR,
	ALV_N_ARG_BASES,
};

/* What a helper gives back. */
enum alv_ret_base {
	ALV_RET_INTEGER,
	ALV_RET_VOID,
	ALV_RET_MAP_VALUE,
	ALV_RET_SOCKET,
	ALV_RET_TCP_SOCK,
	ALV_RET_SOCK_COMMON,
	ALV_RET_MEM,
	ALV_RET_MEM_OR_BTF_ID,
	ALV_RET_BTF_ID,
	ALV_N_RET_BASES,
};

#endif
