/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of the line at hand, for reader*.c. The first one that is missing or wrong makes the
 * reader fail, and tells why; from then on all of them answer 0: it is enough to ask once a line.
 */
#ifndef MSC_READER_VALUES_H
#define MSC_READER_VALUES_H

#include "line.h"
#include "reader.h"

/* struct msc_reader - a report that is being read */
struct msc_reader {
	struct msc_snapshot *s;
	struct msc_reader_error *error;
	unsigned long number;	/* of the line, from 1 */
	struct msc_line line;
	bool failed;
	unsigned int seen;	/* bits: the lines that come once, by reader.c's table */
	unsigned int last;	/* index in it of the last line that was none of them */
	msc_u32 shown;		/* MSC_SECTION_* */
	msc_u32 announced;	/* VMAs, by the line process */
	msc_u32 merge_rules;	/* offset in strings */
	/* The VMA of the last such line: they go by address. */
	msc_u32 avc_vma, run_vma, ksm_page_vma, relocation_vma;
	msc_u32 ksm_off;	/* offset in strings */
	/* With pointers=1: the address of each anon_vma whose id has been seen with one. */
	struct msc_map ids;	/* id to index in addresses */
	msc_u64 *addresses;
	msc_u32 nr_addresses;
};

/* Fail with a text as in printf(), unless the reader has failed already. */
void __attribute__((format(printf, 2, 3))) msc_reader_fail(struct msc_reader *r,
							   const char *format, ...);

/* Is there such a field? */
bool msc_reader_has(struct msc_reader *r, const char *key);

/* A decimal number of at most @max. */
msc_u64 msc_reader_dec(struct msc_reader *r, const char *key, msc_u64 max);
msc_u32 msc_reader_u32(struct msc_reader *r, const char *key);
msc_u64 msc_reader_u64(struct msc_reader *r, const char *key);

/* A hexadecimal number with 0x. */
msc_u64 msc_reader_hex(struct msc_reader *r, const char *key);

/* The same, 0 if there is no such field. */
msc_u64 msc_reader_hex_or_0(struct msc_reader *r, const char *key);

/*
 * The cookie of an object, of which this is number @number of its kind, or 0 for none: its address
 * in @key where the report shows addresses, else @number.
 */
msc_u64 msc_reader_object(struct msc_reader *r, const char *key, msc_u32 number);

bool msc_reader_bool(struct msc_reader *r, const char *key);

/* Is the value @value? */
bool msc_reader_is(struct msc_reader *r, const char *key, const char *value);

/* The value as it stands there; "" if it is missing. */
char *msc_reader_text(struct msc_reader *r, const char *key);

/* One of @nr words, by what @name says of 0 to @nr - 1. */
unsigned int msc_reader_word(struct msc_reader *r, const char *key, unsigned int nr,
			     const char *(*name)(unsigned int index));

/* An id with this letter, or 0 for "-". */
msc_u32 msc_reader_id(struct msc_reader *r, const char *key, char letter);

/* The same of what has a line before: at most @nr. */
msc_u32 msc_reader_known_id(struct msc_reader *r, const char *key, char letter, msc_u32 nr);

/* Flags as codes. With @other, ?? is one too. */
msc_u64 msc_reader_flags(struct msc_reader *r, const char *key, bool other);

/* A quoted string into @to, which has @size bytes. */
void msc_reader_copy(struct msc_reader *r, const char *key, char *to, size_t size);

/* A quoted string into the snapshot's: its offset. */
msc_u32 msc_reader_string(struct msc_reader *r, const char *key);

/* place: 0 or one of MSC_SEAM_*. */
unsigned int msc_reader_place(struct msc_reader *r);

#endif
