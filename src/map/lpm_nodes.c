/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/lpm_nodes.h"

#include <errno.h>

/* Address space for nodes that wait for readers: only used by a storm of updates. */
#define WAITING_NODES (1u << 20)

int alv_lpm_nodes_init(struct alv_lpm_nodes *nodes, u32 size, u64 count)
{
	u64 units, wanted;
	int err;

	*nodes = (struct alv_lpm_nodes){};
	nodes->units = (u32)(alv_round_up(size, ALV_LPM_UNIT) / ALV_LPM_UNIT);
	wanted = (count + WAITING_NODES) * nodes->units;
	units = wanted < UINT32_MAX ? wanted : UINT32_MAX;
	err = alv_grace_new(&nodes->grace);
	if (err)
		return err;
	err = alv_region_init(&nodes->region, units * ALV_LPM_UNIT);
	if (err) {
		alv_grace_free(nodes->grace);
		return err;
	}
	nodes->limit = (u32)units;
	nodes->end = 1; /* unit 0 is no node */
	return 0;
}

void alv_lpm_nodes_fini(struct alv_lpm_nodes *nodes)
{
	alv_grace_free(nodes->grace);
	alv_region_fini(&nodes->region);
}

static void push(struct alv_lpm_nodes *nodes, u32 *list, u32 index)
{
	alv_lpm_node(nodes, index)->next = *list;
	*list = index;
}

static u32 pop(struct alv_lpm_nodes *nodes, u32 *list)
{
	u32 index = *list;

	if (index)
		*list = alv_lpm_node(nodes, index)->next;
	return index;
}

/* Move the lists on as far as grace periods allow. */
static void collect(struct alv_lpm_nodes *nodes)
{
	if (!alv_grace_passed(nodes->grace))
		return;
	nodes->free = nodes->waiting;
	nodes->waiting = nodes->retired;
	nodes->retired = 0;
	if (nodes->waiting)
		alv_grace_start(nodes->grace);
}

u32 alv_lpm_nodes_take(struct alv_lpm_nodes *nodes)
{
	u32 index;

	if (!nodes->free)
		collect(nodes);
	index = pop(nodes, &nodes->free);
	if (index)
		return index;
	if (nodes->limit - nodes->end < nodes->units)
		return 0;
	index = nodes->end;
	nodes->end += nodes->units;
	return index;
}

void alv_lpm_nodes_untake(struct alv_lpm_nodes *nodes, u32 index)
{
	push(nodes, &nodes->free, index);
}

void alv_lpm_nodes_retire(struct alv_lpm_nodes *nodes, u32 index)
{
	push(nodes, &nodes->retired, index);
}
