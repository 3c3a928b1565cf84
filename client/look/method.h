#pragma once
/*
 * A method as people meet it: a command with words and flags, made from the rules of its request. A
 * field with a place (arg) is a word, every other one a flag --field-name. And what can be done
 * with a row of a list: which methods' first word it can be.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/rules.h"

/* First sentence of a help text, in 'mem'. */
const char *method_summary(const char *help, struct arena *mem);
/* A method that reads one thing of this kind by its number: "case show" for "case.Open". NULL:
 * none. */
const struct rpc_method *method_show_of(const struct rpc_method *m);
/* By its words as one text ("case list"), all of them; NULL: there is none. */
const struct rpc_method *method_of_words(const char *words);
/* Do people call it at all? Not the steps of an upload, not what enrols, not what devices do by
 * themselves. */
bool method_for_people(const struct rpc_method *m);
/* May somebody who holds these roles (bits 1u << Steward__Role) at some property call it there?
 * What every user may is always true. The daemon decides; this keeps what it would refuse out of
 * sight. */
bool method_allowed(const struct rpc_method *m, uint32_t role_mask);

/* The rules of the rows a method that lists gives; NULL: it gives no list. */
const struct message_rules *method_rows(const struct rpc_method *m);
/* Does m's first word take a thing that 'list' shows? So where its values come from 'list', or from
 * another list of the same rows; and where they come from no list, but the rows of the one with the
 * same noun have a field of that name ("contact patch end BUILDING" and "contact patch list"). */
bool method_acts_on(const struct rpc_method *m, const struct rpc_method *list);
/* The row as m's first word takes it: its field of the same name, else its number, code, login or
 * name. 'several' properties are in reach: SUN/C-1042, where the word is a reference and the row
 * names its property. In 'mem'; NULL: the row has nothing of the kind, or no memory. */
const char *method_row_ref(const struct rpc_method *m, const ProtobufCMessage *row, bool several,
			   struct arena *mem);

/* Index of the field with this place, -1 if there is none; the largest place. */
int method_field_of_place(const struct rpc_method *m, unsigned place);
unsigned method_places(const struct rpc_method *m);
/* Fields that the command's global --limit fills. */
bool method_is_paging(const struct rpc_method *m, unsigned field);
/* The rows of an import: they come from a file. */
bool method_is_import(const struct rpc_method *m, unsigned field);
/* Fields that are found out here: of a file to be sent, and where to go on with one that is
 * fetched. */
bool method_is_own(const struct rpc_method *m, unsigned field);
/* As typed: "--full-name", "CASE" for a word. In 'mem'. */
const char *method_field_name(const struct rpc_method *m, unsigned field, struct arena *mem);
/* Its name as people know it: money is typed in whole units, so amount_minor is "amount". NULL: no
 * memory. */
const char *method_base_name(const struct message_rules *rules, unsigned field, struct arena *mem);
/* The name of a flag: 'name' between 'prefix' and 'suffix', with - for _. NULL: no memory. */
char *method_dashed(const char *prefix, const char *name, const char *suffix, struct arena *mem);
