/* SPDX-License-Identifier: BSD-2-Clause */
#include "supervisor/server.h"

#include <errno.h>
#include <string.h>

static const char *const transport_names[] = {
	[ALV_TRANSPORT_AUTO] = "auto",
	[ALV_TRANSPORT_NOTIFY] = "notify",
	[ALV_TRANSPORT_TRAP] = "trap",
};

static const char *const view_names[] = {
	[ALV_VIEW_AUTO] = "auto",
	[ALV_VIEW_MOUNTS] = "mounts",
	[ALV_VIEW_PATHS] = "paths",
};

const char *alv_transport_name(enum alv_transport transport)
{
	return transport_names[transport];
}

const char *alv_view_name(enum alv_view view)
{
	return view_names[view];
}

static int find_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -EINVAL;
}

int alv_transport_parse(const char *name, enum alv_transport *ret_transport)
{
	int found = find_name(transport_names, ALV_COUNT(transport_names), name);

	if (found < 0)
		return found;
	*ret_transport = (enum alv_transport)found;
	return 0;
}

int alv_view_parse(const char *name, enum alv_view *ret_view)
{
	int found = find_name(view_names, ALV_COUNT(view_names), name);

	if (found < 0)
		return found;
	*ret_view = (enum alv_view)found;
	return 0;
}
