/* The screens in Chinese: characters take two cells, and values are shown in Chinese, typed in
 * Chinese or by their digit, and sent as declared. */
#include "tests/unit/client/tui/tui_rig.h"

#include <string.h>

#include "client/look/text.h"
#include "client/tui/board.h"
#include "client/tui/case_form.h"
#include "client/tui/cashier.h"
#include "client/tui/desk.h"
#include "client/tui/dispatch.h"
#include "client/tui/form_screen.h"
#include "client/tui/list_screen.h"
#include "client/tui/shift_screen.h"
#include "client/tui/source.h"
#include "client/tui/words.h"

#define ROWS(due)                                                                                                         \
	"[{'number': 'C-1042', 'state': 'dispatched', 'kind': 'repair', 'priority': 'urgent', "                           \
	"'" due "': '2026-11-23T09:30:00Z', 'place': '3-1-1202', "                                                        \
	"'summary': '厨房水管爆裂，水漫到楼下，业主要求马上派人关阀并赔偿地板', 'assignee': " \
	"'赵磊'}, {'number': 'C-0997', 'state': 'on_hold', 'kind': 'complaint', 'priority': "                           \
	"'normal', '" due "': '2026-11-24T09:00:00Z', 'place': '5-2-1202', 'summary': "                                   \
	"'电梯异响'}, {'number': 'C-0990', 'state': 'new', 'kind': 'help', 'priority': 'low', "                       \
	"'" due "': '2026-11-23T08:00:00Z', 'place': '1-1-101', 'summary': 'Key card lost'}]"
#define CASES "{'cases': " ROWS("due_at") "}"
#define BOARD "{'rows': " ROWS("next_due") "}"
#define ORDERS                                                                                 \
	"{'orders': [{'number': 'W-1007', 'case': 'C-1042', 'state': 'started', 'to': 'ENG', " \
	"'person': '赵磊', 'place': '3-1-1202', 'summary': '厨房水管爆裂'}]}"
#define HANDS                                                                                        \
	"{'hands': [{'to': 'zhao', 'kind': 'person', 'name': '赵磊', 'skill': 'plumbing 3, locks " \
	"2', "                                                                                       \
	"'on_duty': true, 'open_orders': 2}, {'to': 'ENG', 'kind': 'department', "                   \
	"'name': '工程部', 'on_duty': false, 'open_orders': 0}]}"
#define KINDS                                                                       \
	"{'kinds': [{'kind': 'repair', 'priority': 'high'}, {'kind': 'complaint', " \
	"'priority': 'normal'}], 'channels': [{'channel': 'phone'}, {'channel': 'walk-in'}]}"
#define LEVELS                                                                                \
	"{'levels': [{'clock': 'response', 'priority': 'high', 'kind': '*', 'minutes': 30}, " \
	"{'clock': 'resolution', 'priority': 'high', 'kind': '*', 'minutes': 1440}]}"
#define SHIFT                                                                       \
	"'number': 'SH-2211', 'cashier': 'li', 'drawer': 'D2', 'currency': 'CNY', " \
	"'opened_at': '2026-11-23T07:58:01+08:00', 'float_minor': 50000, 'state': 'open'"
#define PAYER                                                                           \
	"'payer': {'party': 'P-1001', 'party_name': '王晓明', 'place': '3-1-1202', " \
	"'advance_minor': 5000, 'currency': 'CNY'}"
#define LINE(bill, text)                                                                    \
	"{'bill': '" bill "', 'line': 1, 'item': 'MANAGEMENT', 'text': '" text              \
	"', 'due': '2026-09-30', 'days_late': 54, 'currency': 'CNY', 'open_minor': 42680, " \
	"'total_minor': 42680}"

static int chinese_setup(void **state)
{
	return tui_setup(state) == 0 && words_begin("zh") && words_in("zh") ? 0 : -1;
}

/* Frames end where the screen ends, whatever stands in them. */
static void expect_straight(struct tui_rig *r, int width)
{
	const char *at = tui_screen(r);
	size_t framed = 0;

	while (*at != '\0') {
		size_t len = strcspn(at, "\n");
		char line[600];

		(void)snprintf(line, sizeof(line), "%.*s", (int)len, at);
		if (line[0] == '|' || line[0] == '+') {
			assert_int_equal(text_width(line), width);
			framed++;
		}
		at += len + (at[len] == '\n' ? 1 : 0);
	}
	assert_true(framed > 3);
}

/* At both sizes that screens are made for. */
static void expect_both(struct tui_rig *r, const char *name)
{
	char file[60];

	(void)snprintf(file, sizeof(file), "zh_%s_80", name);
	tui_size(r, 24, 80);
	tui_expect(r, file);
	expect_straight(r, 80);
	(void)snprintf(file, sizeof(file), "zh_%s_120", name);
	tui_size(r, 40, 120);
	tui_expect(r, file);
	expect_straight(r, 120);
}

static void a_list_has_straight_columns(void **state)
{
	app_push(tui_app(*state), list_screen_new(tui_app(*state), rpc_find("case.List"), NULL));
	tui_answer(*state, "case.List", CASES);
	expect_both(*state, "list");
	tui_keys(*state, "F1");
	tui_expect_text(*state, "按键：列表");
	tui_expect_text(*state, "查看光标所在行的全部内容。");
}

static void a_value_typed_in_chinese_is_sent_as_declared(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	app_push(tui_app(*state),
		 form_screen_new(tui_app(*state), rpc_find("clock.SetLevel"), NULL));
	tui_expect(*state, "zh_form_80");
	tui_keys(*state, "'解决' Enter '紧' Enter Shift-Tab");
	tui_expect_text(*state, "[紧急");
	tui_keys(*state, "Ctrl-S");
	assert_string_equal(reply_text(tui_asked(*state, "clock.SetLevel"), "clock", &mem),
			    "resolution");
	assert_string_equal(reply_text(tui_asked(*state, "clock.SetLevel"), "priority", &mem),
			    "urgent");
	arena_fini(&mem);
}

static void a_digit_and_the_arrows_choose_what_is_shown_in_chinese(void **state)
{
	struct arena mem;

	arena_init(&mem, 1u << 20);
	app_push(tui_app(*state),
		 form_screen_new(tui_app(*state), rpc_find("clock.SetLevel"), NULL));
	tui_keys(*state, "'3'");
	tui_expect_text(*state, "[解决");
	tui_keys(*state, "Enter Right Right");
	tui_expect_text(*state, "[高");
	tui_keys(*state, "Ctrl-S");
	assert_string_equal(reply_text(tui_asked(*state, "clock.SetLevel"), "clock", &mem),
			    "resolution");
	assert_string_equal(reply_text(tui_asked(*state, "clock.SetLevel"), "priority", &mem),
			    "high");
	arena_fini(&mem);
}

static void what_is_missing_is_said_in_chinese(void **state)
{
	app_push(tui_app(*state), form_screen_new(tui_app(*state), rpc_find("case.Note"), NULL));
	tui_keys(*state, "Ctrl-S");
	tui_expect_text(*state, "必须填写");
}

static void a_case_is_taken_down(void **state)
{
	case_form_open(tui_app(*state), NULL);
	tui_answer(*state, "case.Kinds", KINDS);
	tui_answer(*state, "clock.Levels", LEVELS);
	tui_keys(*state, "'王晓明' Tab '13800138000' Tab Tab '3-1-1202' Tab '厨房' Tab '报修'");
	tui_expect_text(*state, "1 repair  报修");
	tui_keys(*state, "Tab");
	tui_expect_text(*state, "[报修");
	expect_both(*state, "case");
}

static void a_command_is_found_in_either_language(void **state)
{
	app_push(tui_app(*state), desk_new(tui_app(*state)));
	tui_keys(*state, "F9 '开班'");
	tui_expect_text(*state, "1 开班");
	expect_straight(*state, 80);
	tui_keys(*state, "Ctrl-U 'shift open'");
	tui_expect_text(*state, "1 开班");
	tui_keys(*state, "Enter");
	tui_expect_text(*state, "[开班]");
	tui_expect_text(*state, "备用金");
	expect_straight(*state, 80);
}

/* A pane without a title has none: not the head of the catalogue. */
static void the_desk_has_nothing_but_its_texts(void **state)
{
	app_push(tui_app(*state), desk_new(tui_app(*state)));
	tui_expect_no_text(*state, "Project-Id");
	expect_both(*state, "desk");
}

static void the_board_shows_clocks_in_words(void **state)
{
	app_push(tui_app(*state), board_new(tui_app(*state)));
	tui_answer(*state, "board.Show", BOARD);
	expect_both(*state, "board");
}

static void work_is_given_out(void **state)
{
	app_push(tui_app(*state), dispatch_new(tui_app(*state)));
	tui_answer(*state, "board.Show", BOARD);
	tui_answer(*state, "order.List", ORDERS);
	tui_answer(*state, "order.Propose", HANDS);
	expect_both(*state, "dispatch");
}

static void money_is_taken(void **state)
{
	app_push(tui_app(*state), cashier_new(tui_app(*state), "", ""));
	tui_answer(*state, "shift.List", "{'shifts': [{" SHIFT "}]}");
	tui_keys(*state, "'3-1-1202' Enter");
	tui_answer(
		*state, "find.Find",
		"{'rows': [{'match': 'exact', 'kind': 'unit', 'number': '3-1-1202', 'place': "
		"'3-1-1202', 'entity': 'place', 'id': '01a00000-0000-7000-8000-000000000001'}]}");
	tui_answer(*state, "payment.Due",
		   "{" PAYER ", 'due': [" LINE("B-1001", "物业费 2026-09") "," LINE(
			   "B-1002", "Water 2026-10") "]}");
	tui_answer(*state, "payment.List", "{}");
	tui_answer(*state, "prepaid.List", "{}");
	tui_answer(*state, "deposit.List", "{}");
	tui_keys(*state, "1 '500' Enter 3 'WX77'");
	expect_straight(*state, 80);
	tui_expect_text(*state, "| 房号、客户、账单 [3-1-1202          ] P-1001  王晓明 ");
	tui_expect_text(*state, "[1 现金] 2 银行卡 [3 扫码支付] 4 银行转账  5 支票");
	tui_expect_text(*state, "扫码支付  [353.60       ] 参考号     [WX77 ");
	tui_expect_text(*state, "收 853.60，应收 853.60");
	tui_size(*state, 40, 120);
	expect_straight(*state, 120);
	tui_expect_text(*state, "历史收款 0");
}

static void a_drawer_is_counted(void **state)
{
	app_push(tui_app(*state), shift_screen_new(tui_app(*state), "SH-2211"));
	tui_answer(
		*state, "shift.Show",
		"{'shift': {" SHIFT "}, 'methods': [{'method': 'cash', 'documents': 20, "
		"'currency': 'CNY'}, {'method': 'transfer', 'documents': 2, 'currency': 'CNY'}]}");
	tui_answer(*state, "payment.List",
		   "{'payments': [{'number': 'SUN-26-000122', 'kind': 'payment'}]}");
	tui_keys(*state, "c '12' Enter '6' Enter");
	expect_both(*state, "shift");
	tui_keys(*state, "Ctrl-S");
	tui_expect_text(*state, "实点：现金=1500.00。");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, chinese_setup, tui_teardown)
		T(a_list_has_straight_columns),
		T(a_value_typed_in_chinese_is_sent_as_declared),
		T(a_digit_and_the_arrows_choose_what_is_shown_in_chinese),
		T(what_is_missing_is_said_in_chinese),
		T(a_case_is_taken_down),
		T(a_command_is_found_in_either_language),
		T(the_desk_has_nothing_but_its_texts),
		T(the_board_shows_clocks_in_words),
		T(work_is_given_out),
		T(money_is_taken),
		T(a_drawer_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
