/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps whose keys and values have types: which types fit, the special fields
 * in them, and elements under their lock. And the first steps of BTF_LOAD.
 */
#include "btf.h"
#include "sample.h"

#include <string.h>

static union attr attr;

static int create_typed(const struct map_type *t, int btf, u32 key_type, u32 value_type)
{
	client_create_attr(t, &attr);
	attr.create.btf_fd = btf;
	attr.create.btf_key_type_id = key_type;
	attr.create.btf_value_type_id = value_type;
	return call(BPF_MAP_CREATE, &attr);
}

static void type_ids(const struct map_type *t)
{
	static const u32 ids[] = { 0, 1, 2, 3, 4, 0x7fffffff, UINT32_MAX };
	unsigned int i, k;
	int btf, fd;

	client_case("%s: types of keys and values", t->name);
	btf = sample_btf_load();
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		for (k = 0; k < ARRAY_SIZE(ids); k++) {
			fd = create_typed(t, btf, ids[i], ids[k]);
			if (fd >= 0)
				client_info(fd);
			descriptor_close(fd);
		}
	}
}

/* A map keeps its types alive. */
static void holds_types(void)
{
	int btf, fd;

	client_case("types outlive their descriptor");
	btf = sample_btf_load();
	client_info(btf);
	fd = create_typed(client_type("ARRAY"), btf, 1, 2);
	descriptor_close(btf);
	client_info(fd);
}

static struct map_type sized(const struct map_type *t, u32 value_size)
{
	struct map_type other = *t;

	other.value_size = value_size;
	return other;
}

static void special_field(const struct map_type *t, const struct btf_special *special)
{
	struct map_type other = sized(t, special->value_size);
	int btf, fd;

	client_case("%s: value with %s", t->name, special->what);
	transcript_mute(1);
	btf = btf_special_load(special);
	transcript_mute(0);
	if (btf < 0)
		return;
	fd = create_typed(&other, btf, 1, special->value_type);
	if (fd < 0)
		return;
	client_info(fd);
	client_update(fd, client_key(&other, 1), client_value(&other, 0x11), 0);
	client_lookup(fd, client_key(&other, 1), 0);
	client_lookup(fd, client_key(&other, 1), BPF_F_LOCK);
	client_update(fd, client_key(&other, 1), client_value(&other, 0x22), BPF_F_LOCK);
	client_lookup(fd, client_key(&other, 1), BPF_F_LOCK);
	client_update(fd, client_key(&other, 2), client_value(&other, 0x33),
		      BPF_F_LOCK | BPF_NOEXIST);
	client_update(fd, client_key(&other, 2), client_value(&other, 0x33),
		      BPF_F_LOCK | BPF_EXIST);
	client_update(fd, client_key(&other, 3), client_value(&other, 0x44),
		      BPF_F_LOCK | BPF_EXIST);
	client_take(fd, client_key(&other, 1), BPF_F_LOCK);
	client_take(fd, client_key(&other, 2), 0);
	client_lookup(fd, client_key(&other, 2), 0);
	client_freeze(fd);
}

static void loading(void)
{
	static const u32 sizes[] = {0,	1,  8,	23, 24,	     25,
				    60, 89, 90, 91, 1 << 24, UINT32_MAX};
	static const u32 levels[] = { 0, 1, 2, 3, 4, 7, 8, UINT32_MAX };
	static u8 log[4096];
	unsigned int i, k;

	client_case("BTF_LOAD: sizes");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		sample_attr(BPF_BTF_LOAD, client_type("ARRAY"), -1, &attr);
		attr.btf.size = sizes[i];
		call(BPF_BTF_LOAD, &attr);
	}
	client_case("BTF_LOAD: logs");
	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		static const u32 log_sizes[] = {0,
						1,
						16,
						127,
						128,
						4096,
						UINT32_MAX >> 2,
						(UINT32_MAX >> 2) + 1,
						UINT32_MAX};

		for (k = 0; k < ARRAY_SIZE(log_sizes) * 2; k++) {
			sample_attr(BPF_BTF_LOAD, client_type("ARRAY"), -1, &attr);
			memset(log, 0x7e, sizeof(log));
			attr.btf.log_level = levels[i];
			attr.btf.log_size = log_sizes[k / 2];
			attr.btf.log_buf = k & 1 ? PTR(log) : 0;
			descriptor_close(call(BPF_BTF_LOAD, &attr));
			log[sizeof(log) - 1] = 0;
			if (log[0] != 0x7e)
				transcript_line("# log begins: %.40s", (char *)log);
		}
	}
	client_case("BTF_LOAD: flags and tokens");
	for (i = 0; i < 32; i++) {
		sample_attr(BPF_BTF_LOAD, client_type("ARRAY"), -1, &attr);
		attr.btf.flags = 1u << i;
		attr.btf.token_fd = -1;
		call(BPF_BTF_LOAD, &attr);
	}
	sample_attr(BPF_BTF_LOAD, client_type("ARRAY"), -1, &attr);
	attr.btf.token_fd = -1;
	call(BPF_BTF_LOAD, &attr);
	attr.btf.flags = F_TOKEN_FD;
	attr.btf.token_fd = descriptor_wrong(WRONG_SOCKET);
	call(BPF_BTF_LOAD, &attr);
	attr.btf.token_fd = client_map(client_type("ARRAY"));
	call(BPF_BTF_LOAD, &attr);
}

int main(void)
{
	const struct map_type *t;
	unsigned int i;

	client_start();
	for_each_map_type(t) type_ids(t);
	holds_types();
	client_case("types with special fields");
	for (i = 0; i < btf_special_count; i++)
		btf_special_load(&btf_specials[i]);
	for_each_map_type(t) for (i = 0; i < btf_special_count; i++)
		special_field(t, &btf_specials[i]);
	loading();
	return 0;
}
