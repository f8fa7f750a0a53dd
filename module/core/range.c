// SPDX-License-Identifier: GPL-2.0
#include "pidlist.h"
#include "range.h"

/* The decimal PID that *@text begins with, or 0; *@text is left behind it. */
static msc_s32 take_pid(const char **text)
{
	msc_u32 pid = 0;

	for (; **text >= '0' && **text <= '9'; ++*text) {
		pid = pid * 10 + (msc_u32)(**text - '0');
		if (pid >= MSC_PID_LIMIT)
			return 0;
	}
	return (msc_s32)pid;
}

/* The value of a hexadecimal digit, or 16. */
static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A' + 10);
	return 16;
}

/* The address that *@text begins with; false if there is none, or one of more than 64 bits. */
static msc_bool take_address(const char **text, msc_u64 *address)
{
	unsigned int digits = 0;

	if ((*text)[0] == '0' && (*text)[1] == 'x')
		*text += 2;
	for (*address = 0; digit(**text) < 16; ++*text) {
		if (*address >> 60)
			return MSC_FALSE;
		*address = *address << 4 | digit(**text);
		digits++;
	}
	return digits != 0;
}

static msc_bool is_end(const char *text)
{
	return !*text || (text[0] == '\n' && !text[1]);
}

enum msc_range_error msc_range_parse(struct msc_range *range, const char *text)
{
	range->pid = take_pid(&text);
	if (!range->pid || *text++ != ':')
		return MSC_RANGE_NO_PID;
	range->start = 0;
	range->end = ~0ULL << MSC_PAGE_SHIFT;
	if (is_end(text))
		return MSC_RANGE_OK;
	if (!take_address(&text, &range->start))
		return MSC_RANGE_NOT_HEX;
	if (*text++ != '-')
		return MSC_RANGE_NO_DASH;
	if (!take_address(&text, &range->end))
		return MSC_RANGE_NOT_HEX;
	if (!is_end(text))
		return MSC_RANGE_NO_DASH;
	if ((range->start | range->end) & (MSC_BIT(MSC_PAGE_SHIFT) - 1))
		return MSC_RANGE_UNALIGNED;
	return range->start < range->end ? MSC_RANGE_OK : MSC_RANGE_EMPTY;
}
