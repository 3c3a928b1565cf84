#!/usr/bin/env bats
# Bills, receipts and reports from the desk to paper: the command, the daemon, steward-render; read back with other people's programs.

bats_require_minimum_version 1.5.0
load desk.bash

setup_file() {
	desk_up
	for person in clerk cashier supervisor manager; do
		export "${person^^}=$(desk_of "$person")"
	done
	as "$MANAGER" letterhead set --name '阳光物业 Sunshine Services' --phone '0571 8800 1200' --tax-number T-77 --bank 'ICBC 1202 0211' -q
	as "$CLERK" place add unit 3-1-1202 -q
	as "$CLERK" place add unit 3-1-1203 -q
	as "$CLERK" party add '王芳 Wang Fang' --language zh -q
	as "$CLERK" party add 'Łukasz Müller' -q
	as "$CLERK" occupancy start 3-1-1202 P-1001 owner --from 2020-01-01 -q
	as "$CLERK" occupancy start 3-1-1203 P-1002 owner --from 2020-01-01 -q
	as "$CASHIER" shift open D1 --float 500 -q
}

teardown_file() {
	desk_down
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

as() {
	local desk=$1
	shift
	STEWARD_HOME=$desk steward "$@" -p SUN
}

# A desk whose machine has no steward-render.
without_renderer() {
	STEWARD_RENDER=/nowhere as "$@"
}

text() {
	pdftotext -layout "$1" -
}

# lacks PATTERN [FILE...]: nothing fits it. (A `!` in front of a command never fails a test.)
lacks() {
	if grep "$@"; then return 1; fi
}

code() {
	pdftoppm -r 110 -png "$1" page
	zbarimg -q --raw page-1.png
}

# The prints of a number, first to last: 0 is an original.
copies() {
	as "$SUPERVISOR" printing list "$1" --json | jq -r 'map(.copy | tostring) | reverse | join(" ")'
}

latest_receipt() {
	as "$CASHIER" payment list --limit 1 -q --json | jq -r '.[0].number'
}

# bill OPTION...: bills something, and tells the number.
bill() {
	as "$CASHIER" bill add "$@" --json | jq -r .number
}

@test "a bill in the customer's language, with what is printed on it in order" {
	bill=$(bill MANAGEMENT --place 3-1-1202 --amount 1366.32 --text '物业管理费 Management fee' --from 2026-11-01 --to 2026-11-30)
	run as "$CASHIER" bill print "$bill" --pdf bill.pdf
	[ "$output" = "$bill: printed to bill.pdf, 1 page." ]
	text bill.pdf >bill.txt
	for words in '阳光物业 Sunshine Services' '0571 8800 1200' 'T-77' '缴费通知单' '王芳 Wang Fang' '3-1-1202' "$bill" '物业管理费 Management fee' \
		'2026-11' '收款账户: ICBC 1202 0211'; do
		grep -qF "$words" bill.txt
	done
	grep -qE '应缴合计 +1,366\.32$' bill.txt
	[ "$(code bill.pdf)" = "SUN/$bill" ]
	lacks COPY bill.txt
}

@test "money and its receipt in one command, in Latin letters; the second print is a copy" {
	as "$CASHIER" bill add HEATING --place 3-1-1203 --amount 42.50 --text 'Heating' -q
	run --separate-stderr as "$CASHIER" payment take cash=42.50 --place 3-1-1203 --tendered 50 --pdf receipt.pdf
	[ "$status" -eq 0 ]
	receipt=$(latest_receipt)
	grep -qF "$receipt: printed to receipt.pdf, 1 page." <<<"$output"
	text receipt.pdf >receipt.txt
	for words in 'Receipt' 'Łukasz Müller' "$receipt" 'Heating' 'Tendered' '50.00' 'Change' '7.50'; do
		grep -qF "$words" receipt.txt
	done
	[ "$(code receipt.pdf)" = "$receipt 42.50 CNY" ]
	lacks COPY receipt.txt
	run as "$SUPERVISOR" payment print "$receipt" --pdf copy.pdf
	[ "$output" = "$receipt, copy 1: printed to copy.pdf, 1 page." ]
	text copy.pdf >copy.txt
	grep -qE 'COPY 1 · Page 1 of 1' copy.txt
	grep -qE 'Copy +1 · [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{5}' copy.txt
	grep -qE 'Printed by +supervisor' copy.txt
	[ "$(copies "$receipt")" = "0 1" ]
}

@test "a repeated command prints the same again, and no copy" {
	key=0193b3a2-7c1e-7d20-8f00-2b7f6a1c9e10
	as "$CASHIER" payment take cash=7 --party P-1001 --pdf one.pdf --idempotency-key $key -q
	as "$CASHIER" payment take cash=7 --party P-1001 --pdf two.pdf --idempotency-key $key -q
	cmp one.pdf two.pdf
	[ "$(copies "$(latest_receipt)")" = 0 ]
}

@test "what could not be drawn is not lost: the same command under its key has the original" {
	as "$CASHIER" payment take cash=9 --party P-1001 -q
	receipt=$(latest_receipt)
	run --separate-stderr without_renderer "$CASHIER" payment print "$receipt" --pdf r.pdf
	[ "$status" -eq 7 ]
	[ ! -e r.pdf ]
	# shellcheck disable=SC2154
	key=$(grep -oE '[0-9a-f]{8}-[0-9a-f-]{27}' <<<"$stderr" | head -1)
	as "$CASHIER" payment print "$receipt" --pdf r.pdf --idempotency-key "$key" -q
	text r.pdf >r.txt
	grep -qF "$receipt" r.txt
	lacks COPY r.txt
	[ "$(copies "$receipt")" = 0 ]
	# The change was made, whatever became of its paper.
	run --separate-stderr without_renderer "$CASHIER" payment take cash=1 --party P-1001 --pdf n.pdf
	[ "$status" -eq 8 ]
	grep -q 'The change itself was made' <<<"$stderr"
}

@test "the roll of a receipt printer" {
	receipt=$(latest_receipt)
	as "$CASHIER" payment print "$receipt" --escpos roll.bin --roll 58 --drawer -q
	"$root/tests/e2e/escpos.py" roll.bin roll.png >roll.log
	grep -qE '^band 384 ' roll.log
	grep -qE '^drawer ' roll.log
	zbarimg -q --raw roll.png | grep -qF "$receipt"
	# A printer is written to, not replaced; a file is no printer.
	mkfifo printer
	cat printer >paper &
	as "$CASHIER" payment print "$receipt" --printer printer -q
	wait $!
	[ -p printer ]
	[ "$(stat -c %s paper)" -gt 1000 ]
	as "$CASHIER" payment print "$receipt" --escpos - >stdout.bin
	[ "$(head -c 2 stdout.bin | od -An -tx1 | tr -d ' ')" = 1b40 ]
	run as "$CASHIER" payment print "$receipt" --printer roll.bin
	[ "$status" -eq 2 ]
	run as "$CASHIER" payment print "$receipt" --printer nowhere
	[ "$status" -eq 7 ]
}

@test "before anything is noted it is known where to print" {
	receipt=$(latest_receipt)
	before=$(copies "$receipt")
	touch there.pdf
	while IFS=: read -r code where; do
		# shellcheck disable=SC2086 # several words
		run as "$CASHIER" payment print "$receipt" $where
		echo "$where: $output"
		[ "$status" -eq "$code" ]
	done <<-END
		2:
		2:--pdf a.pdf --escpos b.bin
		2:--pdf .
		2:--drawer
		7:--pdf there.pdf
		12:--pdf nowhere/a.pdf
	END
	run as "$CASHIER" payment take cash=1 --party P-1001 --drawer
	[ "$status" -eq 2 ]
	[ "$(latest_receipt)" = "$receipt" ]
	[ "$(copies "$receipt")" = "$before" ]
	as "$CASHIER" payment print "$receipt" --pdf there.pdf --force -q
	[ "$(head -c 5 there.pdf)" = "%PDF-" ]
}

@test "a dry run is a draft and leaves the original to come" {
	as "$CASHIER" payment take card=3:A1 --party P-1002 -q
	receipt=$(latest_receipt)
	as "$CASHIER" payment print "$receipt" --pdf draft.pdf --dry-run -q
	text draft.pdf >draft.txt
	grep -qE 'DRAFT · Page 1 of 1' draft.txt
	[ "$(copies "$receipt")" = "" ]
	run --separate-stderr as "$CASHIER" payment take cash=3 --party P-1002 --pdf none.pdf --dry-run
	[ "$status" -eq 0 ]
	[ ! -e none.pdf ]
	as "$CASHIER" payment print "$receipt" --json | jq -e '.[0].document.title == "Receipt" and .[0].copy == 0'
}

@test "an account, and the reports of a shift" {
	as "$CLERK" bill statement P-1001 --pdf account.pdf -q
	text account.pdf >account.txt
	grep -qF '对账单' account.txt
	grep -qE '欠款余额 +1,366\.32 ' account.txt
	as "$CASHIER" shift print SH-1001 --pdf x.pdf -q
	text x.pdf >x.txt
	grep -qF 'Amounts are told when the drawer has been counted.' x.txt
	as "$SUPERVISOR" shift print SH-1001 --pdf x2.pdf -q
	text x2.pdf >x2.txt
	grep -qE 'cash +[0-9]+ +[0-9.,]+' x2.txt
	as "$CASHIER" shift close cash=1000 --why 'Counted once' --yes --pdf z.pdf -q
	text z.pdf >z.txt
	for words in 'Z report' 'Reason: Counted once' 'Cashier (signature): ___'; do
		grep -qF "$words" z.txt
	done
	grep -qE 'Number +SUN-Z[0-9]{2}-000001' z.txt
}

@test "many documents are one file" {
	a=$(bill OTHER --party P-1001 --amount 1)
	b=$(bill OTHER --party P-1002 --amount 2)
	run as "$CASHIER" bill print "$a" "$b" "$a" --pdf all.pdf --paper A5
	[ "$output" = "3 documents, 1 of them a copy: printed to all.pdf, 3 pages." ]
	[ "$(pdfinfo all.pdf | sed -n 's/^Page size: *//p')" = '419.53 x 595.28 pts' ]
	pdftotext -f 2 -l 2 all.pdf page2.txt
	grep -qF 'Łukasz Müller' page2.txt
}
