/* SPDX-License-Identifier: BSD-2-Clause */
#include "btf.h"

#include "client.h"

#include <linux/btf.h>
#include <string.h>

/* 1: int, 2: the special struct, 3: the value. */
enum { TYPE_INT = 1, TYPE_SPECIAL = 2, TYPE_VALUE = 3 };

const struct btf_special btf_specials[] = {
	{ "a spin lock", "bpf_spin_lock", 4, 0, 16, 1, TYPE_VALUE },
	{ "a spin lock behind", "bpf_spin_lock", 4, 8, 16, 1, TYPE_VALUE },
	{ "two spin locks", "bpf_spin_lock", 4, 0, 16, 2, TYPE_VALUE },
	{ "a spin lock off its alignment", "bpf_spin_lock", 4, 2, 16, 1, TYPE_VALUE },
	{ "a spin lock of the wrong size", "bpf_spin_lock", 8, 0, 16, 1, TYPE_VALUE },
	{ "only a spin lock, bare", "bpf_spin_lock", 4, 0, 4, 1, TYPE_SPECIAL },
	{ "a timer", "bpf_timer", 16, 0, 24, 1, TYPE_VALUE },
	{ "two timers", "bpf_timer", 16, 0, 40, 2, TYPE_VALUE },
	{ "a timer of the wrong size", "bpf_timer", 8, 0, 24, 1, TYPE_VALUE },
	{ "a work queue", "bpf_wq", 16, 0, 24, 1, TYPE_VALUE },
	{ "a struct of another name", "bpf_nothing", 16, 0, 24, 1, TYPE_VALUE },
};
const unsigned int btf_special_count = ARRAY_SIZE(btf_specials);

struct btf_buffer {
	struct btf_header header;
	u32 words[64];
	char strings[64];
};

static u32 word_count;
static u32 string_size;

static u32 add_string(struct btf_buffer *buffer, const char *text)
{
	u32 at = string_size;

	strcpy(buffer->strings + at, text);
	string_size += strlen(text) + 1;
	return at;
}

static void add_words(struct btf_buffer *buffer, u32 a, u32 b, u32 c)
{
	u32 *words = buffer->words + word_count;

	words[0] = a;
	words[1] = b;
	words[2] = c;
	word_count += 3;
}

/* A member at a byte offset, with a name of its own. */
static void add_member(struct btf_buffer *buffer, u32 type, u32 offset)
{
	static char name[] = "a";

	name[0] = 'a' + offset % 26;
	add_words(buffer, add_string(buffer, name), type, offset * 8);
}

static void add_value(struct btf_buffer *buffer, const struct btf_special *special)
{
	u32 end = special->offset + special->size * special->copies;
	u32 fill = end + 4 <= special->value_size, i;

	add_words(buffer, add_string(buffer, "value"),
		  BTF_KIND_STRUCT << 24 | (special->copies + fill), special->value_size);
	for (i = 0; i < special->copies; i++)
		add_member(buffer, TYPE_SPECIAL, special->offset + i * special->size);
	if (fill)
		add_member(buffer, TYPE_INT, special->value_size - 4);
}

int btf_special_load(const struct btf_special *special)
{
	static union attr attr;
	static struct btf_buffer buffer;
	static u8 log[8192];
	u8 *bytes = (u8 *)&buffer;
	long fd;

	memset(&buffer, 0, sizeof(buffer));
	word_count = 0;
	string_size = 1;
	add_words(&buffer, add_string(&buffer, "int"), BTF_KIND_INT << 24, 4);
	buffer.words[word_count++] = BTF_INT_SIGNED << 24 | 32;
	add_words(&buffer, add_string(&buffer, special->name), BTF_KIND_STRUCT << 24,
		  special->size);
	add_value(&buffer, special);
	buffer.header.magic = BTF_MAGIC;
	buffer.header.version = BTF_VERSION;
	buffer.header.hdr_len = sizeof(buffer.header);
	buffer.header.type_len = word_count * 4;
	buffer.header.str_off = word_count * 4;
	buffer.header.str_len = string_size;
	memmove(bytes + sizeof(buffer.header) + word_count * 4, buffer.strings,
		string_size);
	memset(&attr, 0, ATTR_SIZE);
	attr.btf.btf = PTR(&buffer);
	attr.btf.size = sizeof(buffer.header) + word_count * 4 + string_size;
	attr.btf.log_buf = PTR(log);
	attr.btf.log_size = sizeof(log);
	attr.btf.log_level = 1;
	memset(log, 0, sizeof(log));
	fd = call(BPF_BTF_LOAD, &attr);
	if (fd < 0)
		transcript_line("# log:\n%s", (char *)log);
	return fd;
}
