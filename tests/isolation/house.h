#pragma once
/*
 * What the meetings about money are made of: a database with a property for each run (two units
 * with owners, two cashiers with a shift each), calls in short, and what holds of the books after
 * whatever happened.
 */
#include <stddef.h>

#include "tests/isolation/interleave.h"

#define A "'00000000-0000-7000-8000-00000000000a'"
#define B "'00000000-0000-7000-8000-00000000000b'"
#define KEY "gen_random_uuid()"
#define MONTH "to_char(now() - interval '1 month', 'YYYY-MM')"
#define BILL(party, amount)                                                              \
	"select bill_add($p, " KEY ", " A ", '" party "', null, 'OTHER', null, " #amount \
	", null, null, null, null);"
#define TAKE(user, party, paid)                                                             \
	"select payment_take($p, " KEY ", " user ", null, '" party "', null, null, '{" paid \
	"}', null, null);"
#define APPLY(user) "select id from payment_apply($p, " KEY ", " user ", 'P-1001', null);"
#define REFUND(user, amount)                                                                      \
	"select payment_id from payment_refund($p, " KEY ", " user ", 'P-1001', 'cash', " #amount \
	", 'x');"
#define CREDIT(user, amount)                                                                     \
	"select bill_id from bill_credit(array[$p], (select number from bill where property_id " \
	"= $p), " KEY ", " user ", 1, " #amount ", 'x');"
#define VOID(user)                                                                               \
	"select payment_id from payment_void(array[$p], (select min(number) from payment where " \
	"property_id = $p and kind = 'payment'), " KEY ", " user ", 'x');"
#define POST(user)                                                                         \
	"select journal_post($p, " KEY ", " user ", " MONTH " || '-15', 'x', '{1001=5}', " \
	"'{6051=5}');"
#define REVERSE(user)                                                                  \
	"select id from journal_reverse(array[$p], (select number from journal where " \
	"property_id = $p and reverses is null), " KEY ", " user ", null, 'x');"
#define BEGIN_CLOSE(user) "select period_begin($p, " KEY ", " user ", " MONTH ");"
#define CLOSE(user) "select period_close($p, " KEY ", " user ", " MONTH ");"
#define RUN(user) "select billing_begin($p, " KEY ", " user ", '2026-03', null, null);"
#define OPEN "(select sum(amount - settled) from charge_line where property_id = $p)"
#define ADVANCE \
	"(select coalesce(sum(amount), 0) from pot where property_id = $p and kind = 'advance')"

/* Group set-up and tear-down. */
int house_up(void **state);
int house_down(void **state);
/* Each meeting, in every order. */
void house_meet(const struct meeting *list, size_t n);
