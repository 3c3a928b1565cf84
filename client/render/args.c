#include "client/render/args.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char render_usage[] =
	"usage: steward-render --pdf FILE [--paper A4|A5|letter] < documents\n"
	"       steward-render --escpos FILE [--width 576|384] [--drawer] [--no-cut] < documents\n"
	"       steward-render --serve\n"
	"\n"
	"Draws bills, receipts, statements, notices and labels. The documents are JSON objects, "
	"one\n"
	"after the other; with --input protobuf one PrintRequest. FILE - is standard output.\n"
	"\n"
	"  --pdf FILE         pages, all documents in one file\n"
	"  --paper A4         A4, A5 or letter\n"
	"  --escpos FILE      what a receipt printer reads; FILE may be its device\n"
	"  --width 576        dots of its line: 576 (80 mm paper) or 384 (58 mm)\n"
	"  --drawer           open the cash drawer first\n"
	"  --no-cut           leave the paper in one piece\n"
	"  --input json       json or protobuf\n"
	"  --serve            answer requests on standard input until it ends\n"
	"  --help, --version\n";

static enum st_code args_refuse(struct st_err *err, const char *option, const char *choices,
				const char *given)
{
	return st_fail(err, ST_INVALID_ARGUMENT, "USAGE", option, "%s: %s is needed, not '%s'",
		       option, choices, given);
}

static enum st_code args_paper(struct render_args *a, const char *text, struct st_err *err)
{
	static const char *const names[] = { "A4", "A5", "letter" };

	for (int i = 0; i < 3; i++)
		if (strcasecmp(text, names[i]) == 0) {
			a->request.paper = (Steward__PrintPaper)i;
			a->request.has_paper = true;
			return ST_OK;
		}
	return args_refuse(err, "--paper", "A4, A5 or letter", text);
}

static enum st_code args_width(struct render_args *a, const char *text, struct st_err *err)
{
	if (strcmp(text, "384") != 0 && strcmp(text, "576") != 0)
		return args_refuse(err, "--width", "384 or 576", text);
	a->request.width = (uint32_t)strtoul(text, NULL, 10);
	a->request.has_width = true;
	return ST_OK;
}

static enum st_code args_file(struct render_args *a, Steward__PrintForm form, const char *file,
			      struct st_err *err)
{
	if (a->file != NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "USAGE", NULL,
			       "one of --pdf and --escpos is possible, and once");
	a->file = file;
	a->request.form = form;
	a->request.has_form = true;
	return ST_OK;
}

static enum st_code args_take(struct render_args *a, int option, struct st_err *err)
{
	switch (option) {
	case 'p':
		return args_file(a, STEWARD__PRINT_FORM__PDF, optarg, err);
	case 'e':
		return args_file(a, STEWARD__PRINT_FORM__ESCPOS, optarg, err);
	case 's':
		a->mode = RENDER_SERVE;
		return ST_OK;
	case 'P':
		return args_paper(a, optarg, err);
	case 'w':
		return args_width(a, optarg, err);
	case 'd':
		a->request.drawer = a->request.has_drawer = true;
		return ST_OK;
	case 'u':
		a->request.uncut = a->request.has_uncut = true;
		return ST_OK;
	case 'i':
		a->protobuf = strcmp(optarg, "protobuf") == 0;
		if (!a->protobuf && strcmp(optarg, "json") != 0)
			return args_refuse(err, "--input", "json or protobuf", optarg);
		return ST_OK;
	case 'h':
		a->mode = RENDER_HELP;
		return ST_OK;
	default:
		a->mode = RENDER_VERSION;
		return ST_OK;
	}
}

static enum st_code args_check(const struct render_args *a, struct st_err *err)
{
	bool pdf = a->request.form == STEWARD__PRINT_FORM__PDF;

	if (a->mode == RENDER_HELP || a->mode == RENDER_VERSION)
		return ST_OK;
	if (a->mode == RENDER_SERVE && a->file != NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "USAGE", NULL,
			       "--serve takes no file: each request says what it wants");
	if (a->mode == RENDER_FILE && a->file == NULL)
		return st_fail(err, ST_INVALID_ARGUMENT, "USAGE", NULL,
			       "--pdf FILE, --escpos FILE or --serve is needed");
	if (a->mode == RENDER_FILE && pdf &&
	    (a->request.has_width || a->request.drawer || a->request.uncut))
		return st_fail(err, ST_INVALID_ARGUMENT, "USAGE", NULL,
			       "--width, --drawer and --no-cut belong to --escpos");
	if (a->mode == RENDER_FILE && !pdf && a->request.has_paper)
		return st_fail(err, ST_INVALID_ARGUMENT, "USAGE", NULL, "--paper belongs to --pdf");
	return ST_OK;
}

enum st_code render_args_read(int argc, char **argv, struct render_args *ret, struct st_err *err)
{
	static const struct option options[] = {
		{ "pdf", required_argument, NULL, 'p' },
		{ "escpos", required_argument, NULL, 'e' },
		{ "serve", no_argument, NULL, 's' },
		{ "paper", required_argument, NULL, 'P' },
		{ "width", required_argument, NULL, 'w' },
		{ "drawer", no_argument, NULL, 'd' },
		{ "no-cut", no_argument, NULL, 'u' },
		{ "input", required_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*ret = (struct render_args){ .mode = RENDER_FILE };
	steward__print_request__init(&ret->request);
	opterr = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == '?')
			return st_fail(err, ST_INVALID_ARGUMENT, "USAGE", NULL,
				       "'%s' is no option, or it needs a value", argv[optind - 1]);
		ST_TRY(args_take(ret, option, err));
	}
	if (optind < argc)
		return st_fail(err, ST_INVALID_ARGUMENT, "USAGE", NULL, "unexpected word '%s'",
			       argv[optind]);
	return args_check(ret, err);
}
