/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The types of the pure core. module/core includes nothing but itself: the same files are built
 * into the module, the command and the userland unit tests, so neither a kernel header nor a libc
 * header may appear here. Compiler built-ins are all it needs.
 */
#ifndef MSC_CORE_TYPES_H
#define MSC_CORE_TYPES_H

typedef __UINT8_TYPE__ msc_u8;
typedef __UINT16_TYPE__ msc_u16;
typedef __UINT32_TYPE__ msc_u32;
typedef __UINT64_TYPE__ msc_u64;
typedef __INT32_TYPE__ msc_s32;
typedef __INT64_TYPE__ msc_s64;
typedef __SIZE_TYPE__ msc_size;
typedef _Bool msc_bool;

#define MSC_NULL ((void *)0)
#define MSC_TRUE ((msc_bool)1)
#define MSC_FALSE ((msc_bool)0)
#define MSC_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MSC_BIT(n) (1ULL << (n))

/* Bytes of a page as a shift; every page offset and page count in a record is in this unit. */
#define MSC_PAGE_SHIFT 12

#endif
