/*
 * The relay for scripts: prints the port to connect to, and does what it is told on its standard
 * input until that ends.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fault/relay.h"

#define COMMAND_MAX 200

static const char usage[] =
	"usage: relay [options] PORT       a bad line to a daemon at 127.0.0.1:PORT\n"
	"\n"
	"  --rtt MS          round trip time\n"
	"  --stall PERCENT   of the packets come only after the pause of a retransmission\n"
	"  --seed N          which ones (default 1)\n"
	"  --rate KBIT       kbit/s each way\n"
	"  --bytewise        every byte is a write of its own\n"
	"\n"
	"Prints its own port. Then reads commands, one a line:\n"
	"\n"
	"  cut               ends all connections\n"
	"  cut up N          ends the connection that carries the N-th byte from now on to the "
	"daemon\n"
	"  cut down N        the same towards the client\n"
	"  end               so does the end of its input\n"
	"\n"
	"At the end it says how many connections it has cut.\n";

struct relay_program {
	uv_loop_t loop;
	struct relay *relay;
	uv_pipe_t in;
	char read_buf[COMMAND_MAX], line[COMMAND_MAX];
	size_t len;
};

static void program_command(struct relay_program *p, const char *line)
{
	unsigned long long n;
	char way[8];

	if (strcmp(line, "cut") == 0)
		relay_cut(p->relay);
	else if (strcmp(line, "end") == 0)
		uv_stop(&p->loop);
	else if (sscanf(line, "cut %7s %llu", way, &n) == 2 && strcmp(way, "up") == 0)
		relay_cut_after(p->relay, RELAY_UP, n);
	else if (sscanf(line, "cut %7s %llu", way, &n) == 2 && strcmp(way, "down") == 0)
		relay_cut_after(p->relay, RELAY_DOWN, n);
	else
		(void)fprintf(stderr, "relay: what is '%s'?\n", line);
}

static void program_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct relay_program *p = handle->data;

	(void)suggested;
	*buf = uv_buf_init(p->read_buf, sizeof(p->read_buf));
}

static void program_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct relay_program *p = stream->data;

	for (ssize_t i = 0; i < n; i++) {
		if (buf->base[i] == '\n') {
			p->line[p->len] = '\0';
			program_command(p, p->line);
			p->len = 0;
		} else if (p->len + 1 < sizeof(p->line)) {
			p->line[p->len++] = buf->base[i];
		}
	}
	if (n < 0)
		uv_stop(stream->loop);
}

static bool program_options(int argc, char **argv, struct relay_options *o)
{
	static const struct option names[] = {
		{ "rtt", required_argument, NULL, 'r' },  { "stall", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'e' }, { "rate", required_argument, NULL, 'k' },
		{ "bytewise", no_argument, NULL, 'b' },   { NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		unsigned long n = optarg != NULL ? strtoul(optarg, NULL, 10) : 0;

		if (c == 'r')
			o->rtt_ms = (unsigned)n;
		else if (c == 's' && n < 100)
			o->stall_percent = (unsigned)n;
		else if (c == 'e')
			o->seed = n;
		else if (c == 'k')
			o->rate_kbit = (unsigned)n;
		else if (c == 'b')
			o->bytewise = true;
		else
			return false;
	}
	if (optind + 1 != argc)
		return false;
	o->port = (int)strtoul(argv[optind], NULL, 10);
	return o->port > 0;
}

int main(int argc, char **argv)
{
	static struct relay_program p;
	struct relay_options o = { .host = "127.0.0.1", .seed = 1 };
	int rc;

	if (!program_options(argc, argv, &o)) {
		(void)fputs(usage, stderr);
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	rc = uv_loop_init(&p.loop);
	if (rc == 0)
		rc = relay_new(&p.loop, &o, &p.relay);
	if (rc == 0)
		rc = uv_pipe_init(&p.loop, &p.in, 0);
	if (rc == 0)
		rc = uv_pipe_open(&p.in, 0);
	p.in.data = &p;
	if (rc == 0)
		rc = uv_read_start((uv_stream_t *)&p.in, program_alloc, program_on_read);
	if (rc != 0) {
		(void)fprintf(stderr, "relay: %s\n", uv_strerror(rc));
		return 1;
	}
	printf("%d\n", relay_port(p.relay));
	(void)fflush(stdout);
	(void)uv_run(&p.loop, UV_RUN_DEFAULT);
	printf("%u cut\n", relay_cuts(p.relay));
	uv_close((uv_handle_t *)&p.in, NULL);
	relay_free(p.relay);
	(void)uv_run(&p.loop, UV_RUN_DEFAULT);
	return uv_loop_close(&p.loop) != 0;
}
