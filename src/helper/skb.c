/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/skb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/checksum.h"

int alv_skb_init(struct alv_skb *skb, u32 headroom, u32 size, u32 tailroom)
{
	u64 total = (u64)headroom + size + tailroom;

	memset(skb, 0, sizeof(*skb));
	skb->head = calloc(1, total);
	if (!skb->head)
		return -ENOMEM;
	skb->end = skb->head + total;
	skb->data = skb->head + headroom;
	skb->network = skb->data;
	skb->md.len = size;
	skb->md.sk = &skb->sock;
	return 0;
}

void alv_skb_fini(struct alv_skb *skb)
{
	free(skb->head);
	skb->head = NULL;
}

void alv_skb_refresh(struct alv_skb *skb)
{
	skb->data_end = skb->direct ? skb->data + skb->md.len : NULL;
	skb->data_meta = skb->direct ? skb->data : NULL;
}

void alv_skb_pull(struct alv_skb *skb, u32 bytes)
{
	skb->data += bytes;
	skb->md.len -= bytes;
	alv_skb_refresh(skb);
}

bool alv_skb_push(struct alv_skb *skb, u32 bytes)
{
	if ((u64)(skb->data - skb->head) < bytes)
		return false;
	skb->data -= bytes;
	skb->md.len += bytes;
	alv_skb_refresh(skb);
	return true;
}

int alv_skb_make_room(struct alv_skb *skb, u32 front, u32 back)
{
	u64 before = (u64)(skb->data - skb->head);
	u64 after = (u64)(skb->end - skb->data) - skb->md.len;
	u64 more_front = before < front ? front - before : 0;
	u64 more_back = after < back ? back - after : 0;
	u64 old = (u64)(skb->end - skb->head);
	u8 *head, *moved;

	if (!more_front && !more_back)
		return 0;
	head = calloc(1, old + more_front + more_back);
	if (!head)
		return -ENOMEM;
	moved = head + more_front;
	memcpy(moved, skb->head, old);
	skb->data = moved + (skb->data - skb->head);
	skb->network = moved + (skb->network - skb->head);
	if (skb->mac)
		skb->mac = moved + (skb->mac - skb->head);
	free(skb->head);
	skb->head = head;
	skb->end = head + old + more_front + more_back;
	alv_skb_refresh(skb);
	return 0;
}

int alv_skb_insert(struct alv_skb *skb, u32 offset, u32 bytes)
{
	if (offset > skb->md.len || alv_skb_make_room(skb, bytes, 0))
		return -ENOMEM;
	alv_skb_push(skb, bytes);
	memmove(skb->data, skb->data + bytes, offset);
	memset(skb->data + offset, 0, bytes);
	skb->network -= bytes;
	if (skb->mac)
		skb->mac -= bytes;
	return 0;
}

int alv_skb_remove(struct alv_skb *skb, u32 offset, u32 bytes)
{
	if ((u64)offset + bytes > skb->md.len)
		return -ENOMEM;
	if (skb->csum_complete)
		skb->csum = alv_csum_sub(skb->csum,
					 alv_csum_partial(skb->data + offset, bytes, 0));
	memmove(skb->data + bytes, skb->data, offset);
	skb->network += bytes;
	if (skb->mac)
		skb->mac += bytes;
	alv_skb_pull(skb, bytes);
	return 0;
}
