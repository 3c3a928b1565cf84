#pragma once
/*
 * The declarations of proto/ as tables: what the generator (proto/gen) writes, what walker,
 * validator, dispatcher, CLI and TUI read. Both ends link the same tables, so they cannot drift
 * apart.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "proto/option_types.pb-c.h"

struct message_rules;

/* One field's limits and looks. Rows stand in the order of desc->fields (ascending field number).
 */
struct field_rule {
	uint32_t max;      /* string: characters; bytes: bytes; repeated: elements. Never 0 where it
			      applies */
	uint32_t item_max; /* of a repeated string or bytes */
	int64_t low, high; /* of a number; INT64_MIN / INT64_MAX when not limited */
	bool required, secret, hidden;
	bool file;                       /* people name a file, whose contents are the value */
	uint8_t format;                  /* enum Steward__Format */
	uint8_t arg;                     /* place among the command's words, 0: flag */
	const char *label;               /* never NULL */
	const char *choices;             /* "a|b" or NULL */
	const char *complete;            /* words of a list command, or NULL */
	const char *help;                /* comment of the field, "" if none */
	const struct message_rules *sub; /* of a message field, else NULL */
};

struct message_rules {
	const ProtobufCMessageDescriptor *desc;
	const struct field_rule *fields; /* desc->n_fields rows */
	const char *help;
};

struct rpc_method {
	const char *name;    /* "case.Open": wire, log, metrics */
	const char *cap;     /* "case" */
	const char *words;   /* "case open" */
	const char *help;    /* the comment above the rpc; its first sentence is the summary */
	const char *example; /* or NULL */
	const char *columns; /* blank-separated field names, or NULL: all that are not hidden */
	const char *feed;    /* entity of the change feed, or NULL */
	const char *import;  /* repeated field filled from CSV, or NULL */
	const char *watch;   /* entities of the change feed that change what it answers, or NULL */
	/* It begins to send a file: the methods that take its parts and end it, or NULL. */
	const char *upload_part, *upload_end;
	const char *download; /* field of the stream's messages that makes up a file, or NULL */
	const char *print_by; /* the method that prints what came of it, or NULL */
	const struct message_rules *in, *out;
	uint32_t roles;    /* bit 1u << Steward__Role */
	uint8_t access;    /* enum Steward__Access */
	uint8_t rpc_class; /* enum Steward__Class */
	uint8_t offline;   /* enum Steward__Offline */
	uint8_t danger;    /* enum Steward__Danger */
	bool slow, personal, access_change;
	bool print;          /* the reply holds documents that are to be printed */
	bool inner;          /* a step of another method's upload, no command of its own */
	bool needs_property; /* a statement uses :ctx_property, so the call must name one */
	uint32_t timeout_ms, max_bytes;
	uint16_t index; /* position in rpc_methods, and in the daemon's rpc_plans */
};

extern const struct rpc_method rpc_methods[];
extern const size_t rpc_method_count;

/* By wire name, in O(log n); NULL if there is none. */
const struct rpc_method *rpc_find(const char *name);
/* By the words of the command line ("case", "open"); 'used' tells how many words matched. NULL:
 * none. */
const struct rpc_method *rpc_find_words(int argc, char *const argv[], int *ret_used);

/* The envelope's own messages. */
extern const struct message_rules rules_steward__hello, rules_steward__welcome,
	rules_steward__request, rules_steward__response, rules_steward__status,
	rules_steward__goaway, rules_steward__fatal;
/* What is drawn: see proto/print.proto. */
extern const struct message_rules rules_steward__print_document, rules_steward__print_request,
	rules_steward__print_reply;
