/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of helpers that program types share. Each function answers with the helper's
 * prototype, NULL where the set has it not (or not for this program).
 *
 * Sets are those of Linux 6.18; of older profiles only what their kernels have.
 */
#ifndef ALV_PROGRAM_HELPER_SET_H
#define ALV_PROGRAM_HELPER_SET_H

#include "program/type.h"

struct alv_helper_set {
	const u8 *ids;
	size_t count;
};

#define ALV_HELPER_SET(...)                                                              \
	{ .ids = (const u8[]){ __VA_ARGS__ },                                            \
	  .count = sizeof((const u8[]){ __VA_ARGS__ }) }

const struct alv_helper *alv_helper_in(const struct alv_helper_set *set,
				       const struct alv_prog_traits *traits, u32 id);
/* What all programs may call, some of it with CAP_BPF or CAP_PERFMON only. */
const struct alv_helper *alv_helper_in_base(const struct alv_prog_traits *traits, u32 id);
/* Base, and what programs about packets and sockets share. */
const struct alv_helper *alv_helper_in_net(const struct alv_prog_traits *traits, u32 id);
/* Without base: what programs attached to control groups share. */
const struct alv_helper *alv_helper_in_cgroup(const struct alv_prog_traits *traits,
					      u32 id);
/* Net, and what socket_filter and cgroup_skb share. */
const struct alv_helper *alv_helper_in_sk_filter(const struct alv_prog_traits *traits,
						 u32 id);
/* Base, and what tracing programs share. */
const struct alv_helper *alv_helper_in_tracing(const struct alv_prog_traits *traits,
					       u32 id);

#endif
