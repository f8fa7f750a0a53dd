// SPDX-License-Identifier: GPL-2.0
#include <sys/syscall.h>

#include "agent_text.h"

char *agent_words[AGENT_MAX_WORDS];
int agent_nr_words;

static char input[AGENT_MAX_LINE], output[2 * AGENT_MAX_LINE];
static unsigned long input_start, input_end, output_len;

_Noreturn void agent_leave(int status)
{
	for (;;)
		agent_raw(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

/* Answers: put_*() add to the line, agent_reply() ends and sends it. */

void agent_put(const char *text)
{
	while (*text && output_len < sizeof(output) - 1)
		output[output_len++] = *text++;
}

void agent_put_number(long value)
{
	unsigned long rest = value < 0 ? -(unsigned long)value : (unsigned long)value;
	char digits[24];
	char *p = digits + sizeof(digits) - 1;

	*p = 0;
	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	agent_put(value < 0 ? " -" : " ");
	agent_put(p);
}

void agent_put_hex(const volatile unsigned char *bytes, long len)
{
	static const char digits[] = "0123456789abcdef";
	long i;

	for (i = 0; i < len && output_len < sizeof(output) - 2; i++) {
		output[output_len++] = digits[bytes[i] >> 4];
		output[output_len++] = digits[bytes[i] & 15];
	}
}

void agent_reply(void)
{
	unsigned long sent = 0;
	long n;

	output[output_len++] = '\n';
	while (sent < output_len) {
		n = agent_raw(SYS_write, 1, (long)(output + sent), (long)(output_len - sent), 0, 0,
			      0);
		if (n <= 0)
			agent_leave(1);
		sent += (unsigned long)n;
	}
	output_len = 0;
}

void agent_answer(long value)
{
	agent_put("=");
	agent_put_number(value);
	agent_reply();
}

void agent_complain(const char *what, const char *word)
{
	output_len = 0;
	agent_put("? ");
	agent_put(word);
	agent_put(": ");
	agent_put(what);
	agent_reply();
}

int agent_same(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return *a == *b;
}

int agent_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 99;
}

int agent_number(const char *word, long *value)
{
	int negative = *word == '-', base = 10;
	const char *p = word + negative;
	unsigned long sum = 0;

	if (p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	}
	if (!*p)
		goto bad;
	for (; *p; p++) {
		if (agent_digit(*p) >= base)
			goto bad;
		sum = sum * (unsigned long)base + (unsigned long)agent_digit(*p);
	}
	*value = (long)(negative ? -sum : sum);
	return 1;
bad:
	agent_complain("not a number, expected decimal or 0x hex", word);
	return 0;
}

/* The next line without its end, or NULL at the end of the input; too long a one ends the agent. */
static char *read_line(void)
{
	unsigned long i = input_start;
	long n;

	for (;;) {
		for (; i < input_end; i++) {
			if (input[i] != '\n')
				continue;
			input[i] = 0;
			n = (long)input_start;
			input_start = i + 1;
			return input + n;
		}
		for (i = 0; input_start + i < input_end; i++)
			input[i] = input[input_start + i];
		input_start = 0;
		input_end = i;
		if (input_end == sizeof(input)) {
			agent_complain("line too long", "input");
			agent_leave(2);
		}
		n = agent_raw(SYS_read, 0, (long)(input + i), (long)(sizeof(input) - i), 0, 0, 0);
		if (n <= 0)
			return 0;
		input_end += (unsigned long)n;
	}
}

static void split(char *line)
{
	for (agent_nr_words = 0; *line && agent_nr_words < AGENT_MAX_WORDS; agent_nr_words++) {
		for (; *line == ' '; line++)
			;
		if (!*line)
			break;
		agent_words[agent_nr_words] = line;
		for (; *line && *line != ' '; line++)
			;
		if (*line)
			*line++ = 0;
	}
}

int agent_numbers(int first, long *values)
{
	int i, n;

	for (n = 0; n < 6; n++)
		values[n] = 0;
	for (i = first; i < agent_nr_words && !agent_same(agent_words[i], "+"); i++) {
		if (i - first >= 6) {
			agent_complain("too many arguments, expected six at most", agent_words[i]);
			return -1;
		}
		if (!agent_number(agent_words[i], &values[i - first]))
			return -1;
	}
	return i;
}

int agent_next(void)
{
	char *line = read_line();

	if (line)
		split(line);
	return line != 0;
}

void agent_drop_input(void)
{
	input_start = input_end = 0;
}
