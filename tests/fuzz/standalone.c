/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzzer without libFuzzer: a fixed number of inputs of a fixed sequence of
 * pseudo-random bytes, or the files named on the command line.
 *
 *	FUZZER [--runs N] [FILE...]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_INPUT 4096

static uint64_t next_random(uint64_t *state)
{
	/* xorshift64*: the same sequence everywhere. */
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

/* Small numbers are what attributes are made of. */
static uint8_t random_byte(uint64_t *state)
{
	uint64_t r = next_random(state);

	return (uint8_t)(r & 0x300 ? r & 7 : r >> 16);
}

static void run_random(unsigned long runs)
{
	uint8_t data[MAX_INPUT];

	for (unsigned long run = 1; run <= runs; run++) {
		uint64_t state = run * 0x9e3779b97f4a7c15ull;
		size_t size = next_random(&state) % MAX_INPUT;

		for (size_t i = 0; i < size; i++)
			data[i] = random_byte(&state);
		LLVMFuzzerTestOneInput(data, size);
	}
	printf("%lu random inputs\n", runs);
}

static void run_file(const char *name)
{
	uint8_t data[MAX_INPUT];
	FILE *file = fopen(name, "rb");
	size_t size;

	if (!file) {
		perror(name);
		exit(1);
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
	unsigned long runs = 1000;
	int arg = 1;

	if (argc > 2 && !strcmp(argv[1], "--runs")) {
		runs = strtoul(argv[2], NULL, 10);
		arg = 3;
	}
	if (arg == argc)
		run_random(runs);
	for (; arg < argc; arg++)
		run_file(argv[arg]);
	return 0;
}
