#include "proto/gen/sqlfile.h"

#include <ctype.h>
#include <string.h>

#include "proto/gen/text.h"

#define BRACKETS_MAX 64

struct scan {
	struct gen *g;
	struct schema *schema;
	const char *file, *prefix;
	const char *c;   /* next character */
	int line;        /* its line */
	char before;     /* the character in front of it, 0 at the start and behind a comment */
	bool line_start; /* nothing but blanks before it in its line */
	struct statement *stmt; /* the open one */
	char *to;               /* where its text goes on */
	bool ended;             /* its semicolon was met */
	bool lost;              /* text outside of a statement was complained about */
	char brackets[BRACKETS_MAX];
	size_t depth;
};

static const char *const shapes[] = {
	[SQL_ONE] = "one",   [SQL_MAYBE] = "maybe", [SQL_MANY] = "many",
	[SQL_EXEC] = "exec", [SQL_FEED] = "feed",   [SQL_CALL] = "call",
	[SQL_DUE] = "due",   [SQL_TICK] = "tick",   [SQL_DAILY] = "daily",
};

const char *sql_shape_name(enum sql_shape shape)
{
	return shapes[shape];
}

struct statement *statement_find(const struct schema *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->n_stmts; i++)
		if (strlen(s->stmts[i]->name) == len && memcmp(s->stmts[i]->name, name, len) == 0)
			return s->stmts[i];
	return NULL;
}

static struct place scan_place(const struct scan *s)
{
	return (struct place){ s->file, s->line };
}

static bool is_word_start(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_word(char c)
{
	return is_word_start(c) || c == '$';
}

/* Text of the open statement; complains once where there is none. */
static bool scan_has_statement(struct scan *s)
{
	if (s->stmt == NULL && !s->lost) {
		refuse(s->g, scan_place(s),
		       "text before the first statement: begin with `-- :name %sdo_something :one`",
		       s->prefix);
		s->lost = true;
	}
	if (s->stmt != NULL && s->ended) {
		refuse(s->g, scan_place(s),
		       "statement %s goes on behind its semicolon: give the second one a `-- "
		       ":name`",
		       s->stmt->name);
		s->ended = false;
	}
	return s->stmt != NULL;
}

static void scan_emit(struct scan *s, const char *from, size_t n)
{
	if (!scan_has_statement(s))
		return;
	memcpy(s->to, from, n);
	s->to += n;
}

static void scan_trim(struct scan *s)
{
	while (s->to > s->stmt->text && (s->to[-1] == ' ' || s->to[-1] == '\t'))
		s->to--;
}

/* Steps over n characters, copying them if 'copy'. */
static void scan_take(struct scan *s, size_t n, bool copy)
{
	if (copy)
		scan_emit(s, s->c, n);
	for (size_t i = 0; i < n; i++)
		if (s->c[i] == '\n')
			s->line++;
	s->before = s->c[n - 1];
	s->line_start = false;
	s->c += n;
}

static void statement_close(struct scan *s)
{
	struct statement *stmt = s->stmt;

	if (stmt == NULL)
		return;
	while (s->to > stmt->text && isspace((unsigned char)s->to[-1]))
		s->to--;
	*s->to = 0;
	if (s->to == stmt->text)
		refuse(s->g, stmt->at, "statement %s is empty: write its SQL below", stmt->name);
	s->stmt = NULL;
}

static void schema_add_statement(struct gen *g, struct schema *s, struct statement *stmt)
{
	if ((s->n_stmts & (s->n_stmts - 1)) == 0) {
		size_t room = s->n_stmts > 0 ? s->n_stmts * 2 : 1;
		struct statement **more = mem_array(g, room, sizeof(*more));

		for (size_t i = 0; i < s->n_stmts; i++)
			more[i] = s->stmts[i];
		s->stmts = more;
	}
	stmt->index = (uint16_t)s->n_stmts;
	s->stmts[s->n_stmts++] = stmt;
}

static void statement_check_name(struct scan *s, struct statement *stmt)
{
	const struct statement *other = statement_find(s->schema, stmt->name, strlen(stmt->name));

	/* The second one is not missed by anybody as well. */
	stmt->used = other != NULL;
	if (other != NULL)
		refuse(s->g, stmt->at, "a statement %s stands already in %s:%d: rename one of them",
		       stmt->name, other->at.file, other->at.line);
	if (!text_is_name(stmt->name) || strlen(stmt->name) > 60)
		refuse(s->g, stmt->at,
		       "'%s' is no name for a statement: a-z, 0-9 and _, at most 60 characters",
		       stmt->name);
	else if (strncmp(stmt->name, s->prefix, strlen(s->prefix)) != 0)
		refuse(s->g, stmt->at,
		       "statement %s stands in the wrong file: names in this one begin with %s",
		       stmt->name, s->prefix);
}

static char *next_word(struct scan *s, const char **c)
{
	size_t n;

	*c += strspn(*c, " \t");
	n = strcspn(*c, " \t\r\n");
	*c += n;
	return mem_strndup(s->g, *c - n, n);
}

/* "-- :name case_note :one": closes the open statement and opens this one. */
static void statement_open(struct scan *s, const char *words)
{
	struct statement *stmt = mem_new(s->g, struct statement);
	const char *shape;
	bool known = false;

	statement_close(s);
	stmt->at = scan_place(s);
	stmt->owner = mem_strndup(s->g, s->prefix, strlen(s->prefix) - 1);
	stmt->name = next_word(s, &words);
	shape = next_word(s, &words);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (shape[0] == ':' && strcmp(shape + 1, shapes[i]) == 0) {
			stmt->shape = (enum sql_shape)i;
			known = true;
		}
	if (!known)
		refuse(s->g, stmt->at,
		       "statement '%s' has no shape: write `-- :name %s :one`, or :maybe, :many, "
		       ":exec, :feed, :call, :due, :tick or :daily",
		       stmt->name, stmt->name);
	else if (*next_word(s, &words) != 0)
		refuse(s->g, stmt->at, "statement %s: nothing may follow :%s in this line",
		       stmt->name, shapes[stmt->shape]);
	statement_check_name(s, stmt);
	schema_add_statement(s->g, s->schema, stmt);
	/* ":a" may become "$100": twice the text is enough. */
	s->to = mem_array(s->g, strlen(s->c) * 2 + 1, 1);
	stmt->text = s->to;
	stmt->params = mem_array(s->g, SQL_PARAMS_MAX, sizeof(*stmt->params));
	s->stmt = stmt;
	s->ended = false;
	s->depth = 0;
}

static void scan_line_comment(struct scan *s)
{
	const char *words = s->c + 2 + strspn(s->c + 2, " \t");

	if (s->line_start && strncmp(words, ":name", 5) == 0 && isspace((unsigned char)words[5]))
		statement_open(s, words + 5);
	s->c += strcspn(s->c, "\n");
	s->before = 0;
}

static void scan_block_comment(struct scan *s)
{
	struct place start = scan_place(s);
	int depth = 0;

	do {
		if (s->c[0] == 0) {
			refuse(s->g, start, "a comment without end: close it with */");
			return;
		}
		if (s->c[0] == '/' && s->c[1] == '*') {
			depth++;
			scan_take(s, 2, false);
		} else if (s->c[0] == '*' && s->c[1] == '/') {
			depth--;
			scan_take(s, 2, false);
		} else {
			scan_take(s, 1, false);
		}
	} while (depth > 0);
	s->before = 0;
	if (s->stmt != NULL && !s->ended)
		scan_emit(s, " ", 1);
}

/* 'string' or "name"; a doubled quote is two of them in a row, which comes to the same. */
static void scan_quote(struct scan *s, bool backslash)
{
	struct place start = scan_place(s);
	char quote = *s->c;
	size_t n = 1;

	while (s->c[n] != 0 && s->c[n] != quote)
		n += backslash && s->c[n] == '\\' && s->c[n + 1] != 0 ? 2 : 1;
	if (s->c[n] == 0) {
		refuse(s->g, start, "a quote without end: close it with %c", quote);
		scan_take(s, n, false);
		return;
	}
	scan_take(s, n + 1, true);
	/* The second half of a doubled quote in an E'' string obeys the same rule. */
	if (backslash && *s->c == quote)
		scan_quote(s, backslash);
}

static void scan_dollar(struct scan *s)
{
	size_t tag = 1;
	const char *end;

	while (is_word_start(s->c[tag]))
		tag++;
	if (s->c[tag] != '$' || isdigit((unsigned char)s->c[1])) {
		refuse(s->g, scan_place(s),
		       isdigit((unsigned char)s->c[1])
			       ? "$1 and its like are given by the generator: write a :name"
			       : "a '$' that opens no quote");
		scan_take(s, 1, false);
		return;
	}
	tag++;
	for (end = s->c + tag; *end != 0; end++)
		if (*end == '$' && strncmp(end, s->c, tag) == 0)
			break;
	if (*end == 0) {
		refuse(s->g, scan_place(s), "a dollar quote without end: close it with %.*s",
		       (int)tag, s->c);
		scan_take(s, strlen(s->c), false);
		return;
	}
	scan_take(s, (size_t)(end - s->c) + tag, true);
}

static void scan_word(struct scan *s)
{
	size_t n = 0;

	while (is_word(s->c[n]))
		n++;
	if (n == 1 && (*s->c == 'e' || *s->c == 'E') && s->c[1] == '\'') {
		scan_take(s, 1, true);
		scan_quote(s, true);
	} else {
		scan_take(s, n, true);
	}
}

static size_t statement_param(struct scan *s, const char *name)
{
	struct statement *stmt = s->stmt;

	for (size_t i = 0; i < stmt->n_params; i++)
		if (strcmp(stmt->params[i], name) == 0)
			return i + 1;
	if (stmt->n_params == SQL_PARAMS_MAX) {
		refuse(s->g, scan_place(s), "statement %s has more than %d parameters", stmt->name,
		       SQL_PARAMS_MAX);
		return 1;
	}
	stmt->params[stmt->n_params++] = name;
	return stmt->n_params;
}

static void scan_param(struct scan *s)
{
	size_t n = 1;
	const char *name, *number;

	while (is_word_start(s->c[n]))
		n++;
	if (s->c[n] == '.' && is_word_start(s->c[n + 1]))
		for (n++; is_word_start(s->c[n]);)
			n++;
	if (scan_has_statement(s)) {
		name = mem_strndup(s->g, s->c + 1, n - 1);
		number = mem_printf(s->g, "$%zu", statement_param(s, name));
		scan_emit(s, number, strlen(number));
	}
	scan_take(s, n, false);
}

static void scan_colon(struct scan *s)
{
	bool in_slice = s->depth > 0 && s->brackets[s->depth - 1] == '[' &&
			(is_word(s->before) || strchr(")]'\"", s->before) != NULL) &&
			s->before != 0;

	if (s->c[1] == ':' || s->c[1] == '=')
		scan_take(s, 2, true);
	else if (!in_slice && is_word_start(s->c[1]) && !isdigit((unsigned char)s->c[1]))
		scan_param(s);
	else
		scan_take(s, 1, true);
}

static void scan_bracket(struct scan *s)
{
	if (*s->c == '(' || *s->c == '[') {
		if (s->depth < BRACKETS_MAX)
			s->brackets[s->depth++] = *s->c;
	} else if (s->depth > 0) {
		s->depth--;
	}
	scan_take(s, 1, true);
}

static void scan_newline(struct scan *s)
{
	if (s->stmt != NULL && !s->ended) {
		scan_trim(s);
		if (s->to > s->stmt->text && s->to[-1] != '\n')
			*s->to++ = '\n';
	}
	s->line++;
	s->c++;
	s->before = '\n';
	s->line_start = true;
}

static void scan_blank(struct scan *s)
{
	if (s->stmt != NULL && !s->ended)
		*s->to++ = *s->c;
	s->before = *s->c++;
}

static void scan_semicolon(struct scan *s)
{
	if (scan_has_statement(s))
		s->ended = true;
	scan_take(s, 1, false);
}

void statements_scan(struct gen *g, struct schema *schema, const char *file, const char *prefix,
		     const char *text)
{
	struct scan s = { .g = g, .schema = schema, .file = file, .prefix = prefix };

	s.c = text;
	s.line = 1;
	s.line_start = true;
	while (*s.c != 0) {
		if (s.c[0] == '-' && s.c[1] == '-')
			scan_line_comment(&s);
		else if (s.c[0] == '/' && s.c[1] == '*')
			scan_block_comment(&s);
		else if (*s.c == '\'' || *s.c == '"')
			scan_quote(&s, false);
		else if (*s.c == '$')
			scan_dollar(&s);
		else if (is_word_start(*s.c))
			scan_word(&s);
		else if (*s.c == ':')
			scan_colon(&s);
		else if (*s.c == ';')
			scan_semicolon(&s);
		else if (*s.c == '\n')
			scan_newline(&s);
		else if (isspace((unsigned char)*s.c))
			scan_blank(&s);
		else if (strchr("()[]", *s.c) != NULL)
			scan_bracket(&s);
		else
			scan_take(&s, 1, true);
	}
	statement_close(&s);
}

static void file_scan(struct gen *g, struct schema *s, const char *dir, const char *name)
{
	const char *path = mem_printf(g, "%s/%s", dir, name);
	size_t len;
	char *text = file_read(g, path, &len);

	if (text == NULL)
		return;
	if (strlen(text) != len)
		refuse(g, (struct place){ path, 0 }, "a NUL byte in a text file: remove it");
	statements_scan(g, s, path,
			mem_printf(g, "%.*s_", (int)(strlen(name) - strlen(".sql")), name), text);
}

static void dir_scan(struct gen *g, struct schema *s, const char *dir)
{
	size_t n, first = s->n_stmts;
	const char **names = dir_names(g, dir, ".sql", &n);

	for (size_t i = 0; i < n; i++)
		file_scan(g, s, dir, names[i]);
	for (size_t i = first; i < s->n_stmts; i++)
		if (s->stmts[i]->shape != SQL_CALL)
			refuse(g, s->stmts[i]->at,
			       "statement %s: only a capability's file serves an rpc, here all are "
			       ":call",
			       s->stmts[i]->name);
}

void statements_load(struct gen *g, struct schema *s)
{
	dir_scan(g, s, "server/rpc");
	for (size_t i = 0; i < g->n_caps; i++)
		file_scan(g, s, "server/cap", mem_printf(g, "%s.sql", g->caps[i]));
}
