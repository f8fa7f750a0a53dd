// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../module/core/pidlist.h"
#include "command.h"
#include "reader.h"
#include "source.h"

int msc_source_pid(const char *arg)
{
	unsigned long pid = 0;
	const char *p;

	for (p = arg; *p >= '0' && *p <= '9' && pid < MSC_PID_LIMIT; p++)
		pid = 10 * pid + (unsigned long)(*p - '0');
	return *p || p == arg || pid >= MSC_PID_LIMIT ? 0 : (int)pid;
}

static void close_file(FILE *in)
{
	if (in != stdin)
		fclose(in);
}

static FILE *open_file(const char *arg)
{
	FILE *in = strcmp(arg, "-") ? fopen(arg, "re") : stdin;
	struct stat stat;

	if (!in && errno == ENOENT)
		msc_trouble("%s: neither a PID nor a file that is there", arg);
	else if (!in || fstat(fileno(in), &stat))
		msc_trouble("%s: %s", arg, strerror(errno));
	else if (S_ISDIR(stat.st_mode))
		msc_trouble("%s: a directory, expected a report", arg);
	else
		return in;
	if (in)
		close_file(in);
	return NULL;
}

static bool read_stream(FILE *in, struct msc_text *text)
{
	FILE *out = open_memstream(&text->bytes, &text->len);
	char block[1 << 16];
	bool ok, goes_on;
	size_t n;

	if (!out)
		return false;
	n = fread(block, 1, sizeof(block), in);
	/* What is no report may have no end; what is wrong with it its beginning tells. */
	goes_on = msc_reader_begins(block, n);
	for (; n; n = goes_on ? fread(block, 1, sizeof(block), in) : 0)
		fwrite(block, 1, n, out);
	ok = !ferror(in) && !ferror(out);
	return !fclose(out) && ok;
}

bool msc_source_text(const char *arg, struct msc_text *text)
{
	int pid = msc_source_pid(arg);
	FILE *in;
	bool ok;

	*text = (struct msc_text){ 0 };
	if (pid)
		return msc_module_read(pid, "report", false, text) == MSC_MODULE_OK;
	in = open_file(arg);
	if (!in)
		return false;
	ok = read_stream(in, text);
	if (!ok) {
		msc_trouble("%s: %s", arg, strerror(errno));
		free(text->bytes);
	}
	close_file(in);
	return ok;
}

/* The reader's verdict on @in, which is closed. */
static bool parse(const char *name, FILE *in, struct msc_snapshot *s)
{
	struct msc_reader_error error;
	int err;

	msc_snapshot_init(s, &msc_reader_alloc, MSC_SECTION_ALL);
	err = msc_reader_read(in, s, &error);
	close_file(in);
	if (!err)
		return true;
	if (error.line)
		msc_trouble("%s:%lu: %s", name, error.line, error.text);
	else
		msc_trouble("%s: %s", name, error.text);
	return false;
}

bool msc_source_parse(const char *name, const struct msc_text *text, struct msc_snapshot *s)
{
	FILE *in = fmemopen(text->bytes, text->len, "r");

	if (in)
		return parse(name, in, s);
	msc_snapshot_init(s, &msc_reader_alloc, MSC_SECTION_ALL);
	msc_trouble("%s: %s", name, text->len ? strerror(errno) : "empty, expected a report");
	return false;
}

bool msc_source_snapshot(const char *arg, struct msc_snapshot *s)
{
	struct msc_text text;
	FILE *in;
	bool ok;

	msc_snapshot_init(s, &msc_reader_alloc, MSC_SECTION_ALL);
	if (!msc_source_pid(arg)) {
		in = open_file(arg);
		return in && parse(arg, in, s);
	}
	if (!msc_source_text(arg, &text))
		return false;
	ok = msc_source_parse(arg, &text, s);
	free(text.bytes);
	return ok;
}
