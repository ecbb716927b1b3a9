/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoding, checking and printing of single instructions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "isa/insn.h"

static struct bpf_insn insn(u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	return (struct bpf_insn){
		.code = code,
		.dst_reg = dst,
		.src_reg = src,
		.off = off,
		.imm = imm,
	};
}

static void assert_text(struct bpf_insn one, const char *expected)
{
	struct bpf_insn pair[2] = { one, { .imm = 1 } };
	char text[ALV_INSN_TEXT];
	int length = alv_insn_print(text, sizeof(text), pair, NULL);

	assert_string_equal(text, expected);
	assert_int_equal(length, strlen(expected));
}

static void prints_every_kind(void **state)
{
	assert_text(insn(0xb7, 1, 0, 0, -1), "(b7) r1 = -1");
	assert_text(insn(0x0c, 1, 2, 0, 0), "(0c) w1 += w2");
	assert_text(insn(0x3f, 1, 2, 1, 0), "(3f) r1 s/= r2");
	assert_text(insn(0x94, 1, 0, 1, 7), "(94) w1 s%= 7");
	assert_text(insn(0xbf, 1, 2, 32, 0), "(bf) r1 = (s32)r2");
	assert_text(insn(0xbc, 1, 2, 8, 0), "(bc) w1 = (s8)w2");
	assert_text(insn(0xbf, 1, 2, 1, 1), "(bf) r1 = addr_space_cast(r2, 0, 1)");
	assert_text(insn(0xbf, 1, 2, 1, 1 << 16), "(bf) r1 = addr_space_cast(r2, 1, 0)");
	assert_text(insn(0xbf, 1, 2, -1, 0), "(bf) r1 = &(void __percpu *)(r2)");
	assert_text(insn(0x87, 3, 0, 0, 0), "(87) r3 = -r3");
	assert_text(insn(0x84, 3, 0, 0, 0), "(84) w3 = -w3");
	assert_text(insn(0xd4, 3, 0, 0, 64), "(d4) r3 = le64 r3");
	assert_text(insn(0xdc, 3, 0, 0, 16), "(dc) r3 = be16 r3");
	assert_text(insn(0xd7, 3, 0, 0, 32), "(d7) r3 = bswap32 r3");
	assert_text(insn(0x71, 3, 4, -2, 0), "(71) r3 = *(u8 *)(r4 -2)");
	assert_text(insn(0x81, 3, 4, 2, 0), "(81) r3 = *(s32 *)(r4 +2)");
	assert_text(insn(0x6a, 3, 0, 2, -3), "(6a) *(u16 *)(r3 +2) = -3");
	assert_text(insn(0xc2, 0, 0, 0, 0), "(c2) nospec");
	assert_text(insn(0x7b, 10, 4, -8, 0), "(7b) *(u64 *)(r10 -8) = r4");
	assert_text(insn(0xdb, 1, 2, 0, 0x40), "(db) lock *(u64 *)(r1 +0) |= r2");
	assert_text(insn(0xc3, 1, 2, 0, 0x51),
		    "(c3) r2 = atomic_fetch_and((u32 *)(r1 +0), r2)");
	assert_text(insn(0xdb, 1, 2, 0, 0xe1),
		    "(db) r2 = atomic64_xchg((u64 *)(r1 +0), r2)");
	assert_text(insn(0xdb, 1, 2, 0, 0xf1),
		    "(db) r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)");
	assert_text(insn(0xd3, 1, 2, 4, 0x100), "(d3) r1 = load_acquire((u8 *)(r2 +4))");
	assert_text(insn(0xcb, 1, 2, 4, 0x110), "(cb) store_release((u16 *)(r1 +4), r2)");
	assert_text(insn(0xdb, 1, 2, 0, 2), "BUG_db");
	assert_text(insn(0x30, 0, 0, 0, -1), "(30) r0 = *(u8 *)skb[-1]");
	assert_text(insn(0x40, 0, 7, 0, 4), "(40) r0 = *(u32 *)skb[r7 + 4]");
	assert_text(insn(0x18, 1, 0, 0, -1), "(18) r1 = 0x1ffffffff");
	assert_text(insn(0x05, 0, 0, -3, 0), "(05) goto pc-3");
	assert_text(insn(0x06, 0, 0, 0, 70000), "(06) gotol pc+70000");
	assert_text(insn(0xe5, 0, 0, 2, 0), "(e5) may_goto pc+2");
	assert_text(insn(0x55, 1, 0, 2, -1), "(55) if r1 != 0xffffffff goto pc+2");
	assert_text(insn(0xde, 1, 2, -2, 0), "(de) if w1 s<= w2 goto pc-2");
	assert_text(insn(0x85, 0, 1, 0, 5), "(85) call pc+5");
	assert_text(insn(0x85, 0, 2, 0, 5), "(85) call kernel-function#5");
	assert_text(insn(0x85, 0, 0, 0, 5), "(85) call unknown#5");
	assert_text(insn(0x95, 0, 0, 0, 0), "(95) exit");
}

static const char *call_name(void *data, const struct bpf_insn *call, char *text,
			     size_t size)
{
	return call->src_reg ? NULL : data;
}

static const char *constant_name(void *data, const struct bpf_insn *load, u64 value,
				 char *text, size_t size)
{
	return load->src_reg == BPF_PSEUDO_MAP_FD ? "map[id:7]" : NULL;
}

static void prints_the_users_names(void **state)
{
	struct alv_insn_names names = { .data = "bpf_ktime_get_ns", .call = call_name,
					.immediate = constant_name };
	struct bpf_insn call = insn(0x85, 0, 0, 0, 5);
	struct bpf_insn load[2] = { insn(0x18, 2, BPF_PSEUDO_MAP_FD, 0, 9) };
	char text[ALV_INSN_TEXT];

	alv_insn_print(text, sizeof(text), &call, &names);
	assert_string_equal(text, "(85) call bpf_ktime_get_ns#5");
	alv_insn_print(text, sizeof(text), load, &names);
	assert_string_equal(text, "(18) r2 = map[id:7]");
	load->src_reg = BPF_PSEUDO_MAP_VALUE;
	alv_insn_print(text, sizeof(text), load, &names);
	assert_string_equal(text, "(18) r2 = 0x9");
	names.hide_pointers = true;
	alv_insn_print(text, sizeof(text), load, &names);
	assert_string_equal(text, "(18) r2 = 0x0");
}

static void prints_cut_at_the_size(void **state)
{
	struct bpf_insn one = insn(0x95, 0, 0, 0, 0);
	char text[] = "........";

	assert_int_equal(alv_insn_print(text, 5, &one, NULL), 9);
	assert_memory_equal(text, "(95)\0...", 9);
}

static void assert_form(struct bpf_insn one, const char *expected)
{
	struct alv_isa_error error = { .err = 0 };
	int err = alv_insn_check_form(V6_18, &one, 1, 0, &error);

	assert_int_equal(err, expected ? -EINVAL : 0);
	assert_string_equal(error.text, expected ? expected : "");
}

static void knows_its_opcodes(void **state)
{
	u32 known = 0;

	for (u32 code = 0; code < 256; code++) {
		struct bpf_insn one = insn(code, 0, 0, 0, 0);

		known += alv_insn_is_known(&one);
	}
	/*
	 * 12 operations of 4 forms, 5 of 1; 11 comparisons of 4 forms, 5 other jumps;
	 * 7 loads, 4 + 4 stores, 4 atomics, 7 of BPF_LD.
	 */
	assert_int_equal(known, 12 * 4 + 5 + 11 * 4 + 5 + 7 + 8 + 4 + 7);
	assert_form(insn(0xff, 0, 0, 0, 0), "unknown opcode ff");
	assert_form(insn(0x8f, 0, 0, 0, 0), "unknown opcode 8f");
	assert_form(insn(0xdf, 0, 0, 0, 16), "unknown opcode df");
	assert_form(insn(0x99, 0, 0, 0, 0), "unknown opcode 99");
	assert_form(insn(0x00, 0, 0, 0, 0), "unknown opcode 00");
	assert_form(insn(0x61, 0, 1, 0, 1), "BPF_LDX uses reserved fields");
	assert_form(insn(0x21, 0, 1, 0, 0), "BPF_LDX uses reserved fields");
	assert_form(insn(0x18, 0, 0, 0, 0), "invalid bpf_ld_imm64 insn");
	assert_form(insn(0x95, 0, 0, 7, 7), NULL);
}

static void checks_halves_of_constants(void **state)
{
	struct bpf_insn load[2] = { insn(0x18, 0, BPF_PSEUDO_MAP_FD, 0, 0) };
	struct alv_isa_error error;

	assert_int_equal(alv_insn_check_form(V6_18, load, 2, 0, &error), 0);
	load[1].imm = 1;
	assert_int_equal(alv_insn_check_form(V6_18, load, 2, 0, &error), -EINVAL);
	assert_string_equal(error.text, "unrecognized bpf_ld_imm64 insn");
	load[0].src_reg = BPF_PSEUDO_MAP_VALUE;
	assert_int_equal(alv_insn_check_form(V6_18, load, 2, 0, &error), 0);
	load[0].src_reg = 7;
	assert_int_equal(alv_insn_check_form(V6_18, load, 2, 0, &error), -EINVAL);
	load[1].off = 1;
	assert_int_equal(alv_insn_check_form(V6_18, load, 2, 0, &error), -EINVAL);
	assert_string_equal(error.text, "invalid bpf_ld_imm64 insn");
}

static void assert_fields(struct bpf_insn one, const char *expected)
{
	struct alv_isa_error error = { .err = 0 };
	int err = alv_insn_check_fields(V6_18, &one, &error);

	if (!err)
		err = alv_insn_check_constant(&one, &error);
	assert_int_equal(err, expected ? -EINVAL : 0);
	assert_string_equal(error.text, expected ? expected : "");
}

static void checks_reserved_fields(void **state)
{
	assert_fields(insn(0xbf, 1, 2, 32, 0), NULL);
	assert_fields(insn(0xbc, 1, 2, 32, 0), "BPF_MOV uses reserved fields");
	assert_fields(insn(0xb7, 1, 2, 0, 0), "BPF_MOV uses reserved fields");
	assert_fields(insn(0xbf, 1, 2, 1, 2),
		      "addr_space_cast insn can only convert between address "
		      "space 1 and 0");
	assert_fields(insn(0x07, 1, 0, 1, 2), "BPF_ALU uses reserved fields");
	assert_fields(insn(0x37, 1, 0, 1, 2), NULL);
	assert_fields(insn(0x37, 1, 0, 2, 2), "BPF_ALU uses reserved fields");
	assert_fields(insn(0x37, 1, 0, 0, 0), "div by zero");
	assert_fields(insn(0x3f, 1, 0, 0, 0), NULL);
	assert_fields(insn(0x67, 1, 0, 0, 63), NULL);
	assert_fields(insn(0x64, 1, 0, 0, 32), "invalid shift 32");
	assert_fields(insn(0x87, 1, 0, 0, 1), "BPF_NEG uses reserved fields");
	assert_fields(insn(0xd7, 1, 0, 0, 8), "BPF_END uses reserved fields");
	assert_fields(insn(0x62, 1, 1, 0, 8), "BPF_ST uses reserved fields");
	assert_fields(insn(0x63, 1, 1, 0, 8), "BPF_STX uses reserved fields");
	assert_fields(insn(0xc3, 1, 1, 0, 8), "BPF_ATOMIC uses invalid atomic opcode 08");
	assert_fields(insn(0xd3, 1, 1, 0, 0), "invalid atomic operand size");
	assert_fields(insn(0xd3, 1, 1, 0, ALV_BPF_LOAD_ACQ), NULL);
	assert_fields(insn(0x18, 1, 0, 1, 0), "BPF_LD_IMM64 uses reserved fields");
	assert_fields(insn(0x20, 0, 1, 0, 0), "BPF_LD_[ABS|IND] uses reserved fields");
	assert_fields(insn(0x40, 0, 1, 0, 0), NULL);
	assert_fields(insn(0x1d, 0, 1, 0, 1), "BPF_JMP/JMP32 uses reserved fields");
	assert_fields(insn(0x05, 0, 0, 1, 1), "BPF_JA uses reserved fields");
	assert_fields(insn(0x06, 0, 0, 1, 1), "BPF_JA uses reserved fields");
	assert_fields(insn(0xe5, 0, 0, 0, 0), NULL);
	assert_fields(insn(0xe5, 0, 1, 1, 3), "invalid may_goto imm 3");
	assert_fields(insn(0x85, 0, 3, 0, 1), "BPF_CALL uses reserved fields");
	assert_fields(insn(0x85, 0, 0, 1, 1), "BPF_CALL uses reserved fields");
	assert_fields(insn(0x85, 0, 2, 1, 1), NULL);
	assert_fields(insn(0x95, 0, 0, 0, 1), "BPF_EXIT uses reserved fields");
	/* Nobody looks at an exit's offset. */
	assert_fields(insn(0x95, 0, 0, 1, 0), NULL);
}

static void assert_regs(struct bpf_insn one, u16 uses, u16 defines)
{
	struct alv_insn_regs regs = alv_insn_regs(&one, 2);

	assert_int_equal(regs.uses, uses);
	assert_int_equal(regs.defines, defines);
}

static void assert_since(enum alv_kernel since, enum alv_kernel before,
			 struct bpf_insn one, const char *text)
{
	struct alv_isa_error error;

	assert_int_equal(alv_insn_check_form(since, &one, 1, 0, &error), 0);
	assert_int_equal(alv_insn_check_fields(since, &one, &error), 0);
	if (!alv_insn_check_form(before, &one, 1, 0, &error))
		assert_int_equal(alv_insn_check_fields(before, &one, &error), -EINVAL);
	assert_string_equal(error.text, text);
}

static void knows_what_older_kernels_lack(void **state)
{
	assert_since(V6_6, V6_5, insn(0x81, 1, 2, 0, 0), "BPF_LDX uses reserved fields");
	assert_since(V6_1, V6_0, insn(0x06, 0, 0, 0, 1), "unknown opcode 06");
	assert_since(V6_6, V6_5, insn(0xd7, 1, 0, 0, 16), "unknown opcode d7");
	assert_since(V6_6, V6_5, insn(0xbf, 1, 2, 8, 0), "BPF_MOV uses reserved fields");
	assert_since(V6_6, V6_5, insn(0x3f, 1, 2, 1, 0), "BPF_ALU uses reserved fields");
	assert_since(V6_9, V6_7, insn(0xe5, 0, 0, 1, 0), "unknown opcode e5");
	assert_since(V6_15, V6_12, insn(0xe5, 0, 0, 0, 0),
			"invalid may_goto off 0 imm 0");
	assert_since(V6_9, V6_7, insn(0xbf, 1, 2, 1, 1), "BPF_MOV uses reserved fields");
	assert_since(V6_15, V6_12, insn(0xdb, 1, 2, 0, ALV_BPF_LOAD_ACQ),
			"BPF_ATOMIC uses invalid atomic opcode 100");
	assert_since(V6_15, V6_12, insn(0xd3, 1, 2, 0, ALV_BPF_LOAD_ACQ),
			"unknown opcode d3");
	assert_since(V5_12, V5_11, insn(0xdb, 1, 2, 0, BPF_XCHG),
			"BPF_XADD uses reserved fields");
	assert_since(V5_13, V5_12, insn(0x85, 0, 2, 0, 9),
		     "BPF_CALL uses reserved fields");
}

static void says_what_registers_it_uses(void **state)
{
	assert_regs(insn(0x0f, 1, 2, 0, 0), 1 << 1 | 1 << 2, 1 << 1);
	assert_regs(insn(0x07, 1, 2, 0, 0), 1 << 1, 1 << 1);
	assert_regs(insn(0xbf, 1, 2, 0, 0), 1 << 2, 1 << 1);
	assert_regs(insn(0xb7, 1, 0, 0, 0), 0, 1 << 1);
	assert_regs(insn(0x61, 1, 2, 0, 0), 1 << 2, 1 << 1);
	assert_regs(insn(0x62, 1, 0, 0, 0), 1 << 1, 0);
	assert_regs(insn(0x63, 1, 2, 0, 0), 1 << 1 | 1 << 2, 0);
	assert_regs(insn(0xdb, 3, 2, 0, BPF_ADD), 1 << 3 | 1 << 2, 0);
	assert_regs(insn(0xdb, 3, 2, 0, BPF_XCHG), 1 << 3 | 1 << 2, 1 << 2);
	assert_regs(insn(0xdb, 3, 2, 0, BPF_CMPXCHG), 1 << 3 | 1 << 2 | 1, 1);
	assert_regs(insn(0xdb, 3, 2, 0, ALV_BPF_LOAD_ACQ), 1 << 2, 1 << 3);
	assert_regs(insn(0xdb, 3, 2, 0, ALV_BPF_STORE_REL), 1 << 2 | 1 << 3, 0);
	assert_regs(insn(0x18, 3, 1, 0, 0), 0, 1 << 3);
	assert_regs(insn(0x20, 0, 0, 0, 0), ALV_ALL_REGS, 0);
	assert_regs(insn(0x1d, 3, 2, 0, 0), 1 << 3 | 1 << 2, 0);
	assert_regs(insn(0x15, 3, 2, 0, 0), 1 << 3, 0);
	assert_regs(insn(0xe5, 3, 2, 0, 0), 0, 0);
	assert_regs(insn(0x85, 0, 0, 0, 1), 1 << 1 | 1 << 2, 0x3f);
	assert_regs(insn(0x95, 0, 0, 0, 0), 1, 0);
}

static void says_where_it_jumps(void **state)
{
	struct bpf_insn gotol = insn(0x06, 0, 0, 3, 70000);
	struct bpf_insn jump = insn(0x15, 0, 0, -3, 9);
	struct bpf_insn exit = insn(0x95, 0, 0, 0, 0), may_goto = insn(0xe5, 0, 0, 1, 0);

	assert_true(alv_insn_is_jump(&gotol));
	assert_false(alv_insn_is_conditional(&gotol));
	assert_int_equal(alv_insn_jump_offset(&gotol), 70000);
	assert_true(alv_insn_is_conditional(&jump));
	assert_int_equal(alv_insn_jump_offset(&jump), -3);
	assert_true(alv_insn_is_conditional(&may_goto));
	assert_false(alv_insn_is_jump(&exit));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_every_kind),
		cmocka_unit_test(prints_the_users_names),
		cmocka_unit_test(prints_cut_at_the_size),
		cmocka_unit_test(knows_its_opcodes),
		cmocka_unit_test(checks_halves_of_constants),
		cmocka_unit_test(checks_reserved_fields),
		cmocka_unit_test(knows_what_older_kernels_lack),
		cmocka_unit_test(says_what_registers_it_uses),
		cmocka_unit_test(says_where_it_jumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
