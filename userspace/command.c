// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

/* Has a line said what the trouble is? */
static bool told;

void (*msc_before_trouble)(void);

/* What came from a file must not reach a terminal as more than text. */
static char *one_line(char *text)
{
	char *at;

	for (at = text; *at; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '?';
	}
	return text;
}

int msc_trouble(const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	told = true;
	fflush(stdout);
	if (msc_before_trouble)
		msc_before_trouble();
	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	fprintf(stderr, "mergescope: %s\n", len < 0 ? "no memory" : one_line(text));
	if (len >= 0)
		free(text);
	return MSC_EXIT_TROUBLE;
}

int msc_flushed(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	return msc_trouble("cannot write: %s", strerror(errno));
}

static const struct argp_option *find_letter(const struct argp *argp, int letter)
{
	const struct argp_option *option;

	for (option = argp->options; option->name || option->key; option++) {
		if (option->key == letter)
			return option;
	}
	return NULL;
}

/*
 * Is @word, "-xj", a bundle of options that getopt stops in and does not go on from: is there a
 * wrong letter that is not its last?
 */
static bool stops_inside(const struct argp *argp, const char *word)
{
	const struct argp_option *option;

	if (!word || *word++ != '-' || *word == '-')
		return false;
	for (; *word; word++) {
		option = find_letter(argp, *word);
		if (!option)
			return word[1];
		/* The rest is its value. */
		if (option->arg)
			return false;
	}
	return false;
}

/* The word that getopt or a verb's own parser has stopped at: in the next, or behind one. */
static const char *wrong_word(const struct argp_state *state)
{
	const char *next = state->argv[state->next];

	return stops_inside(state->root_argp, next) ? next : state->argv[state->next - 1];
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case '?':
		argp_help(state->root_argp, stdout,
			  ARGP_HELP_SHORT_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG |
				  ARGP_HELP_POST_DOC,
			  state->argv[0]);
		exit(msc_flushed(MSC_EXIT_FINE));
	case ARGP_KEY_ARG:
		msc_trouble("%s: one argument too many: see %s --help", arg, state->argv[0]);
		return EINVAL;
	case ARGP_KEY_ERROR:
		if (!told)
			msc_trouble("%s: unknown option, or without its value: see %s --help",
				    wrong_word(state), state->argv[0]);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{ "help", '?', NULL, 0, "print this help", -1 },
	{ 0 },
};

static const struct argp common = { .options = common_options, .parser = parse_common };

const struct argp_child msc_common_options[] = { { &common, 0, NULL, 0 }, { 0 } };

int msc_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	const unsigned int flags = ARGP_NO_ERRS | ARGP_NO_HELP;

	return argp_parse(argp, argc, argv, flags, NULL, input) ? MSC_EXIT_TROUBLE : 0;
}

error_t msc_take_arg(const char **to, const char *arg)
{
	if (*to)
		return ARGP_ERR_UNKNOWN;
	*to = arg;
	return 0;
}

int msc_missing(const char *verb, const char *what)
{
	return msc_trouble("%s is missing: see %s --help", what, verb);
}

bool msc_number(const char *what, const char *text, unsigned long min, unsigned long max,
		unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && *value >= min && *value <= max)
		return true;
	msc_trouble("%s=%s, expected a number from %lu to %lu", what, text, min, max);
	return false;
}

int msc_columns(int fd, int otherwise)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col ? otherwise : size.ws_col;
}

bool msc_folder_usable(const char *option, const char *path, int how)
{
	struct stat entry;
	int err = 0;

	if (stat(path, &entry))
		err = errno;
	else if (!S_ISDIR(entry.st_mode))
		err = ENOTDIR;
	else if (access(path, how | X_OK))
		err = errno;
	if (err)
		msc_trouble("--%s=%s: %s", option, path, strerror(err));
	return !err;
}
