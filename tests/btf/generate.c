/* SPDX-License-Identifier: BSD-2-Clause */
#include "generate.h"

#include <string.h>

#include <linux/btf.h>

struct generator {
	u64 state;
	u8 types[GENERATED_MAX / 2];
	u32 size;
	u32 count;		       /* types that are meant to be made */
	u32 made;		       /* those that are */
	u32 var, prototype, composite; /* the last of their kinds, 0: none yet */
	u32 faults;		       /* one field in so many is wrong; 0: none */
};

/* Names of every sort; the generator picks by index. */
static const char *const names[] = {
	"",
	"int",
	"a",
	"b_2",
	"with.dot",
	".data",
	"9digits",
	"spa ce",
	"\xe4rger",
	"\x80low",
	"ctl\x01",
	"contains:node:n",
	"contains:node:l",
	"contains:a:n",
	"contains:none",
	"node",
	"n",
	"l",
	"bpf_spin_lock",
	"bpf_timer",
	"bpf_wq",
	"bpf_list_head",
	"bpf_list_node",
	"bpf_rb_root",
	"bpf_rb_node",
	"bpf_refcount",
	"bpf_res_spin_lock",
	"bpf_task_work",
	"kptr",
	"kptr_untrusted",
	"percpu_kptr",
	"uptr",
	"task_struct",
	"cpumask",
};

static u32 next(struct generator *g)
{
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return (u32)(g->state >> 16);
}

static u32 below(struct generator *g, u32 n)
{
	return next(g) % n;
}

static bool fault(struct generator *g)
{
	return g->faults && !below(g, g->faults);
}

static u32 name_offset(u32 index)
{
	u32 offset = 0;

	for (u32 i = 0; i < index; i++)
		offset += (u32)strlen(names[i]) + 1;
	return offset;
}

static u32 find_name(const char *name)
{
	u32 i = 0;

	while (strcmp(names[i], name))
		i++;
	return name_offset(i);
}

static u32 any_name(struct generator *g)
{
	if (fault(g))
		return below(g, 2) ? next(g) >> below(g, 32)
				   : name_offset(ALV_COUNT(names)) + below(g, 3);
	return name_offset(below(g, ALV_COUNT(names)));
}

static u32 good_name(struct generator *g)
{
	static const u8 good[] = {1,  2,  3,  4,  15, 16, 17, 18, 19,
				  20, 21, 22, 23, 24, 25, 26, 27};

	return fault(g) ? any_name(g) : name_offset(good[below(g, ALV_COUNT(good))]);
}

static u32 no_name(struct generator *g)
{
	return fault(g) ? any_name(g) : 0;
}

static u32 any_id(struct generator *g)
{
	if (fault(g))
		return below(g, 2) ? next(g) >> below(g, 32) : g->count + below(g, 3);
	return 1 + below(g, below(g, 8) ? g->made : g->count);
}

/* Often a type near the start, where the scalars are. */
static u32 good_id(struct generator *g)
{
	return below(g, 3) ? 1 + below(g, g->count < 4 ? g->count : 4) : any_id(g);
}

static u32 any_size(struct generator *g)
{
	static const u32 sizes[] = {0,	1,  2,	3,  4,	 8,	     12,
				    16, 24, 32, 64, 128, 0x80000000, 0xffffffff};

	if (fault(g))
		return next(g) >> below(g, 32);
	return sizes[below(g, ALV_COUNT(sizes))];
}

static void put(struct generator *g, u32 word)
{
	if (g->size + 4 > sizeof(g->types))
		return;
	memcpy(g->types + g->size, &word, 4);
	g->size += 4;
}

static void put_type(struct generator *g, u32 name, u32 kind, u32 vlen, bool kflag,
		     u32 size)
{
	u32 info = vlen | kind << 24 | (u32)kflag << 31;

	if (fault(g))
		info ^= 1u << below(g, 32);
	put(g, name);
	put(g, info);
	put(g, size);
}

static void make_int(struct generator *g)
{
	static const u8 bits[] = { 8, 16, 32, 64, 128, 1, 7, 33 };
	u32 nr_bits = fault(g) ? next(g) & 0xff : bits[below(g, below(g, 3) ? 5 : 8)];
	u32 encoding = fault(g) ? below(g, 16) : below(g, 3) ? 0 : 1u << below(g, 3);
	u32 offset = fault(g) ? below(g, 256) : 0;
	u32 size = fault(g) ? any_size(g) : (nr_bits + 7) / 8;

	put_type(g, good_name(g), BTF_KIND_INT, fault(g), fault(g), size);
	put(g, nr_bits | offset << 16 | encoding << 24 | (fault(g) ? next(g) << 28 : 0));
}

static void make_array(struct generator *g)
{
	put_type(g, no_name(g), BTF_KIND_ARRAY, fault(g), fault(g), fault(g));
	put(g, good_id(g));
	put(g, below(g, 2) ? 1 : good_id(g));
	put(g, fault(g) ? next(g) : below(g, 5));
}

/* A struct like those that the kernel owns fields of. */
static void make_special(struct generator *g)
{
	static const struct {
		const char *name;
		u32 size;
	} rows[] = {{ "bpf_spin_lock", 4 },     { "bpf_timer", 16 },
		    { "bpf_wq", 16 },	      { "bpf_list_head", 16 },
		    { "bpf_list_node", 24 },    { "bpf_rb_root", 16 },
		    { "bpf_rb_node", 32 },      { "bpf_refcount", 4 },
		    { "bpf_res_spin_lock", 4 }, { "bpf_task_work", 8 }};
	u32 i = below(g, ALV_COUNT(rows));

	put_type(g, find_name(rows[i].name), BTF_KIND_STRUCT, 0, 0,
		 fault(g) ? any_size(g) : rows[i].size);
}

static void make_struct(struct generator *g, u32 kind)
{
	bool kflag = !below(g, 3);
	u32 vlen = below(g, 5), offset = 0;

	g->composite = g->made + 1;
	put_type(g, below(g, 3) ? good_name(g) : any_name(g), kind, vlen, kflag,
		 below(g, 8) ? 128 : any_size(g));
	for (u32 i = 0; i < vlen; i++) {
		u32 bits = kflag && !below(g, 3) ? 1 + below(g, 16) : 0;

		if (fault(g))
			bits = next(g) & 0xff;
		put(g, below(g, 4) ? good_name(g) : no_name(g));
		put(g, good_id(g));
		put(g, (offset & 0xffffff) | bits << 24);
		if (kind == BTF_KIND_UNION)
			offset = fault(g) ? 8 : 0;
		else if (fault(g))
			offset = next(g) >> below(g, 32);
		else
			offset += bits ? bits : 32u << below(g, 4);
	}
}

static void make_enum(struct generator *g, u32 kind)
{
	u32 vlen = below(g, 4);

	put_type(g, below(g, 2) ? good_name(g) : no_name(g), kind, vlen, !below(g, 3),
		 fault(g)		 ? any_size(g)
		 : kind == BTF_KIND_ENUM ? 4
					 : 8);
	for (u32 i = 0; i < vlen; i++) {
		put(g, good_name(g));
		put(g, next(g) >> below(g, 32));
		if (kind == BTF_KIND_ENUM64)
			put(g, next(g) >> below(g, 32));
	}
}

static void make_prototype(struct generator *g)
{
	u32 vlen = below(g, 4);

	g->prototype = g->made + 1;
	put_type(g, no_name(g), BTF_KIND_FUNC_PROTO, vlen, fault(g),
		 below(g, 3) ? good_id(g) : 0);
	for (u32 i = 0; i < vlen; i++) {
		bool rest = i == vlen - 1 && !below(g, 3);

		put(g, rest ? no_name(g) : good_name(g));
		put(g, rest ? 0 : good_id(g));
	}
}

static void make_section(struct generator *g)
{
	u32 vlen = g->var ? below(g, 3) : 0, offset = 0;

	put_type(g, below(g, 8) ? find_name(".data") : any_name(g), BTF_KIND_DATASEC,
		 vlen, fault(g), below(g, 8) ? 128 : any_size(g));
	for (u32 i = 0; i < vlen; i++) {
		u32 size = fault(g) ? any_size(g) : 16;

		put(g, below(g, 8) ? g->var : any_id(g));
		put(g, fault(g) ? any_size(g) : offset);
		put(g, size);
		offset += size;
	}
}

static void make_type(struct generator *g)
{
	u32 kind = 1 + below(g, 19);

	switch (kind) {
	case BTF_KIND_INT:
		make_int(g);
		break;
	case BTF_KIND_ARRAY:
		make_array(g);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		if (below(g, 3))
			make_struct(g, kind);
		else
			make_special(g);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		make_enum(g, kind);
		break;
	case BTF_KIND_FUNC_PROTO:
		make_prototype(g);
		break;
	case BTF_KIND_DATASEC:
		make_section(g);
		break;
	case BTF_KIND_FWD:
		put_type(g, good_name(g), kind, fault(g), below(g, 2), fault(g));
		break;
	case BTF_KIND_FLOAT:
		put_type(g, any_name(g), kind, fault(g), fault(g),
			 fault(g) ? any_size(g) : 4u << below(g, 3));
		break;
	case BTF_KIND_VAR:
		g->var = g->made + 1;
		put_type(g, good_name(g), kind, fault(g), fault(g), good_id(g));
		put(g, below(g, fault(g) ? 5 : 2));
		break;
	case BTF_KIND_FUNC:
		put_type(g, good_name(g), kind, below(g, fault(g) ? 5 : 2), fault(g),
			 g->prototype && below(g, 8) ? g->prototype : any_id(g));
		break;
	case BTF_KIND_DECL_TAG:
		put_type(g, name_offset(11 + below(g, 4)), kind, fault(g), !below(g, 8),
			 g->composite && below(g, 8) ? g->composite : any_id(g));
		put(g, below(g, 2) ? ~0u : below(g, fault(g) ? ~0u : 3));
		break;
	case BTF_KIND_TYPE_TAG:
		put_type(g, name_offset(28 + below(g, 4)), kind, fault(g), !below(g, 8),
			 good_id(g));
		break;
	case BTF_KIND_TYPEDEF:
		put_type(g, good_name(g), kind, fault(g), fault(g),
			 below(g, 8) ? any_id(g) : 0);
		break;
	default:
		put_type(g, no_name(g), kind, fault(g), fault(g),
			 below(g, 8) ? any_id(g) : 0);
		break;
	}
}

/* Ids of what make_world() begins with. */
enum {
	WORLD_INT = 1,
	WORLD_NODE = 2,	   /* struct node { n, l }: what lists and trees hold */
	WORLD_TARGETS = 3, /* task_struct, cpumask, a */
	WORLD_SPECIALS = 6,
	WORLD_TAGS = WORLD_SPECIALS + 10,
	WORLD_POINTERS = WORLD_TAGS + 4,
	WORLD_END = WORLD_POINTERS + 4,
};

static const struct {
	const char *name;
	u32 size;
	u32 align;
} specials[] = {
	{ "bpf_spin_lock", 4, 4 },  { "bpf_res_spin_lock", 4, 4 }, { "bpf_timer", 16, 8 },
	{ "bpf_wq", 16, 8 },	  { "bpf_task_work", 8, 8 },     { "bpf_list_head", 16, 8 },
	{ "bpf_list_node", 24, 8 }, { "bpf_rb_root", 16, 8 },      { "bpf_rb_node", 32, 8 },
	{ "bpf_refcount", 4, 4 },
};

static u32 special(const char *name)
{
	u32 i = 0;

	while (strcmp(specials[i].name, name))
		i++;
	return WORLD_SPECIALS + i;
}

/* Types whose members the kernel owns, in right places more often than not. */
static void make_world(struct generator *g)
{
	static const char *const targets[] = { "task_struct", "cpumask", "a" };

	put_type(g, find_name("node"), BTF_KIND_STRUCT, 2 + below(g, 2), 0, 64);
	put(g, find_name("n"));
	put(g, special(below(g, 4) ? "bpf_rb_node" : "bpf_list_node"));
	put(g, 0);
	put(g, find_name("l"));
	put(g, special("bpf_list_node"));
	put(g, 32 * 8);
	if (BTF_INFO_VLEN(((struct btf_type *)(g->types + 16))->info) == 3) {
		put(g, find_name("a"));
		put(g, special("bpf_refcount"));
		put(g, 56 * 8);
	}
	for (u32 i = 0; i < ALV_COUNT(targets); i++)
		put_type(g, find_name(targets[i]), BTF_KIND_STRUCT, 0, 0, 8);
	for (u32 i = 0; i < ALV_COUNT(specials); i++)
		put_type(g, find_name(specials[i].name), BTF_KIND_STRUCT, 0, 0,
			 specials[i].size);
	for (u32 i = 0; i < 4; i++)
		put_type(g, name_offset(28 + i), BTF_KIND_TYPE_TAG, 0, !below(g, 20),
			 below(g, 8) ? WORLD_TARGETS + below(g, 3)
				     : 1 + below(g, g->made));
	for (u32 i = 0; i < 4; i++)
		put_type(g, 0, BTF_KIND_PTR, 0, 0, WORLD_TAGS + i);
	g->made = WORLD_END - 1;
}

/* A struct, or an array now and then, of what is there already. */
static void make_owner(struct generator *g)
{
	u32 vlen = 1 + below(g, below(g, 8) ? 4 : 10), offset = 0, id = ++g->made,
	    roots = 0;
	u32 start = g->size;

	put_type(g, below(g, 4) ? 0 : find_name("node"), BTF_KIND_STRUCT, vlen,
		 !below(g, 4), 0);
	for (u32 i = 0; i < vlen; i++) {
		u32 type, size = 8, align = 8;

		if (!below(g, 3)) {
			type = WORLD_POINTERS + below(g, 4);
		} else if (below(g, 4)) {
			u32 which = below(g, ALV_COUNT(specials));

			type = WORLD_SPECIALS + which;
			size = specials[which].size;
			align = below(g, 20) ? specials[which].align : 4;
			if (which == 5 || which == 7)
				roots |= 1u << i;
		} else {
			type = below(g, 2) ? WORLD_INT : 1 + below(g, g->made);
			size = below(g, 2) ? 64 : 256;
		}
		if (below(g, 40))
			offset = (offset + align - 1) / align * align;
		put(g, find_name(i % 2 ? "n" : "l"));
		put(g, type);
		put(g, offset * 8);
		if (below(g, 40))
			offset += size;
	}
	memcpy(g->types + start + 8, &offset, sizeof(offset));
	for (u32 i = 0; i < vlen; i++) {
		if (!(roots >> i & 1) || !below(g, 10))
			continue;
		put_type(g, name_offset(11 + below(g, below(g, 8) ? 2 : 4)),
			 BTF_KIND_DECL_TAG, 0, 0, id);
		put(g, i);
		g->made++;
	}
	if (!below(g, 3)) {
		put_type(g, 0, BTF_KIND_ARRAY, 0, 0, 0);
		put(g, below(g, 2) ? id : 1 + below(g, g->made));
		put(g, WORLD_INT);
		put(g, below(g, 4));
		g->made++;
	}
}

/* Global variables: one for each of a few of the types. */
static void make_globals(struct generator *g)
{
	u32 first = g->made + 1, count = 1 + below(g, 3), offset = 0;

	for (u32 i = 0; i < count; i++) {
		put_type(g, find_name("a"), BTF_KIND_VAR, 0, 0, 1 + below(g, g->made));
		put(g, 1);
		g->made++;
	}
	put_type(g, find_name(".data"), BTF_KIND_DATASEC, count, 0, count * 512);
	for (u32 i = 0; i < count; i++) {
		put(g, first + i);
		put(g, offset);
		put(g, below(g, 2) ? 512 : specials[below(g, ALV_COUNT(specials))].size);
		offset += 512;
	}
	g->made++;
}

static void break_header(struct generator *g, struct btf_header *header)
{
	u8 *bytes = (u8 *)header;
	u32 n = 1 + below(g, 2);

	while (n--) {
		u32 at = below(g, sizeof(*header));

		bytes[at] =
			below(g, 2) ? (u8)next(g) : (u8)(bytes[at] + below(g, 17) - 8);
	}
}

u32 generate_btf(u64 seed, u8 *dst)
{
	static const u8 rates[] = { 0, 0, 200, 80, 20 };
	struct generator g = { .state = seed * 0x9e3779b97f4a7c15ull + 0x1234567 };
	struct btf_header header = {
		.magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(header)};
	u32 strings = name_offset(ALV_COUNT(names));
	u32 size = sizeof(header);
	u8 *at;

	for (int i = 0; i < 8; i++)
		next(&g);
	g.faults = rates[below(&g, ALV_COUNT(rates))];
	g.count = 2 + below(&g, 30);
	/* An int to refer to and to index arrays with. */
	put(&g, name_offset(1));
	put(&g, (u32)BTF_KIND_INT << 24);
	put(&g, 4);
	put(&g, 32);
	g.made = 1;
	if (!below(&g, 2)) {
		g.faults = 0;
		make_world(&g);
		for (u32 n = 1 + below(&g, 4); n; n--)
			make_owner(&g);
		if (!below(&g, 4))
			make_globals(&g);
	} else {
		for (g.made = 1; g.made < g.count; g.made++)
			make_type(&g);
	}
	if (fault(&g))
		g.size -= 4 * below(&g, 4);
	header.type_len = g.size;
	header.str_off = g.size;
	header.str_len = strings;
	if (g.faults && !below(&g, 12)) {
		u32 extra = below(&g, 8);

		memset(dst + size, fault(&g), extra);
		size += extra;
		header.hdr_len += extra;
	}
	if (g.faults && !below(&g, 12))
		break_header(&g, &header);
	memcpy(dst, &header, sizeof(header));
	memcpy(dst + size, g.types, g.size);
	size += g.size;
	at = dst + size;
	for (u32 i = 0; i < ALV_COUNT(names); i++) {
		size_t n = strlen(names[i]) + 1;

		memcpy(at, names[i], n);
		at += n;
	}
	if (fault(&g))
		at[-1] = 'x';
	return (u32)(at - dst);
}

void mutate_btf(u64 seed, u8 *data, u32 size)
{
	struct generator g = { .state = seed * 0x9e3779b97f4a7c15ull + 0x7654321 };
	u32 n;

	for (int i = 0; i < 8; i++)
		next(&g);
	n = 1 + below(&g, 4);
	while (n-- && size >= 4) {
		u32 at = below(&g, size / 4) * 4;
		u32 word;

		memcpy(&word, data + at, 4);
		switch (below(&g, 5)) {
		case 0:
			word ^= 1u << below(&g, 32);
			break;
		case 1:
			word += below(&g, 9) - 4;
			break;
		case 2:
			word = below(&g, 64);
			break;
		case 3:
			word = next(&g);
			break;
		default:
			memcpy(&word, data + below(&g, size / 4) * 4, 4);
			break;
		}
		memcpy(data + at, &word, 4);
	}
}
