#pragma once
/*
 * Texts for people, in their language: gettext's domain "steward", translations in client/po. _()
 * translates now, N_() marks what is translated where it is shown.
 *
 * What is declared in proto/ is translated too; its English is the msgid, so a new capability needs
 * no line here. Labels, commands and values stand in contexts of their own ("field", "command",
 * "value"): "open" is a sum that is not paid yet, a state, and a command. Where one word means two
 * things even so, the field's own path ("case.Order.to") is a context that goes before
 * (client/po/own.txt).
 */
#include <libintl.h>
#include <stdbool.h>

#include "client/look/view.h"
#include "client/lib/client.h"
#include "common/rules.h"

#define _(text) words_text(text)
#define N_(text) (text)

/* gettext() translates the empty text into the head of its catalogue. */
__attribute__((format_arg(1))) static inline const char *words_text(const char *text)
{
	return text[0] != '\0' ? gettext(text) : text;
}

/* Sets the locale, and the language of texts: "en" or "zh", NULL: as the environment says. False:
 * there are no texts in that language. */
bool words_begin(const char *language);
/* Are texts shown in another language than they are written in? */
bool words_translated(void);
/* Are they in this one, "zh"? */
bool words_in(const char *language);

const char *words_label(const struct message_rules *rules, unsigned field);
/* What a field's comment says of it; "" if nothing. */
const char *words_help(const struct field_rule *rule);
/* "case open" */
const char *words_command(const struct rpc_method *m);
/* What it does in a sentence; in 'mem', never NULL. */
const char *words_summary(const struct rpc_method *m, struct arena *mem);
/* One of the values a field can have, as people read it; in English as it is typed. */
const char *words_choice(const struct message_rules *rules, unsigned field, const char *text);
/* The same of a word that only the daemon's tables and screens know: "cash", "related". */
const char *words_code(const char *text);
/* And of several, apart by commas. In 'mem' or 'text' itself. */
const char *words_codes(const char *text, struct arena *mem);
/* A value as people read it, "on_hold" as 'on hold' in their language; texts that people wrote are
 * left alone. In English it is shown as it is typed. In 'mem' or 'text' itself. */
const char *words_value(const struct message_rules *rules, unsigned field, const char *text,
			struct arena *mem);
/* The columns of a view with their labels translated, in 'mem'; and a cell of one. */
void words_columns(struct view *v, struct arena *mem);
const char *words_cell(const struct view *v, size_t column, const ProtobufCMessage *row,
		       struct arena *mem);
/* What a change did, in a sentence; never NULL unless memory is out. */
const char *words_outcome(const struct rpc_method *m, const ProtobufCMessage *request,
			  const struct call_result *r, struct arena *mem);
/* What is wrong with a value. 'reason' and 'message' are the rule that was broken and what is said
 * of it in English. In 'mem'. */
const char *words_fault(const struct field_rule *rule, const char *reason, const char *message,
			struct arena *mem);
