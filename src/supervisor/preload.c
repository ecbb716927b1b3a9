/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/preload.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "supervisor/executable.h"

static const char *const fdinfo_names[] = {
	[ALV_FDINFO_AUTO] = "auto",
	[ALV_FDINFO_SHIM] = "shim",
	[ALV_FDINFO_ALWAYS] = "always",
	[ALV_FDINFO_NEVER] = "never",
};

int alv_fdinfo_parse(const char *name, enum alv_fdinfo *ret_fdinfo)
{
	for (size_t i = 0; i < ALV_COUNT(fdinfo_names); i++) {
		if (strcmp(fdinfo_names[i], name))
			continue;
		*ret_fdinfo = (enum alv_fdinfo)i;
		return 0;
	}
	return -EINVAL;
}

enum alv_fdinfo alv_fdinfo_choose(enum alv_fdinfo wanted, enum alv_view view,
				  const char *command, bool preload)
{
	if (view == ALV_VIEW_PATHS && wanted == ALV_FDINFO_AUTO)
		return ALV_FDINFO_NEVER; /* nothing more is needed */
	if (wanted != ALV_FDINFO_AUTO)
		return wanted;
	return preload && alv_executable_takes_preload(command) ? ALV_FDINFO_SHIM : ALV_FDINFO_ALWAYS;
}

/* Beside the command: where it is installed, then where it is built. */
static int find_shim(char path[PATH_MAX])
{
	static const char *const places[] = { ALV_SHIM_INSTALLED, "/../shim/" ALV_SHIM_NAME };
	char self[PATH_MAX], wanted[2 * PATH_MAX], real[PATH_MAX], *name;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return -errno;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < ALV_COUNT(places); i++) {
		snprintf(wanted, sizeof(wanted), "%s%s", self, places[i]);
		if (access(wanted, R_OK))
			continue;
		/* The directory's real name, but the link's own: see its build file. */
		name = strrchr(wanted, '/');
		*name++ = '\0';
		if (!realpath(wanted, real) ||
		    snprintf(path, PATH_MAX, "%s/%s", real, name) >= PATH_MAX)
			return -ENAMETOOLONG;
		return 0;
	}
	return -ENOENT;
}

int alv_preload_shim(void)
{
	const char *before = getenv("LD_PRELOAD");
	ALV_AUTO(mem) char *list = NULL;
	char shim[PATH_MAX];
	int err = find_shim(shim);

	if (err)
		return err;
	/* The loader's list knows no quotes: a path with its separators can't be in it. */
	if (strpbrk(shim, ": "))
		return -EINVAL;
	if (before && strstr(before, shim))
		return 0;
	if (asprintf(&list, "%s%s%s", before ? before : "", before && *before ? ":" : "",
		     shim) < 0)
		return -ENOMEM;
	return setenv("LD_PRELOAD", list, 1) ? -errno : 0;
}
