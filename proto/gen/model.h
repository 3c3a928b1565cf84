#pragma once
/*
 * The declarations as the generator knows them: capabilities, their methods, the messages these
 * exchange, and the statements behind them. Everything lives in the generator's arena.
 *
 *   schema_load() -> statements_load() -> plan_methods() -> check_...() -> emit_...()
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/gen/gen.h"
#include "proto/option_types.pb-c.h"
#include "server/db/sql.h"

enum field_kind {
	KIND_INT, /* any whole number */
	KIND_BOOL,
	KIND_STRING,
	KIND_BYTES,
	KIND_ENUM,
	KIND_MESSAGE,
	KIND_FLOAT, /* refused */
	KIND_GROUP, /* refused */
};

struct field {
	struct place at;
	const char *name;
	uint32_t number;
	enum field_kind kind;
	const char *type; /* as written in proto: "string", "int64", or the name of a type */
	bool repeated;
	bool must_be_there;             /* proto's own `required` label: refused */
	bool has_default, in_oneof;     /* refused */
	const struct message *sub;      /* KIND_MESSAGE */
	const Steward__FieldRule *rule; /* never NULL */
	const char *label;              /* never NULL */
	const char *help;               /* never NULL */
	uint32_t max, item_max;         /* declared, or what the format implies; 0: neither */
};

struct message {
	struct place at;
	const char *name;     /* "steward.case.OpenRequest" */
	const char *symbol;   /* "steward__case__open_request", as in the generated C */
	const char *help;     /* never NULL */
	struct field *fields; /* ascending by number, like protobuf-c's descriptor */
	size_t n_fields;
	bool is_map;  /* refused */
	uint8_t mark; /* of the search for cycles */
};

struct statement {
	struct place at;
	const char *owner; /* the file's name without its end: a capability */
	const char *name, *text;
	enum sql_shape shape;
	const char **params; /* in order of first occurrence, without the colon */
	size_t n_params;
	uint16_t index;
	bool used; /* a method runs it */
};

struct step {
	const struct statement *stmt;
	const struct sql_param *params; /* stmt->n_params */
	uint16_t target;
};

struct method {
	struct place at;
	const char *name;   /* "case.Open" */
	const char *cap;    /* "case" */
	const char *symbol; /* "case_open" */
	const char *words;  /* "case open" */
	const char *help;   /* "" if there is no comment */
	const struct message *in, *out;
	const Steward__RpcRule *rule; /* never NULL */
	bool in_stream, out_stream;
	uint32_t roles; /* bit 1u << Steward__Role */
	struct step *steps;
	size_t n_steps;
	bool needs_property;
	struct method *upload_part, *upload_end; /* of one that begins to send a file */
	const struct method *print_by;           /* of one whose outcome can be printed */
	bool inner;                              /* one of those: no command of its own */
	uint16_t index;                          /* among all, by name */
};

struct proto_file {
	const char *path; /* "proto/case.proto" */
	const char *name; /* "case" */
	const char *package;
	bool proto2;
	size_t n_services;
	int second_service_line;
};

struct schema {
	struct proto_file *files;
	size_t n_files;
	struct message **messages; /* of all files, as declared */
	size_t n_messages;
	struct method **methods; /* capabilities in their order, methods as declared */
	struct method **by_name; /* the same, by name */
	size_t n_methods;
	struct statement **stmts; /* as declared */
	size_t n_stmts;
};

/* NULL if there is none. */
const struct field *message_find(const struct message *m, const char *name, size_t len);
size_t field_index(const struct message *m, const struct field *f);
/* The fields a table or form of the reply shows: of its first repeated message, else of the reply
 * itself. */
const struct message *method_rows(const struct method *m);
bool is_cap_file(const struct proto_file *f);
