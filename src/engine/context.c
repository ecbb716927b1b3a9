/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/context.h"

#include <linux/bpf_perf_event.h>

#include "helper/skb.h"
#include "helper/xdp.h"
#include "isa/insn.h"
#include "program/fields.h"
#include "program/socket.h"

enum layout { PLAIN, SKB, TC, XDP, SOCK, SOCK_ADDR, SOCK_OPS, PERF };

static const u8 layouts[] = {
	[BPF_PROG_TYPE_SOCKET_FILTER] = SKB,
	[BPF_PROG_TYPE_SCHED_CLS] = TC,
	[BPF_PROG_TYPE_SCHED_ACT] = TC,
	[BPF_PROG_TYPE_CGROUP_SKB] = SKB,
	[BPF_PROG_TYPE_LWT_IN] = SKB,
	[BPF_PROG_TYPE_LWT_OUT] = SKB,
	[BPF_PROG_TYPE_LWT_XMIT] = SKB,
	[BPF_PROG_TYPE_LWT_SEG6LOCAL] = SKB,
	[BPF_PROG_TYPE_SK_SKB] = SKB,
	[BPF_PROG_TYPE_XDP] = XDP,
	[BPF_PROG_TYPE_CGROUP_SOCK] = SOCK,
	[BPF_PROG_TYPE_CGROUP_SOCK_ADDR] = SOCK_ADDR,
	[BPF_PROG_TYPE_SOCK_OPS] = SOCK_OPS,
	[BPF_PROG_TYPE_PERF_EVENT] = PERF,
};

static u8 layout_of(u32 prog_type)
{
	return prog_type < ALV_COUNT(layouts) ? layouts[prog_type] : PLAIN;
}

/* Fields that are elsewhere, or wider, in the host's context. */
static const struct place {
	u8 layout;
	u8 size; /* BPF_DW: code of the size there */
	s16 offset;
	s16 host_offset;
} places[] = {
#define POINTER(LAYOUT, type, field, host_type, member)                                            \
	{ LAYOUT, BPF_DW, offsetof(struct type, field), offsetof(struct host_type, member) }
	POINTER(SKB, __sk_buff, data, alv_skb, data),
	POINTER(SKB, __sk_buff, data_end, alv_skb, data_end),
	POINTER(SKB, __sk_buff, data_meta, alv_skb, data_meta),
	POINTER(XDP, xdp_md, data, alv_xdp, data),
	POINTER(XDP, xdp_md, data_end, alv_xdp, data_end),
	POINTER(XDP, xdp_md, data_meta, alv_xdp, data_meta),
};

/* Where the rest begins: it is in the UAPI's order. */
static s16 shift_of(u8 layout)
{
	switch (layout) {
	case SKB:
		return offsetof(struct alv_skb, md);
	case XDP:
		return offsetof(struct alv_xdp, ingress_ifindex) -
		       offsetof(struct xdp_md, ingress_ifindex);
	default:
		return 0;
	}
}

/* The access to the host's context that stands for this one to the UAPI's. */
static struct bpf_insn host_access(u8 layout, struct bpf_insn insn)
{
	if (layout == TC)
		layout = SKB;
	for (size_t i = 0; i < ALV_COUNT(places); i++) {
		if (places[i].layout != layout || places[i].offset != insn.off)
			continue;
		insn.off = places[i].host_offset;
		insn.code = BPF_CLASS(insn.code) | BPF_MODE(insn.code) | places[i].size;
		return insn;
	}
	insn.off = (s16)(insn.off + shift_of(layout));
	return insn;
}

/* Registers of the table's instructions. */
#define AX  11 /* which programs do not have */
#define DST 12
#define SRC 13
#define TMP 14

#define LOAD(size, dst, src, at)   ALV_INSN(BPF_LDX | BPF_MEM | (size), dst, src, at, 0)
#define STORE(size, dst, src, at)  ALV_INSN(BPF_STX | BPF_MEM | (size), dst, src, at, 0)
#define GOTO(over)                 ALV_INSN(BPF_JMP | BPF_JA, 0, 0, over, 0)
#define IF_K(op, reg, imm, over)   ALV_INSN(BPF_JMP | (op) | BPF_K, reg, 0, over, imm)
#define IF32_K(op, reg, imm, over) ALV_INSN(BPF_JMP32 | (op) | BPF_K, reg, 0, over, imm)
#define ALU32_K(op, dst, imm)      ALV_INSN(BPF_ALU | (op) | BPF_K, dst, 0, 0, imm)
#define ADD_X(dst, src)            ALV_INSN(BPF_ALU64 | BPF_ADD | BPF_X, dst, src, 0, 0)
#define MOV_X(dst, src)            ALV_INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV_K(dst, imm)            ALV_INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define MOV32_K(dst, imm)          ALV_INSN(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, imm)

#define SHAPE_MAX 9

enum way { LOADED, LOADED_OVER, STORED };

/* How the kernel accesses bytes [offset, offset + size) of a context. */
struct shape {
	u8 layout;
	u8 way;
	u8 target;
	u16 offset;
	u16 size;
	struct bpf_insn insns[SHAPE_MAX];
};

#define SHAPE(LAYOUT, WAY, TYPE, MEMBER, TARGET, ...)                                              \
	{ .layout = LAYOUT, .way = WAY, .target = (TARGET),                                        \
	  .offset = offsetof(struct TYPE, MEMBER), .size = sizeof(((struct TYPE *)0)->MEMBER),     \
	  .insns = { __VA_ARGS__ } },
#define LOAD_FIELD(LAYOUT, TYPE, MEMBER, TARGET, ...) \
	SHAPE(LAYOUT, LOADED, TYPE, MEMBER, TARGET, __VA_ARGS__)
#define LOAD_BYTES(LAYOUT, OFFSET, SIZE, TARGET, ...)                                              \
	{ .layout = LAYOUT, .way = LOADED, .target = (TARGET), .offset = (OFFSET),                 \
	  .size = (SIZE), .insns = { __VA_ARGS__ } },
#define SAME_REG(LAYOUT, TYPE, MEMBER, TARGET, ...) \
	SHAPE(LAYOUT, LOADED_OVER, TYPE, MEMBER, TARGET, __VA_ARGS__)
#define STORE_FIELD(LAYOUT, TYPE, MEMBER, ...) \
	SHAPE(LAYOUT, STORED, TYPE, MEMBER, 0, __VA_ARGS__)

static const struct shape shapes[] = {
#include "engine/context.def"
};

static const struct shape *shape_in(u8 layout, const struct bpf_insn *insn)
{
	bool stores = BPF_CLASS(insn->code) != BPF_LDX;
	const struct shape *found = NULL;

	for (size_t i = 0; i < ALV_COUNT(shapes); i++) {
		const struct shape *shape = &shapes[i];

		if (shape->layout != layout || (shape->way == STORED) != stores ||
		    (u32)insn->off - shape->offset >= shape->size)
			continue;
		if (shape->way == LOADED_OVER && insn->dst_reg != insn->src_reg)
			continue;
		found = shape;
	}
	return found || layout != TC ? found : shape_in(SKB, insn);
}

static const struct alv_ctx_field *field_of(u32 prog_type, u8 base, const struct bpf_insn *insn)
{
	const struct alv_prog_type *type = alv_prog_type(ALV_NEVER, prog_type);
	u8 size = alv_insn_access_size(insn);
	struct alv_ctx_fields fields;

	if (base != ALV_REG_CTX)
		return alv_socket_field(base, ALV_NEVER, insn->off, size);
	if (!type)
		return NULL;
	fields = (struct alv_ctx_fields){ type->fields, type->n_fields, type->ctx_size };
	return alv_field_for(&fields, ALV_NEVER, insn->off, size, false);
}

/* The unit in which the kernel loads a field of which the program wants a part; 0: none. */
static u32 unit_of(const struct alv_ctx_field *field)
{
	return field && field->width != ALV_CTX_FREE ? field->unit : 0;
}

/* A register that is neither of two. */
static u8 third_register(u8 first, u8 second)
{
	u8 reg = BPF_REG_9;

	while (reg == first || reg == second)
		reg--;
	return reg;
}

struct names {
	u8 dst;
	u8 src;
	u8 tmp;
};

static u8 name(const struct names *names, u8 reg)
{
	return reg == DST ? names->dst : reg == SRC ? names->src : reg == TMP ? names->tmp : reg;
}

static bool touches_field(const struct bpf_insn *insn, bool stores)
{
	return stores ? BPF_CLASS(insn->code) == BPF_STX && insn->src_reg == DST :
			BPF_CLASS(insn->code) == BPF_LDX && insn->dst_reg == DST;
}

struct shown {
	struct bpf_insn insns[SHAPE_MAX + 4];
	u32 n;
	u32 last; /* the one that accesses the field itself */
};

static void copy_shape(struct shown *shown, const struct shape *shape,
		       const struct bpf_insn *insn)
{
	bool stores = shape->way == STORED;
	u8 value = stores ? insn->src_reg : insn->dst_reg;
	u8 base = stores ? insn->dst_reg : insn->src_reg;
	/* A constant leaves register 0 where the value's would stand. */
	const struct names names = { value, base, third_register(value, base) };

	for (; shown->n < SHAPE_MAX && shape->insns[shown->n].code; shown->n++) {
		struct bpf_insn *to = &shown->insns[shown->n];

		*to = shape->insns[shown->n];
		if (touches_field(to, stores))
			shown->last = shown->n;
		to->dst_reg = name(&names, to->dst_reg) & 15;
		to->src_reg = name(&names, to->src_reg) & 15;
	}
}

/* Of a field that was loaded as a whole, the part that the program wants. */
static void show_part(struct shown *shown, const struct bpf_insn *insn, u32 unit)
{
	u32 size = alv_insn_access_size(insn), shift = ((u32)insn->off & (unit - 1)) * 8;
	u8 class = unit <= sizeof(u32) ? BPF_ALU : BPF_ALU64;

	if (shift)
		shown->insns[shown->n++] = ALV_INSN(class | BPF_RSH | BPF_K, insn->dst_reg, 0, 0,
						    (s32)shift);
	shown->insns[shown->n++] =
		ALU32_K(BPF_AND, insn->dst_reg, (s32)((1ull << size * 8) - 1));
}

static void show_load(struct shown *shown, const struct shape *shape,
		      const struct bpf_insn *insn, u32 unit)
{
	struct bpf_insn *field = &shown->insns[shown->last];
	u32 size = alv_insn_access_size(insn);
	s32 first = unit ? insn->off & ~(s32)(unit - 1) : insn->off;

	field->off = (s16)(field->off + first - shape->offset);
	if (!shape->target || (unit && size > unit))
		field->code = BPF_LDX | BPF_MEM | BPF_SIZE(insn->code);
	if (unit && size < unit && size < shape->target)
		show_part(shown, insn, unit);
	if (BPF_MODE(insn->code) == ALV_BPF_MEMSX)
		shown->insns[shown->n++] = ALV_INSN(BPF_ALU64 | BPF_MOV | BPF_X, insn->dst_reg,
						    insn->dst_reg, (s16)(size * 8), 0);
}

static void show_store(struct shown *shown, const struct shape *shape,
		       const struct bpf_insn *insn)
{
	struct bpf_insn *field = &shown->insns[shown->last];
	bool wide = BPF_SIZE(insn->code) == BPF_DW || shape->size > sizeof(u32);

	field->off = (s16)(field->off + insn->off - shape->offset);
	if (wide)
		field->code = BPF_STX | BPF_MEM | BPF_SIZE(insn->code);
	if (BPF_CLASS(insn->code) == BPF_ST) {
		field->code = BPF_ST | BPF_MEM | BPF_SIZE(field->code);
		field->src_reg = 0;
		field->imm = insn->imm;
	}
}

/* The one store that is judged: a constant needs no judgement when it runs. */
static bool show_queue(struct shown *shown, const struct shape *shape,
		       const struct bpf_insn *insn)
{
	if (shape->layout != SKB || BPF_CLASS(insn->code) != BPF_ST ||
	    shape->offset != offsetof(struct __sk_buff, queue_mapping))
		return false;
	shown->n = 1;
	shown->insns[0] = insn->imm >= UINT16_MAX ?
				  GOTO(0) :
				  ALV_INSN(BPF_ST | BPF_MEM | BPF_H, insn->dst_reg, 0,
					   shape->insns[1].off, insn->imm);
	return true;
}

void alv_emit_context(struct alv_emitter *to, u32 prog_type, const struct alv_type *pointer,
		      const struct bpf_insn *insn)
{
	bool socket = pointer->base != ALV_REG_CTX;
	u8 layout = socket ? SOCK : layout_of(prog_type);
	const struct shape *shape = shape_in(layout, insn);
	struct bpf_insn code = socket ? *insn : host_access(layout, *insn);
	struct shown shown = { .n = 0 };

	if (!shape)
		return alv_emit_as(to, *insn, code);
	if (!show_queue(&shown, shape, insn)) {
		copy_shape(&shown, shape, insn);
		if (shape->way == STORED)
			show_store(&shown, shape, insn);
		else
			show_load(&shown, shape, insn,
				  unit_of(field_of(prog_type, pointer->base, insn)));
	}
	alv_emit_instead(to, shown.insns, shown.n, code);
}

/* The packet must be the program's own; if it can't be, it is dropped. */
void alv_emit_prologue(struct alv_emitter *to, u32 prog_type)
{
	const u8 r0 = BPF_REG_0, r1 = BPF_REG_1, r2 = BPF_REG_2, kept = BPF_REG_6;
	const struct bpf_insn shown[] = {
		LOAD(BPF_B, kept, r1, 126),
		ALU32_K(BPF_AND, kept, 1),
		IF_K(BPF_JEQ, kept, 0, 7),
		MOV_X(kept, r1),
		ALV_INSN(BPF_ALU64 | BPF_XOR | BPF_X, r2, r2, 0, 0),
		ALV_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_skb_pull_data),
		IF_K(BPF_JEQ, r0, 0, 2),
		MOV32_K(r0, 2),
		ALV_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
		MOV_X(r1, kept),
	};

	if (layout_of(prog_type) == TC)
		alv_emit_instead(to, shown, ALV_COUNT(shown), GOTO(ALV_COUNT(shown) - 1));
}
