/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay: run a pinned XDP program on each packet of a capture, and count its verdicts.
 *
 *   replay PIN CAPTURE
 *
 * CAPTURE is a file of tcpdump(1)'s: of Ethernet frames, written on a machine of this
 * byte order.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#define PCAP_MAGIC    0xa1b2c3d4
#define PCAP_ETHERNET 1
#define PACKET_MAX    3000 /* bytes; more would not fit into a page with its headroom */

struct pcap_head {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snapshot_length, link_type;
};

struct pcap_packet {
	uint32_t seconds, microseconds, captured, length;
};

static const char *const verdicts[] = { "ABORTED", "DROP", "PASS", "TX", "REDIRECT" };

#define N_VERDICTS (sizeof(verdicts) / sizeof(verdicts[0]))

static int run(int prog, FILE *capture, unsigned long counts[N_VERDICTS])
{
	struct pcap_packet head;
	char packet[PACKET_MAX];

	while (fread(&head, sizeof(head), 1, capture) == 1) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
			    .data_size_in = head.captured);
		int err;

		if (head.captured > sizeof(packet) ||
		    fread(packet, head.captured, 1, capture) != 1)
			return -EINVAL;
		err = bpf_prog_test_run_opts(prog, &opts);
		if (err)
			return err;
		if (opts.retval >= N_VERDICTS)
			return -EINVAL;
		counts[opts.retval]++;
	}
	return ferror(capture) ? -EIO : 0;
}

int main(int argc, char **argv)
{
	unsigned long counts[N_VERDICTS] = { 0 };
	struct pcap_head head;
	FILE *capture;
	int prog, err;

	if (argc != 3) {
		fprintf(stderr, "usage: replay PIN CAPTURE\n");
		return 2;
	}
	prog = bpf_obj_get(argv[1]);
	if (prog < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	capture = fopen(argv[2], "r");
	if (!capture || fread(&head, sizeof(head), 1, capture) != 1 ||
	    head.magic != PCAP_MAGIC || head.link_type != PCAP_ETHERNET) {
		fprintf(stderr, "%s: no capture of Ethernet frames\n", argv[2]);
		return 1;
	}
	err = run(prog, capture, counts);
	fclose(capture);
	if (err) {
		fprintf(stderr, "replay: %s\n", strerror(-err));
		return 1;
	}
	for (unsigned int i = 0; i < N_VERDICTS; i++) {
		if (counts[i])
			printf("XDP_%-8s %3lu packets\n", verdicts[i], counts[i]);
	}
	return 0;
}
