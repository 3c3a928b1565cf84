#include "client/cli/topics.h"

static const char exit_codes[] =
	"Exit codes are the same for every command and do not change.\n"
	"\n"
	"    0  done; also an empty list, and a change that was done before under the same key\n"
	"    1  the answer is no, and nothing else: an empty list with --exit-code\n"
	"    2  wrong usage: unknown command or flag, a value that is missing or not allowed\n"
	"    3  what was named was not found\n"
	"    4  log in first, or again; or this machine is not enrolled\n"
	"    5  not allowed\n"
	"    6  somebody else changed it meanwhile\n"
	"    7  refused by a rule, with the reason\n"
	"    8  several things were asked for: some are done, some are not; the list says which\n"
	"    9  the server cannot be reached or is too busy; nothing was done\n"
	"   10  cancelled, by you or because nobody confirmed\n"
	"   11  time ran out and it is not known whether it was done: repeat it under the same "
	"key\n"
	"   12  anything else: a fault, a full disk\n"
	"   75  accepted here, sent later\n"
	"  130  interrupted\n"
	"\n"
	"With --json an error is one JSON object on standard error: code, reason, message, hint, "
	"field,\n"
	"request_id, exit.\n";

static const char output[] =
	"The result goes to standard output, everything else to standard error.\n"
	"\n"
	"  (nothing)       a table as wide as the terminal; through a pager where it is longer "
	"than the screen\n"
	"  --json          a list of objects, or one object; an empty list is [] with exit code 0\n"
	"  --json=a,b      only these fields, null where there is no value; a.b reaches into an "
	"object\n"
	"  --jsonl         one object per line\n"
	"  --jq EXPR       JSON through a jq expression\n"
	"  --csv           RFC 4180. Written into a file it gets a byte order mark, and cells that "
	"a spreadsheet\n"
	"                  would run as a formula begin with an apostrophe\n"
	"  --tsv, --plain  tabs between values, \\t \\n \\\\ inside them; --plain has no heading\n"
	"  -o name         numbers only, one per line, for xargs\n"
	"\n"
	"Field names are those of --json; they do not change. Numbers of 64 bits are strings, "
	"times are RFC 3339,\n"
	"bytes are written \\x0a1b. --columns chooses and orders columns, --sort sorts the rows "
	"shown.\n"
	"\n"
	"A list shows 100 rows; it says so when there are more. --limit N or --limit all gives "
	"more.\n"
	"\n"
	"Colour: --color, else off with a non-empty NO_COLOR, else on with CLICOLOR_FORCE, else "
	"off with TERM=dumb,\n"
	"else on at a terminal. JSON and CSV are never coloured.\n";

static const char environment[] =
	"STEWARD_HOME        directory of the profile (else $XDG_CONFIG_HOME/steward, "
	"~/.config/steward)\n"
	"STEWARD_SERVER      server, STEWARD_PORT, STEWARD_ENROL_PORT: its ports\n"
	"STEWARD_PROPERTY    code of the property when -p is not given\n"
	"STEWARD_NAME        what this device is called\n"
	"STEWARD_PRINTER     the receipt printer here, for steward-tui\n"
	"STEWARD_PAGER       pager, before PAGER; empty or 'cat' for none\n"
	"NO_COLOR, CLICOLOR_FORCE, TERM, COLUMNS, LINES\n"
	"\n"
	"Settings come from /etc/steward/client.conf, /etc/steward/client.conf.d/*.conf, "
	"client.conf in the profile,\n"
	"the environment and the flags; what comes later counts. 'steward config show --origin' "
	"tells which it was.\n"
	"\n"
	"Passwords are never read from flags or the environment: only typed, or from a file.\n";

static const char keys[] = "Every change travels under a key. When the line breaks, the program "
			   "repeats the change under the same key, so it\n"
			   "happens at most once. When no answer comes at all, it exits with 11 "
			   "and tells the key: the same command with\n"
			   "--idempotency-key KEY finds out what happened, or does it.\n";

const struct topic topics[] = {
	{ "exit-codes", exit_codes },
	{ "output", output },
	{ "env", environment },
	{ "keys", keys },
};
const size_t topic_count = sizeof(topics) / sizeof(topics[0]);
