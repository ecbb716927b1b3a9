/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits on sizes that come from how the kernel allocates, not from what a map means. */
#ifndef ALV_MAP_SIZE_H
#define ALV_MAP_SIZE_H

/* KMALLOC_MAX_SIZE of x86-64: a larger value could not be copied for bpf(2). */
#define ALV_KMALLOC_MAX (4u << 20)

#endif
