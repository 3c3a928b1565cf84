#pragma once
/* Words and sentences: the forms a name takes, comments as help, text as C literals. */
#include <stdio.h>

#include "proto/gen/gen.h"

/* The lower-case form protobuf-c gives to names in C: "steward.case.OpenRequest" with "__" for
 * dots. */
char *text_symbol(struct gen *g, const char *name);
/* "AddNote" with a separator: "add_note", "add-note". */
char *text_split(struct gen *g, const char *camel, char separator);
/* The same character by character: "a_b" -> "a b". */
char *text_replace(struct gen *g, const char *s, char from, char to);
/* A comment as help: lines joined to paragraphs, paragraphs apart by an empty line. NULL gives "".
 */
char *text_help(struct gen *g, const char *comment);
/* The first sentence of a help text. */
char *text_summary(struct gen *g, const char *help);
/* Is 's' a lower-case name ("case_note")? */
bool text_is_name(const char *s);
/* Does 'word' stand in 'text' with nothing of a name around it? */
bool text_has_word(const char *text, const char *word);

/* A C string literal, or NULL without quotes. Behind a line end it goes on in a new line of its
 * own, three tabs in; with 'wrap' also where a line gets long. */
void c_string(FILE *f, const char *s, bool wrap);
