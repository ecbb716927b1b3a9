/* SPDX-License-Identifier: BSD-2-Clause */
#include "verifier/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void alv_frame_init(struct alv_frame *frame, u32 callsite, u32 number, u32 subprog, bool precise)
{
	struct alv_reg *fp = &frame->regs[BPF_REG_10];

	*frame = (struct alv_frame){ .callsite = callsite, .number = number, .subprog = subprog };
	for (u32 i = 0; i < ALV_N_REGS; i++)
		alv_reg_set_uninit(&frame->regs[i], precise);
	alv_reg_set_pointer(fp, ALV_REG_STACK, 0);
	fp->frame = number;
}

void alv_frame_fini(struct alv_frame *frame)
{
	free(frame->slots);
	frame->slots = NULL;
	frame->n_slots = 0;
}

static int frame_resize(struct alv_frame *frame, u32 n_slots)
{
	struct alv_slot *slots;

	if (!n_slots) {
		alv_frame_fini(frame);
		return 0;
	}
	slots = realloc(frame->slots, n_slots * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	if (n_slots > frame->n_slots)
		memset(slots + frame->n_slots, 0, (n_slots - frame->n_slots) * sizeof(*slots));
	frame->slots = slots;
	frame->n_slots = n_slots;
	return 0;
}

int alv_frame_copy(struct alv_frame *dst, const struct alv_frame *src)
{
	struct alv_slot *slots;
	int err = 0;

	if (dst->n_slots != src->n_slots)
		err = frame_resize(dst, src->n_slots);
	if (err)
		return err;
	slots = dst->slots;
	*dst = *src;
	dst->slots = slots;
	if (src->n_slots)
		memcpy(slots, src->slots, src->n_slots * sizeof(*slots));
	return 0;
}

int alv_frame_grow(struct alv_frame *frame, u32 depth)
{
	u32 n_slots = (u32)(alv_round_up(depth, ALV_REG_SIZE) / ALV_REG_SIZE);

	return n_slots > frame->n_slots ? frame_resize(frame, n_slots) : 0;
}
