/* What an order took, and what is charged for it. */
#include <stdio.h>
#include <string.h>

#include "tests/support/rig.h"

/* Prices; a department ENG to which the technician belongs; a customer and a place. */
static int prepare(void **state)
{
	if (rig_up(state) != 0)
		return -1;
	rig_ok(*state, "manager", "department.Add", "{'code': 'ENG', 'name': 'Engineering'}");
	rig_ok(*state, "manager", "department.Join", "{'department': 'ENG', 'user': 'technician'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Wang'}");
	rig_ok(*state, "manager", "party.Add", "{'name': 'Li'}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1202'}");
	rig_ok(*state, "manager", "place.Add", "{'kind': 'unit', 'number': '3-1-1203'}");
	rig_ok(*state, "manager", "price.Set",
	       "{'code': 'HOUR', 'name': 'Plumber', 'kind': 'labour', 'unit': 'hour', "
	       "'price_minor': 6000, 'tax_bp': 600}");
	rig_ok(*state, "manager", "price.Set",
	       "{'code': 'WIRE', 'name': 'Wire', 'kind': 'material', 'unit': 'm', 'price_minor': "
	       "333}");
	rig_elsewhere(*state, "party.Add", "{'name': 'Far'}");
	return 0;
}

/* An accepted order of a case of Wang's; gives its number. */
static const char *accepted(struct rig *rig)
{
	const char *n = rig_text(rig_ok(rig, "clerk", "case.Open",
					"{'kind': 'repair', 'summary': 'Tap drips', 'party': "
					"'P-1001', 'place': '3-1-1202'}"),
				 "number");
	const char *w = rig_text(
		rig_ok(rig, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}", n),
		"order.number");

	rig_ok(rig, "technician", "order.Accept", "{'order': '%s'}", w);
	return w;
}

static const json_t *add(struct rig *rig, const char *order, const char *code, const char *quantity)
{
	return rig_ok(rig, "technician", "order.AddItem",
		      "{'order': '%s', 'code': '%s', 'quantity': '%s'}", order, code, quantity);
}

static int64_t total(struct rig *rig, const char *order)
{
	return rig_int(rig_ok(rig, "cashier", "order.Items", "{'order': '%s'}", order),
		       "total_minor");
}

static void order_item_costs_price_times_quantity(void **state)
{
	const char *w = accepted(*state);
	const json_t *r;

	assert_int_equal(
		rig_int(rig_ok(*state, "clerk", "order.Items", "{'order': '%s'}", w), "lines"), 0);
	rig_dry(*state, "technician", "order.AddItem",
		"{'order': '%s', 'code': 'HOUR', 'quantity': '1'}", w);
	r = rig_twice(*state, "technician", "order.AddItem",
		      "{'order': '%s', 'code': 'HOUR', 'quantity': '1.5'}", w);
	assert_int_equal(rig_int(r, "line"), 1);
	assert_string_equal(rig_text(r, "name"), "Plumber");
	assert_string_equal(rig_text(r, "quantity"), "1.5");
	assert_int_equal(rig_int(r, "price_minor"), 6000);
	assert_int_equal(rig_int(r, "amount_minor"), 9000);
	assert_int_equal(rig_int(r, "tax_bp"), 600);
	assert_string_equal(rig_text(r, "added_by"), "technician");
	/* 333 * 0.5 is rounded up, 333 * 0.001 down. */
	assert_int_equal(rig_int(add(*state, w, "WIRE", "0.5"), "amount_minor"), 167);
	assert_int_equal(rig_int(add(*state, w, "WIRE", "0.001"), "amount_minor"), 0);
	assert_int_equal(rig_int(add(*state, w, "WIRE", "3"), "amount_minor"), 999);
	assert_int_equal(rig_int(add(*state, w, "WIRE", "1000000"), "amount_minor"), 333000000);
	rig_ok(*state, "technician", "order.RemoveItem", "{'order': '%s', 'line': 5, 'why': 'x'}",
	       w);
	r = rig_ok(*state, "cashier", "order.Items", "{'order': '%s'}", w);
	assert_int_equal(rig_int(r, "total_minor"), 9000 + 167 + 999);
	assert_int_equal(rig_int(r, "lines"), 4);
	assert_string_equal(rig_text(r, "currency"), "CNY");
	assert_int_equal(rig_count(r, "items"), 5);
	assert_string_equal(rig_text(r, "items.4.removed_why"), "x");
}

static void order_item_keeps_the_price_it_had(void **state)
{
	const char *w = accepted(*state);

	rig_ok(*state, "manager", "price.Set",
	       "{'code': 'TAPE', 'name': 'Tape', 'kind': 'material', 'unit': 'roll', "
	       "'price_minor': 500}");
	add(*state, w, "TAPE", "1");
	rig_ok(*state, "manager", "price.Set", "{'code': 'TAPE', 'price_minor': 700}");
	assert_int_equal(total(*state, w), 500);
	add(*state, w, "TAPE", "1");
	assert_int_equal(total(*state, w), 1200);
	rig_ok(*state, "manager", "price.End", "{'code': 'TAPE'}");
	rig_refused(*state, "technician", "order.AddItem", ST_NOT_FOUND, "code",
		    "{'order': '%s', 'code': 'TAPE', 'quantity': '1'}", w);
	assert_int_equal(total(*state, w), 1200);
}

static void order_item_is_taken_back_not_deleted(void **state)
{
	const char *w = accepted(*state);
	const json_t *r;

	add(*state, w, "HOUR", "1");
	rig_dry(*state, "technician", "order.RemoveItem",
		"{'order': '%s', 'line': 1, 'why': 'dry'}", w);
	r = rig_twice(*state, "clerk", "order.RemoveItem",
		      "{'order': '%s', 'line': 1, 'why': 'Not used'}", w);
	assert_string_equal(rig_text(r, "removed_by"), "clerk");
	rig_refused(*state, "clerk", "order.RemoveItem", ST_FAILED_PRECONDITION, "line",
		    "{'order': '%s', 'line': 1, 'why': 'x'}", w);
	rig_refused(*state, "clerk", "order.RemoveItem", ST_NOT_FOUND, "line",
		    "{'order': '%s', 'line': 2, 'why': 'x'}", w);
	assert_int_equal(rig_int(add(*state, w, "HOUR", "2"), "line"), 2);
	assert_int_equal(total(*state, w), 12000);
}

static void order_item_may_be_priced_by_hand(void **state)
{
	const char *w = accepted(*state);
	static const char free_line[] = "{'order': '%s', 'name': 'Old glass', 'kind': 'material', "
					"'unit': 'piece', 'price_minor': 12345, 'quantity': '2'}";
	const json_t *r;

	rig_refused(*state, "technician", "order.AddItem", ST_PERMISSION_DENIED, "code", free_line,
		    w);
	r = rig_ok(*state, "supervisor", "order.AddItem", free_line, w);
	assert_false(rig_has(r, "code"));
	assert_int_equal(rig_int(r, "amount_minor"), 24690);
	rig_refused(*state, "supervisor", "order.AddItem", ST_INVALID_ARGUMENT, "unit",
		    "{'order': '%s', 'name': 'x', 'kind': 'labour', 'price_minor': 1, 'quantity': "
		    "'1'}",
		    w);
	rig_refused(*state, "supervisor", "order.AddItem", ST_INVALID_ARGUMENT, "code",
		    "{'order': '%s', 'code': 'HOUR', 'price_minor': 1, 'quantity': '1'}", w);
}

static void order_item_names_the_bad_field(void **state)
{
	static const char *const quantities[] = { "0", "0.000",   "-1", "1.5555", "1,5",
						  "a", "1000001", ".5", "1e3",    "1." };
	const char *w = accepted(*state), *issued;

	for (size_t i = 0; i < sizeof(quantities) / sizeof(*quantities); i++)
		rig_refused(*state, "technician", "order.AddItem", ST_INVALID_ARGUMENT, "quantity",
			    "{'order': '%s', 'code': 'HOUR', 'quantity': '%s'}", w, quantities[i]);
	rig_refused(*state, "technician", "order.AddItem", ST_NOT_FOUND, "code",
		    "{'order': '%s', 'code': 'NONE', 'quantity': '1'}", w);
	rig_refused(*state, "building_steward", "order.AddItem", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s', 'code': 'HOUR', 'quantity': '1'}", w);
	issued = rig_text(
		rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}",
		       rig_text(rig_ok(*state, "clerk", "order.Show", "{'order': '%s'}", w),
				"case")),
		"order.number");
	rig_refused(*state, "technician", "order.AddItem", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s', 'code': 'HOUR', 'quantity': '1'}", issued);
	rig_ok(*state, "technician", "order.Complete", "{'order': '%s', 'result': 'x'}", w);
	add(*state, w, "HOUR", "1");
}

static void order_charge_is_approved_by_somebody_else(void **state)
{
	const char *w = accepted(*state);
	const json_t *r;

	rig_refused(*state, "clerk", "order.ProposeCharge", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s'}", w);
	rig_refused(*state, "manager", "order.ApproveCharge", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s'}", w);
	add(*state, w, "HOUR", "1");
	rig_dry(*state, "supervisor", "order.ProposeCharge", "{'order': '%s'}", w);
	r = rig_twice(*state, "supervisor", "order.ProposeCharge",
		      "{'order': '%s', 'note': 'As agreed'}", w);
	assert_string_equal(rig_text(r, "state"), "proposed");
	assert_string_equal(rig_text(r, "bearer"), "customer");
	assert_string_equal(rig_text(r, "party_number"), "P-1001");
	assert_string_equal(rig_text(r, "place"), "3-1-1202");
	assert_int_equal(rig_int(r, "amount_minor"), 6000);
	assert_non_null(strstr(rig_text(r, "number"), "Q-"));
	rig_refused(*state, "clerk", "order.ProposeCharge", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s'}", w);
	rig_refused(*state, "supervisor", "order.ApproveCharge", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s'}", w);
	rig_dry(*state, "manager", "order.ApproveCharge", "{'order': '%s'}", w);
	r = rig_twice(*state, "manager", "order.ApproveCharge", "{'order': '%s', 'version': 1}", w);
	assert_string_equal(rig_text(r, "state"), "approved");
	assert_string_equal(rig_text(r, "decided_by"), "manager");
	/* What was approved stays as it was. */
	rig_refused(*state, "technician", "order.AddItem", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s', 'code': 'HOUR', 'quantity': '1'}", w);
	rig_refused(*state, "technician", "order.RemoveItem", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s', 'line': 1, 'why': 'x'}", w);
	rig_refused(*state, "clerk", "order.ProposeCharge", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s'}", w);
	rig_refused(*state, "manager", "order.DeclineCharge", ST_FAILED_PRECONDITION, "order",
		    "{'order': '%s', 'why': 'x'}", w);
	r = rig_ok(*state, "finance", "order.Items", "{'order': '%s'}", w);
	assert_string_equal(rig_text(r, "charge_state"), "approved");
}

static void order_charge_follows_the_lines_while_it_waits(void **state)
{
	const char *w = accepted(*state);
	const json_t *r;

	add(*state, w, "HOUR", "1");
	rig_ok(*state, "technician", "order.ProposeCharge", "{'order': '%s'}", w);
	rig_ok(*state, "supervisor", "order.AddItem",
	       "{'order': '%s', 'code': 'WIRE', 'quantity': '2'}", w);
	r = rig_ok(*state, "clerk", "order.Charges", "{'order': '%s'}", w);
	assert_int_equal(rig_int(r, "charges.0.amount_minor"), 6666);
	assert_int_equal(rig_int(r, "charges.0.version"), 2);
	/* Nobody approves what he has not seen, nor lines of his own. */
	rig_refused(*state, "manager", "order.ApproveCharge", ST_ABORTED, "version",
		    "{'order': '%s', 'version': 1}", w);
	rig_refused(*state, "supervisor", "order.ApproveCharge", ST_PERMISSION_DENIED, "order",
		    "{'order': '%s'}", w);
	rig_ok(*state, "manager", "order.ApproveCharge", "{'order': '%s', 'version': 2}", w);
}

static void order_charge_declined_may_be_proposed_again(void **state)
{
	const char *w = accepted(*state);
	const json_t *r;

	add(*state, w, "HOUR", "1");
	rig_ok(*state, "clerk", "order.ProposeCharge", "{'order': '%s'}", w);
	rig_refused(*state, "manager", "order.DeclineCharge", ST_INVALID_ARGUMENT, "why",
		    "{'order': '%s'}", w);
	rig_dry(*state, "manager", "order.DeclineCharge", "{'order': '%s', 'why': 'dry'}", w);
	r = rig_twice(*state, "manager", "order.DeclineCharge",
		      "{'order': '%s', 'why': 'Warranty'}", w);
	assert_string_equal(rig_text(r, "state"), "declined");
	assert_string_equal(rig_text(r, "reason"), "Warranty");
	add(*state, w, "WIRE", "1");
	r = rig_ok(*state, "clerk", "order.ProposeCharge",
		   "{'order': '%s', 'bearer': 'construction_unit'}", w);
	assert_string_equal(rig_text(r, "bearer"), "construction_unit");
	assert_false(rig_has(r, "party"));
	assert_int_equal(rig_int(r, "amount_minor"), 6333);
	rig_ok(*state, "supervisor", "order.ApproveCharge", "{'order': '%s'}", w);
	r = rig_ok(*state, "clerk", "order.Charges", "{'order': '%s'}", w);
	assert_int_equal(rig_count(r, "charges"), 2);
	assert_string_equal(rig_text(r, "charges.0.state"), "approved");
}

static void order_charge_names_the_bad_field(void **state)
{
	const char *w = accepted(*state);
	const json_t *nobody, *r;

	add(*state, w, "HOUR", "1");
	rig_refused(*state, "clerk", "order.ProposeCharge", ST_NOT_FOUND, "party",
		    "{'order': '%s', 'party': 'P-9999'}", w);
	rig_refused(*state, "clerk", "order.ProposeCharge", ST_NOT_FOUND, "place",
		    "{'order': '%s', 'place': '9-9-9'}", w);
	rig_refused(*state, "clerk", "order.ProposeCharge", ST_INVALID_ARGUMENT, "party",
		    "{'order': '%s', 'party': 'P-1002', 'bearer': 'property'}", w);
	rig_refused(*state, "clerk", "order.ProposeCharge", ST_INVALID_ARGUMENT, "bearer",
		    "{'order': '%s', 'bearer': 'nobody'}", w);
	rig_refused(*state, "building_steward", "order.ProposeCharge", ST_PERMISSION_DENIED,
		    "order", "{'order': '%s'}", w);
	rig_refused(*state, "clerk", "order.ApproveCharge", ST_PERMISSION_DENIED, NULL,
		    "{'order': '%s'}", w);
	r = rig_ok(*state, "clerk", "order.ProposeCharge",
		   "{'order': '%s', 'party': 'P-1002', 'place': '3-1-1203'}", w);
	assert_string_equal(rig_text(r, "party"), "Li");
	assert_string_equal(rig_text(r, "place"), "3-1-1203");
	nobody = rig_ok(*state, "clerk", "case.Open",
			"{'kind': 'repair', 'spot': 'lobby', 'summary': 'Lamp'}");
	w = rig_text(rig_ok(*state, "dispatcher", "case.Dispatch", "{'case': '%s', 'to': 'ENG'}",
			    rig_text(nobody, "number")),
		     "order.number");
	rig_ok(*state, "technician", "order.Accept", "{'order': '%s'}", w);
	add(*state, w, "HOUR", "1");
	rig_refused(*state, "clerk", "order.ProposeCharge", ST_INVALID_ARGUMENT, "party",
		    "{'order': '%s'}", w);
	rig_ok(*state, "clerk", "order.ProposeCharge", "{'order': '%s', 'bearer': 'property'}", w);
}

static void order_charges_narrow_down_and_go_on(void **state)
{
	static const char *const filters[] = { "", "'state': 'proposed', ", "'party': 'P-1001', " };
	const json_t *r;

	for (size_t i = 0; i < 3; i++) {
		const char *w = accepted(*state);

		add(*state, w, "WIRE", "1");
		rig_ok(*state, "clerk", "order.ProposeCharge", "{'order': '%s'}", w);
	}
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		const json_t *all = rig_ok(*state, "finance", "order.Charges", "{%s'limit': 3}",
					   filters[i]);
		char after[200] = "";

		assert_int_equal(rig_count(all, "charges"), 3);
		for (size_t k = 0; k < 3; k++) {
			char path[40];

			r = rig_ok(*state, "finance", "order.Charges", "{%s'limit': 1%s}",
				   filters[i], after);
			(void)snprintf(path, sizeof(path), "charges.%zu.id", k);
			assert_string_equal(rig_text(r, "charges.0.id"), rig_text(all, path));
			(void)snprintf(after, sizeof(after), ", 'after': '%s'",
				       rig_text(r, "charges.0.cursor"));
		}
	}
	r = rig_ok(*state, "finance", "order.Charges", "{'bearer': 'property', 'limit': 500}");
	for (size_t i = 0; i < rig_count(r, "charges"); i++) {
		char path[40];

		(void)snprintf(path, sizeof(path), "charges.%zu.bearer", i);
		assert_string_equal(rig_text(r, path), "property");
	}
	rig_refused(*state, "finance", "order.Charges", ST_INVALID_ARGUMENT, "after",
		    "{'after': 'x'}");
	rig_refused(*state, "finance", "order.Charges", ST_NOT_FOUND, "party",
		    "{'party': 'LAK/P-1001'}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_item_costs_price_times_quantity),
		cmocka_unit_test(order_item_keeps_the_price_it_had),
		cmocka_unit_test(order_item_is_taken_back_not_deleted),
		cmocka_unit_test(order_item_may_be_priced_by_hand),
		cmocka_unit_test(order_item_names_the_bad_field),
		cmocka_unit_test(order_charge_is_approved_by_somebody_else),
		cmocka_unit_test(order_charge_follows_the_lines_while_it_waits),
		cmocka_unit_test(order_charge_declined_may_be_proposed_again),
		cmocka_unit_test(order_charge_names_the_bad_field),
		cmocka_unit_test(order_charges_narrow_down_and_go_on),
	};

	return cmocka_run_group_tests_name("order_item", tests, prepare, rig_down);
}
