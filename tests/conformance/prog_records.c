/* SPDX-License-Identifier: BSD-2-Clause */
/* PROG_LOAD: types, and the records about functions and lines that speak of them. */
#include "programs/insn.h"
#include "sample.h"

#include <linux/btf.h>
#include <string.h>

static union attr attr;
static char log_text[65536];

enum { TYPE_INT = 1, TYPE_PROTO, TYPE_MAIN, TYPE_OTHER };

static const char strings[] = "\0int\0main\0other\0file.c\0line one\0line two";
enum { TEXT_INT = 1, TEXT_MAIN = 5, TEXT_OTHER = 10, TEXT_FILE = 16, TEXT_LINE = 23 };

static struct {
	struct btf_header header;
	u32 words[4 + 3 + 3 + 3];
	char strings[sizeof(strings)];
} types = {
	.header = { .magic = BTF_MAGIC,
		    .version = BTF_VERSION,
		    .hdr_len = sizeof(struct btf_header),
		    .type_len = sizeof(types.words),
		    .str_off = sizeof(types.words),
		    .str_len = sizeof(strings) },
	.words = { TEXT_INT, BTF_KIND_INT << 24, 4, BTF_INT_SIGNED << 24 | 32, 0,
		   BTF_KIND_FUNC_PROTO << 24, TYPE_INT, TEXT_MAIN,
		   BTF_KIND_FUNC << 24 | BTF_FUNC_GLOBAL, TYPE_PROTO, TEXT_OTHER,
		   BTF_KIND_FUNC << 24 | BTF_FUNC_STATIC, TYPE_PROTO },
};

static const struct bpf_insn two[] = { CALL_SUB(1), EXIT, MOVI(R0, 3), EXIT };

static struct bpf_func_info functions[2];
static struct bpf_line_info lines[4];

static int load_types(void)
{
	static union attr btf;
	int fd;

	memcpy(types.strings, strings, sizeof(strings));
	memset(&btf, 0, ATTR_SIZE);
	btf.btf.btf = PTR(&types);
	btf.btf.size = sizeof(types.header) + sizeof(types.words) + sizeof(strings);
	fd = bpf_raw(BPF_BTF_LOAD, &btf, ATTR_SIZE);
	if (fd >= 0)
		descriptor_add(fd);
	else
		transcript_line("BTF_LOAD failed: %s", transcript_errno(fd));
	return fd;
}

/* Two functions and four lines, all right. */
static void sample(int btf)
{
	unsigned int i;

	sample_attr(BPF_PROG_LOAD, NULL, -1, &attr);
	attr.load.insns = PTR(two);
	attr.load.insn_cnt = ARRAY_SIZE(two);
	attr.load.prog_btf_fd = btf;
	functions[0] = (struct bpf_func_info){ 0, TYPE_MAIN };
	functions[1] = (struct bpf_func_info){ 2, TYPE_OTHER };
	for (i = 0; i < 4; i++)
		lines[i] = (struct bpf_line_info){ i, TEXT_FILE, TEXT_LINE,
						   (i + 1) << 10 | 1 };
	attr.load.func_info = PTR(functions);
	attr.load.func_info_cnt = 2;
	attr.load.func_info_rec_size = sizeof(functions[0]);
	attr.load.line_info = PTR(lines);
	attr.load.line_info_cnt = 4;
	attr.load.line_info_rec_size = sizeof(lines[0]);
	attr.load.log_level = 1;
	attr.load.log_buf = PTR(log_text);
	attr.load.log_size = sizeof(log_text);
	memset(log_text, 0, 16);
}

static void load(const char *what)
{
	long fd;

	log_text[0] = 0;
	transcript_add("%s: ", what);
	fd = call(BPF_PROG_LOAD, &attr);
	if (fd < 0 && log_text[0])
		transcript_line("# %s", log_text);
	if (fd >= 0)
		client_info(fd);
	descriptor_close(fd);
}

static void descriptors(void)
{
	unsigned int i;
	int btf;

	client_case("descriptors for types");
	btf = load_types();
	for (i = 0; i < WRONG_COUNT; i++) {
		sample(descriptor_wrong(i));
		load("with records");
		sample(descriptor_wrong(i));
		attr.load.func_info_cnt = attr.load.line_info_cnt = 0;
		load("without");
	}
	sample(client_map(client_type("ARRAY")));
	load("a map");
	sample(sample_btf_load());
	load("other types");
	sample(sample_kernel_btf());
	load("the kernel's types");
	sample(btf);
	attr.load.func_info_cnt = 0;
	load("lines alone");
	sample(btf);
	attr.load.line_info_cnt = 0;
	load("functions alone");
	sample(btf);
	load("both");
}

static void sizes(void)
{
	static const u32 all[] = {
		0,  1,	 4,   7,   8,	       9,  12, 16,  20,
		24, 252, 253, 256, 0x7fffffff, 15, 17, 255, UINT32_MAX
	};
	static u8 wide[2048];
	unsigned int i, k;
	int btf;

	client_case("sizes of records");
	btf = load_types();
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (k = 0; k < 2; k++) {
			memset(wide, 0, sizeof(wide));
			sample(btf);
			if (all[i] <= 256 && all[i] >= 8)
				memcpy(wide + all[i], &functions[1], 8);
			memcpy(wide, &functions[0], 8);
			wide[8] = k;
			attr.load.line_info_cnt = 0;
			attr.load.func_info = PTR(wide);
			attr.load.func_info_rec_size = all[i];
			if (all[i] == 8)
				attr.load.func_info = PTR(functions);
			load(k ? "functions, a byte set" : "functions");
		}
		memset(wide, 0, sizeof(wide));
		sample(btf);
		attr.load.line_info_cnt = 1;
		attr.load.func_info_cnt = 0;
		memcpy(wide, &lines[0], 16);
		attr.load.line_info = PTR(wide);
		attr.load.line_info_rec_size = all[i];
		load("lines");
	}
}

static void counts(void)
{
	static const u32 all[] = { 1, 3, 5, 1000, 0x7fffffff, UINT32_MAX };
	unsigned int i;
	int btf;

	client_case("numbers of records");
	btf = load_types();
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		sample(btf);
		attr.load.func_info_cnt = all[i];
		load("functions");
		sample(btf);
		attr.load.line_info_cnt = all[i];
		load("lines");
	}
	client_case("addresses of records");
	btf = load_types();
	for (i = 0; i < BAD_COUNT; i++) {
		sample(btf);
		attr.load.func_info = memory_bad(i);
		load("functions");
		sample(btf);
		attr.load.line_info = memory_bad(i);
		load("lines");
	}
}

static void contents(void)
{
	static const u32 ids[] = { 0, TYPE_INT, TYPE_PROTO, TYPE_OTHER, 5, UINT32_MAX };
	static const u32 offsets[] = { 0, 1, 3, 4, UINT32_MAX };
	static const u32 texts[] = { 0, sizeof(strings) - 1, sizeof(strings),
				     UINT32_MAX };
	unsigned int i;
	int btf;

	client_case("functions");
	btf = load_types();
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		sample(btf);
		functions[0].type_id = ids[i];
		load("the type of main");
		sample(btf);
		functions[1].type_id = ids[i];
		load("the type of the other");
	}
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		sample(btf);
		functions[0].insn_off = offsets[i];
		load("the place of main");
		sample(btf);
		functions[1].insn_off = offsets[i];
		load("the place of the other");
	}
	client_case("lines");
	btf = load_types();
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		sample(btf);
		lines[0].insn_off = offsets[i];
		load("the first line's place");
		sample(btf);
		lines[2].insn_off = offsets[i];
		load("the third line's place");
	}
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		sample(btf);
		lines[1].line_off = texts[i];
		load("a line's text");
		sample(btf);
		lines[1].file_name_off = texts[i];
		load("a file's name");
	}
	sample(btf);
	lines[1].insn_off = 0;
	load("a place twice");
}

int main(void)
{
	client_start();
	descriptors();
	sizes();
	counts();
	contents();
	return 0;
}
