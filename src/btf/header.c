/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header of BTF: two sections, types and strings, which fill what is behind
 * it without gap or overlap.
 */
#include <errno.h>
#include <string.h>

#include "btf/parser.h"

#define VERSION_SUPPORTED 1

struct section {
	u32 offset;
	u32 size;
};

static int check_sections(struct alv_btf_parser *parser, const struct btf_header *header)
{
	struct section sections[2] = {{ header->type_off, header->type_len },
				      { header->str_off, header->str_len }};
	u32 total = (u32)parser->btf->raw.size - header->hdr_len;
	u32 seen = 0;
	/* The kernel orders by the sign of 32-bit differences. */
	s32 order = (s32)(sections[0].offset - sections[1].offset);

	if (!order)
		order = (s32)(sections[0].size - sections[1].size);
	for (int i = 0; i < 2; i++) {
		const struct section *section = &sections[order > 0 ? 1 - i : i];

		if (section->offset > total)
			return alv_btf_refuse(parser, "Invalid section offset");
		if (section->offset > seen)
			return alv_btf_refuse(parser, "Unsupported section found");
		if (section->offset < seen)
			return alv_btf_refuse(parser, "Section overlap found");
		if (section->size > total - seen)
			return alv_btf_refuse(parser, "Total section length too long");
		seen += section->size;
	}
	if (seen != total)
		return alv_btf_refuse(parser, "Unsupported section found");
	return 0;
}

static void describe_header(struct alv_btf_parser *parser,
			    const struct btf_header *header)
{
	struct alv_report *report = parser->report;

	if (!alv_report_wanted(report))
		return;
	alv_report_printf(report, "magic: 0x%x\n", header->magic);
	alv_report_printf(report, "version: %u\n", header->version);
	alv_report_printf(report, "flags: 0x%x\n", header->flags);
	alv_report_printf(report, "hdr_len: %u\n", header->hdr_len);
	alv_report_printf(report, "type_off: %u\n", header->type_off);
	alv_report_printf(report, "type_len: %u\n", header->type_len);
	alv_report_printf(report, "str_off: %u\n", header->str_off);
	alv_report_printf(report, "str_len: %u\n", header->str_len);
	alv_report_printf(report, "btf_total_size: %u\n", (u32)parser->btf->raw.size);
}

/* A header longer than ours is fine as long as what we do not know is zero. */
static int copy_header(struct alv_btf_parser *parser, struct btf_header *ret_header)
{
	const struct alv_buf *raw = &parser->btf->raw;
	u32 size;

	memset(ret_header, 0, sizeof(*ret_header));
	if (raw->size < offsetof(struct btf_header, hdr_len) + sizeof(size))
		return alv_btf_refuse(parser, "hdr_len not found");
	memcpy(&size, raw->data + offsetof(struct btf_header, hdr_len), sizeof(size));
	if (raw->size < size)
		return alv_btf_refuse(parser, "btf_header not found");
	for (u32 i = sizeof(*ret_header); i < size; i++) {
		if (!raw->data[i])
			continue;
		alv_btf_refuse(parser, "Unsupported btf_header");
		return -E2BIG;
	}
	memcpy(ret_header, raw->data,
	       size < sizeof(*ret_header) ? size : sizeof(*ret_header));
	return 0;
}

int alv_btf_check_header(struct alv_btf_parser *parser, struct btf_header *ret_header)
{
	int err = copy_header(parser, ret_header);

	if (err)
		return err;
	describe_header(parser, ret_header);
	if (ret_header->magic != BTF_MAGIC)
		return alv_btf_refuse(parser, "Invalid magic");
	if (ret_header->version != VERSION_SUPPORTED) {
		alv_btf_refuse(parser, "Unsupported version");
		return -ALV_ENOTSUPP;
	}
	if (ret_header->flags) {
		alv_btf_refuse(parser, "Unsupported flags");
		return -ALV_ENOTSUPP;
	}
	if (!parser->btf->base && parser->btf->raw.size == ret_header->hdr_len)
		return alv_btf_refuse(parser, "No data");
	return check_sections(parser, ret_header);
}
