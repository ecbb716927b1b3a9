/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/helper.h"

/* Words of helper.def and variant.def: flags of helpers, */
enum {
	GPL = ALV_HELPER_GPL,
	PACKET = ALV_HELPER_PACKET,
	SLEEPS = ALV_HELPER_SLEEPS,
	CHANGES_PACKET = ALV_HELPER_CHANGES_PACKET,
	ACQUIRES = ALV_HELPER_ACQUIRES,
	FASTCALL = ALV_HELPER_FASTCALL,
	REFUSED = ALV_HELPER_REFUSED,
};

/* results, */
#define RET(BASE, FLAGS)        .ret = ALV_RET_##BASE, .ret_flags = (FLAGS)
#define RET_INT                 RET(INTEGER, 0)
#define RET_VOID                RET(VOID, 0)
#define RET_VALUE               RET(MAP_VALUE, 0)
#define RET_VALUE_OR_NULL       RET(MAP_VALUE, ALV_MAYBE_NULL)
#define RET_SOCKET_OR_NULL      RET(SOCKET, ALV_MAYBE_NULL)
#define RET_TCP_SOCK_OR_NULL    RET(TCP_SOCK, ALV_MAYBE_NULL)
#define RET_SOCK_COMMON_OR_NULL RET(SOCK_COMMON, ALV_MAYBE_NULL)
#define RET_MEM_OR_NULL         RET(MEM, ALV_MAYBE_NULL)
#define RET_RINGBUF_OR_NULL     RET(MEM, ALV_MAYBE_NULL | ALV_RINGBUF_MEM)
#define RET_PERCPU              RET(MEM_OR_BTF_ID, ALV_RDONLY)
#define RET_PERCPU_OR_NULL      RET(MEM_OR_BTF_ID, ALV_MAYBE_NULL | ALV_RDONLY)
/* The type of what a field of a map value pointed to: no name here. */
#define RET_KPTR_OR_NULL        RET(BTF_ID, ALV_MAYBE_NULL)
#define RET_BTF(NAME)           RET(BTF_ID, 0), .ret_btf_type = (NAME)
#define RET_BTF_OR_NULL(NAME)   RET(BTF_ID, ALV_MAYBE_NULL), .ret_btf_type = (NAME)
#define RET_TRUSTED(NAME)       RET(BTF_ID, ALV_TRUSTED), .ret_btf_type = (NAME)

/* and arguments. IN: memory that is read, OUT: filled, INOUT: read and written. */
#define ARG(BASE, FLAGS)        { .base = ALV_ARG_##BASE, .flags = (FLAGS) }
#define ARG_SIZED(FLAGS, SIZE)                                                           \
	{ .base = ALV_ARG_MEM, .flags = ALV_FIXED_SIZE | (FLAGS), .size = (SIZE) }
#define ARG_STRUCT(FLAGS, NAME)                                                          \
	{ .base = ALV_ARG_BTF_ID, .flags = (FLAGS), .btf_type = (NAME) }
#define ARG_NOTHING             ARG(NONE, 0)
#define ARG_MAP                 ARG(MAP, 0)
#define ARG_KEY                 ARG(MAP_KEY, 0)
#define ARG_VALUE               ARG(MAP_VALUE, 0)
#define ARG_VALUE_OR_NULL       ARG(MAP_VALUE, ALV_MAYBE_NULL)
#define ARG_VALUE_OUT           ARG(MAP_VALUE, ALV_UNINIT | ALV_WRITES)
#define ARG_IN                  ARG(MEM, ALV_RDONLY)
#define ARG_IN_OR_NULL          ARG(MEM, ALV_RDONLY | ALV_MAYBE_NULL)
#define ARG_OUT                 ARG(MEM, ALV_UNINIT | ALV_WRITES)
#define ARG_INOUT               ARG(MEM, ALV_WRITES)
#define ARG_INOUT_OR_NULL       ARG(MEM, ALV_WRITES | ALV_MAYBE_NULL)
#define ARG_FIXED_IN(SIZE)      ARG_SIZED(ALV_RDONLY, SIZE)
#define ARG_FIXED_OUT(SIZE)     ARG_SIZED(ALV_UNINIT | ALV_WRITES | ALV_ALIGNED, SIZE)
#define ARG_FIXED_INOUT(SIZE)   ARG_SIZED(ALV_WRITES | ALV_ALIGNED, SIZE)
#define ARG_SIZE                ARG(SIZE, 0)
#define ARG_SIZE0               ARG(SIZE_OR_ZERO, 0)
#define ARG_ALLOC               ARG(ALLOC_SIZE, 0)
#define ARG_CTX                 ARG(CTX, 0)
#define ARG_CTX_OR_NULL         ARG(CTX, ALV_MAYBE_NULL)
#define ARG_ANY                 ARG(ANYTHING, 0)
#define ARG_LOCK                ARG(SPIN_LOCK, 0)
#define ARG_SOCK_COMMON         ARG(SOCK_COMMON, 0)
#define ARG_SOCK                ARG(BTF_SOCK_COMMON, 0)
#define ARG_SOCK_OR_NULL        ARG(BTF_SOCK_COMMON, ALV_MAYBE_NULL)
#define ARG_SOCK_RELEASED       ARG(BTF_SOCK_COMMON, ALV_RELEASES)
#define ARG_BTF(NAME)           ARG_STRUCT(0, NAME)
#define ARG_BTF_OR_NULL(NAME)   ARG_STRUCT(ALV_MAYBE_NULL, NAME)
#define ARG_BTF_RELEASED        ARG(BTF_ID, ALV_MAYBE_NULL | ALV_RELEASES)
#define ARG_RINGBUF             ARG(RINGBUF_MEM, ALV_RELEASES)
#define ARG_PERCPU              ARG(PERCPU_BTF_ID, 0)
#define ARG_FUNC                ARG(FUNC, 0)
#define ARG_STACK_OR_NULL       ARG(STACK, ALV_MAYBE_NULL)
#define ARG_STR                 ARG(CONST_STR, 0)
#define ARG_TIMER               ARG(TIMER, 0)
#define ARG_KPTR                ARG(KPTR, 0)
#define ARG_DYNPTR              ARG(DYNPTR, ALV_RDONLY)
#define ARG_DYNPTR_NEW(KIND)    ARG(DYNPTR, ALV_DYNPTR_##KIND | ALV_UNINIT | ALV_WRITES)
#define ARG_DYNPTR_RELEASED(KIND) ARG(DYNPTR, ALV_DYNPTR_##KIND | ALV_RELEASES)

#define ROW(NAME, ID, SINCE, FLAGS)                                                      \
	.name = #NAME, .id = (ID), .since = (SINCE), .flags = (FLAGS)

static const struct alv_helper helpers[] = {
#define HELPER(NAME, ID, SINCE, RESULT, FLAGS, ...)                                      \
	[ID] = { ROW(NAME, ID, SINCE, FLAGS), RESULT, .args = { __VA_ARGS__ } },
#include "helper/helper.def"
#undef HELPER
};

static const struct alv_helper variants[] = {
#define VARIANT(VARIANT, NAME, ID, SINCE, RESULT, FLAGS, ...)                            \
	[ALV_VARIANT_##VARIANT] = { ROW(NAME, ID, SINCE, FLAGS), RESULT,                 \
				    .args = { __VA_ARGS__ } },
#include "helper/variant.def"
#undef VARIANT
};

const struct alv_helper *alv_helper_by_id(u32 id)
{
	return id < ALV_COUNT(helpers) && helpers[id].name ? &helpers[id] : NULL;
}

const struct alv_helper *alv_helper_variant(enum alv_helper_variant variant)
{
	return &variants[variant];
}

u32 alv_helper_count(void)
{
	return ALV_COUNT(helpers);
}
