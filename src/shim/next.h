/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the preloaded library share. */
#ifndef ALV_SHIM_NEXT_H
#define ALV_SHIM_NEXT_H

#undef _FILE_OFFSET_BITS /* the plain and the "64" names are both defined here */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

#define EXPORT __attribute__((visibility("default")))

/* The function that would have been called without us; the loader knows it. */
#define NEXT(name)                                                                         \
	({                                                                                 \
		static __typeof__(&name) found_;                                           \
		if (!found_)                                                               \
			found_ = (__typeof__(&name))dlsym(RTLD_NEXT, #name);               \
		found_;                                                                    \
	})

/*
 * An open of `path` failed: was it a signal that came before the launcher took
 * notice, so that it is to be made again? Of files that one waits for (FIFOs,
 * terminals) EINTR may be the open's own answer, and stays one.
 */
bool alv_shim_open_again(int dirfd, const char *path, int flags);

#endif
