// SPDX-License-Identifier: GPL-2.0
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports.h"

#define NR(array) (sizeof(array) / sizeof(*(array)))

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

int fuzz_read(struct msc_snapshot *s, const void *bytes, size_t size,
	      struct msc_reader_error *error)
{
	FILE *in = fmemopen((void *)bytes, size, "r");
	int ret;

	if (!in)
		abort();
	msc_snapshot_init(s, &msc_reader_alloc, MSC_SECTION_ALL);
	ret = msc_reader_read(in, s, error);
	fclose(in);
	return ret;
}

/* struct input - what is being changed */
struct input {
	char *text;
	size_t len, max;
	unsigned int random;
};

/* struct piece - some bytes of it */
struct piece {
	size_t at, len;
};

static size_t below(struct input *in, size_t limit)
{
	in->random = in->random * 1103515245 + 12345;
	return (in->random >> 8) % limit;
}

/* Make @old the @len bytes at @new, which are not of the input's. */
static void put(struct input *in, struct piece old, const char *new, size_t len)
{
	size_t rest = in->len - old.at - old.len;

	if (in->len - old.len + len > in->max)
		return;
	memmove(in->text + old.at + len, in->text + old.at + old.len, rest);
	memcpy(in->text + old.at, new, len);
	in->len = old.at + len + rest;
}

/* Make @old a copy of @new. */
static void copy(struct input *in, struct piece old, struct piece new)
{
	char *bytes = malloc(new.len + 1);

	if (!bytes)
		abort();
	memcpy(bytes, in->text + new.at, new.len);
	put(in, old, bytes, new.len);
	free(bytes);
}

/* Some line, with its end. */
static struct piece line(struct input *in)
{
	size_t at = below(in, in->len), end = at;

	while (at && in->text[at - 1] != '\n')
		at--;
	while (end < in->len && in->text[end++] != '\n')
		;
	return (struct piece){ at, end - at };
}

/* The value behind the next "=" from @at on; nothing, at the end, if there is none. */
static struct piece value_from(const struct input *in, size_t at)
{
	size_t end;

	while (at < in->len && in->text[at++] != '=')
		;
	for (end = at; end < in->len && in->text[end] != ' ' && in->text[end] != '\n'; end++)
		;
	return (struct piece){ at, end - at };
}

static struct piece value(struct input *in)
{
	return value_from(in, below(in, in->len));
}

/* A value that lies at some edge. */
static void put_edge(struct input *in)
{
	static const char *const edges[] = {
		"0", "1", "63", "64", "65", "4294967295", "4294967296", "18446744073709551615",
		"0x0", "0x1", "0xfff", "0x1000", "0x7fffffffffffffff", "0xfffffffffffff000",
		"0xffffffffffffffff", "-", "?", "yes", "no", "unknown", "absent", "torn", "match",
		"-1", "+9223372036854775807", "a1", "a4294967295", "n1", "f1", "p1", "u1", "\"\"",
		"anon", "ksm", "swap", "swapcache", "stable", "rd,wr,mr,mw,me,mg",
	};
	const char *edge = edges[below(in, NR(edges))];

	put(in, value(in), edge, strlen(edge));
}

/* The VMAs that the report announces, and counts at its end, are those that it has. */
static void count_vmas(struct input *in)
{
	size_t at, vmas = 0;
	char number[24];
	int len;

	for (at = 0; at + 5 <= in->len; at++)
		vmas += !memcmp(in->text + at, "\nvma ", 5);
	len = snprintf(number, sizeof(number), "%zu", vmas);
	for (at = 0; at + 6 <= in->len; at++) {
		if (!memcmp(in->text + at, " vmas=", 6))
			put(in, value_from(in, at), number, (size_t)len);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct input in = { (char *)data, size, max_size, seed };

	switch (size ? below(&in, 8) : 7) {
	case 0:
		copy(&in, (struct piece){ line(&in).at, 0 }, line(&in));
		break;
	case 1:
		put(&in, line(&in), "", 0);
		break;
	case 2:
		copy(&in, line(&in), line(&in));
		break;
	case 3:
	case 4:
		copy(&in, value(&in), value(&in));
		break;
	case 5:
	case 6:
		put_edge(&in);
		break;
	default:
		return LLVMFuzzerMutate(data, size, max_size);
	}
	count_vmas(&in);
	return in.len;
}
