# A cashier's day on the screen, by keys in a real terminal against a real daemon: the shift, money in several ways, paper, a count without
# knowing what there should be. The screens are looked at by their words, the books by the command.
load duties.bash
load tui.bash

setup_file() {
	duties_up clerk cashier supervisor
	# Receipts bear the year of the property's clock.
	YEAR=$(TZ=Asia/Shanghai date +%y)
	export YEAR
	# A receipt printer that takes everything.
	echo "printer = /dev/null" >>"$CASHIER/client.conf"
	owes 426.80 MANAGEMENT "Management fee 2026-09"
	owes 426.80 MANAGEMENT "Management fee 2026-10"
	owes 426.90 WATER "Water 38 t"
}

teardown_file() {
	desk_down
}

teardown() {
	tmux -S "$TUI_SOCKET" kill-server 2>/dev/null || true
}

# owes AMOUNT ITEM TEXT: another bill of 3-1-1202.
owes() {
	as "$CASHIER" bill add "$2" --place 3-1-1202 --amount "$1" --text "$3" -q
}

# The cashier's screen with whoever holds 3-1-1202.
cashier_at_unit() {
	tui_up "$CASHIER" "${1:-80}" "${2:-24}" -p SUN
	tui_sees "shift SH-1001"
	tui_types 3-1-1202
	tui_keys Enter
	tui_sees "P-1001  Wang Xiaoming"
}

@test "a cashier's day begins at the cashier, with a shift" {
	tui_up "$CASHIER" 80 24 -p SUN
	tui_sees "Cashier  NO SHIFT IS OPEN: ^O opens one" "Find a unit or a person first."
	tui_keys C-s
	tui_sees "Take: no shift is open"
	tui_keys C-o
	tui_sees "Shift open" "drawer"
	tui_types D2
	tui_keys Enter
	tui_types 500
	tui_keys C-s
	tui_sees "shift SH-1001  drawer D2" "float 500.00" "SH-1001 opened."
	tui_quit
	shows '.[0] | .state == "open" and .drawer == "D2" and .float_minor == "50000"' "$CASHIER" shift list
}

@test "a mixed payment with change, its receipt printed as it is taken" {
	cashier_at_unit
	tui_sees "Outstanding 3" "Management fee 2026-09" "all   DUE 1,280.50"
	tui_types 2
	tui_sees "[2 card]" "Reference"
	tui_keys Up
	tui_types 280.50
	tui_sees "1,000.00 stays due"
	tui_keys Enter
	tui_types A1B2
	tui_keys Enter
	tui_types 1
	tui_types 1100
	tui_sees "[1 cash]" "Change  100.00" "Paid 1,280.50 of 1,280.50"
	tui_keys Enter Enter Enter
	tui_keys C-s
	tui_sees "SUN-$YEAR-000001: 1,280.50 taken, change 100.00" "1 on the printer" "/dev/null"
	tui_types 1
	tui_sees "SUN-$YEAR-000001 is printed: /dev/null" "Nothing is due."
	tui_quit
	shows '.payment | .amount_minor == "128050" and .paid == "cash 1000.00, card 280.50" and .change_minor == "10000"' \
		"$CASHIER" payment show "SUN-$YEAR-000001"
	shows '(.due // []) == []' "$CASHIER" payment due 3-1-1202
	shows 'length == 1 and (.[0].copy // 0) == 0' "$SUPERVISOR" printing list "SUN-$YEAR-000001"
}

@test "what was paid before is printed again as a copy" {
	cashier_at_unit
	tui_types b
	tui_sees "Paid before 1" "SUN-$YEAR-000001"
	tui_types p
	tui_sees "2 into a PDF file"
	tui_types 2
	tui_sees "PDF file"
	tui_keys C-u
	tui_types "$DAEMON_DIR/copy.pdf"
	tui_keys Enter
	tui_sees "SUN-$YEAR-000001 (copy 1) is printed: $DAEMON_DIR/copy.pdf"
	tui_quit
	[ "$(head -c 5 "$DAEMON_DIR/copy.pdf")" = "%PDF-" ]
	shows 'length == 2' "$SUPERVISOR" printing list "SUN-$YEAR-000001"
}

@test "marked bills, a part of what is due, and too much: the rest is in advance" {
	owes 118.36 WATER "Water 12 t"
	owes 300 PARKING "Parking B202"
	cashier_at_unit
	tui_sees "all   DUE 418.36"
	tui_keys Down Space
	tui_sees "marked 1   DUE 300.00"
	tui_types 3
	tui_types WX77
	tui_keys C-s
	tui_sees "SUN-$YEAR-000002: 300.00 taken" "into a PDF file"
	tui_closes "into a PDF file"
	tui_sees "all   DUE 118.36"
	# Less cash than is due is a part of it.
	tui_types 1
	tui_types 18.36
	tui_keys Enter
	tui_sees "100.00 stays due"
	tui_keys C-s
	tui_sees "SUN-$YEAR-000003: 18.36 taken" "into a PDF file"
	tui_closes "into a PDF file"
	tui_sees "all   DUE 100.00"
	tui_types 4
	tui_keys Up
	tui_types 150
	tui_sees "50.00 in advance"
	tui_keys C-s
	tui_sees "SUN-$YEAR-000004: 150.00 taken" "into a PDF file"
	tui_closes "into a PDF file"
	tui_sees "Nothing is due." "in advance 50.00"
	tui_quit
	shows '.parts | length == 1 and .[0].text == "Parking B202"' "$CASHIER" payment show "SUN-$YEAR-000002"
	shows '.payment.advance_minor == "5000"' "$CASHIER" payment show "SUN-$YEAR-000004"
}

@test "the advance is used, a deposit is taken, keys typed ahead of the answers are heard" {
	owes 30 PARKING "Visitor's parking"
	tui_up "$CASHIER" 80 24 -p SUN
	tui_sees "shift SH-1001"
	tui_types 3-1-1202
	tui_keys Enter C-t
	tui_sees "What is it for" "use the advance" "fit_out"
	tui_types 2
	tui_sees "Payment apply P-1001"
	tui_keys C-s
	tui_sees "Nothing is due." "in advance 20.00"
	tui_keys C-t
	tui_sees "keys" "take a deposit for it"
	tui_types 4
	tui_sees "Take a deposit: keys"
	tui_types 1
	tui_types 200
	tui_keys C-s
	tui_sees "SUN-$YEAR-000005: 200.00 taken" "into a PDF file"
	tui_closes "into a PDF file"
	tui_sees "deposits 200.00"
	tui_quit
	shows '.[0] | .purpose == "keys" and .held_minor == "20000" and .receipt == "SUN-'"$YEAR"'-000005"' "$CASHIER" deposit list
}

@test "kill -9 while money is on its way: the next start asks, and it is taken once" {
	owes 77.70 PARKING "Parking B203"
	cashier_at_unit
	tui_sees "DUE 77.70"
	tui_types 1
	tui_types 100
	tui_sees "Change  22.30"
	kill -STOP "$(cat "$DAEMON_DIR/stewardd.pid")"
	tui_keys C-s
	tui_sees "on its way"
	kill -9 "$(tui_pid)"
	kill -CONT "$(cat "$DAEMON_DIR/stewardd.pid")"
	tui_gone
	tui_up "$CASHIER" 80 24 -p SUN
	tui_sees "NOT KNOWN YET: ^S asks" "shift SH-1001"
	tui_keys C-s
	tui_sees "SUN-$YEAR-000006" "retry-safe" "into a PDF file"
	tui_closes "into a PDF file"
	tui_quit
	shows '[.[] | select(.amount_minor == "7770")] | length == 1' "$CASHIER" payment list
}

@test "a payment is voided with a reason; a second person decides" {
	cashier_at_unit
	tui_types b
	tui_sees "SUN-$YEAR-000006"
	tui_types v
	tui_sees "Payment void SUN-$YEAR-000006"
	tui_types "Wrong unit"
	tui_keys C-s
	tui_sees "Leave it as it is"
	tui_keys Tab Enter
	tui_sees "somebody else decides on it"
	tui_quit
	as "$SUPERVISOR" approval approve "$(as "$SUPERVISOR" approval list -o name)" --yes -q
	shows '.payment.voided_by == "SUN-V'"$YEAR"'-000001"' "$CASHIER" payment show "SUN-$YEAR-000006"
}

# Float 500, cash 1000.00 and 18.36 and 200.00, and what was voided.
@test "the shift is closed blind: counted, explained, reported; the supervisor signs" {
	cashier_at_unit
	tui_keys C-o
	tui_sees "Shift SH-1001" "X-report" "receipts   6  SUN-$YEAR-000001 .. 000006" "voids      1"
	tui_types c
	tui_sees "Count the drawer (blind)" "Declared by way to pay"
	for pieces in 17 "" "" 1 "" 3 "" 3; do
		tui_types "$pieces"
		tui_keys Enter
	done
	tui_types 0.05
	tui_keys Enter
	tui_types 280.50
	tui_keys Enter
	tui_types 300
	tui_keys Enter
	tui_types 150
	tui_sees "1,713.35" "takings"
	# What there should be is nowhere yet.
	tui_sees_no 1,718.36
	tui_keys C-s
	tui_sees "cash=1713.35" "card=280.50" "qr=300.00" "transfer=150.00" "Go on counting"
	tui_keys Tab Enter
	tui_sees "[2 explain]" "The count is not what it should be."
	tui_sees_no 1,718.36
	tui_types "Five given too much"
	tui_keys C-s
	tui_sees "[3 report, signature]" "Report SUN-Z$YEAR-000001" "difference -5.01"
	tui_sees "on the printer"
	tui_types 1
	tui_sees "is printed: /dev/null" "1,718.36" "To be signed by somebody else"
	tui_types g
	tui_sees "Sign: somebody else than the cashier signs it"
	tui_keys Escape
	tui_sees "NO SHIFT IS OPEN"
	tui_quit
	shows '.shift | .state == "closed" and .z_number == "SUN-Z'"$YEAR"'-000001" and .difference_minor == "-501" and .reason == "Five given too much"' \
		"$SUPERVISOR" shift show SH-1001
	shows '.methods | map(select(.method == "cash"))[0] | .expected_minor == "171836" and .counted_minor == "171335"' "$SUPERVISOR" shift show SH-1001
	tui_up "$SUPERVISOR" 80 24 -p SUN
	tui_keys F5
	tui_sees "taking money is not in your roles"
	tui_keys C-o
	tui_sees "Shift list" "SH-1001"
	tui_types m
	tui_sees "shift sign"
	tui_types "shift sign"
	tui_keys Enter
	tui_sees "Shift sign SH-1001"
	tui_keys C-s
	tui_sees_no "Shift sign SH-1001"
	tui_quit
	shows '.shift | .state == "signed" and .signed_by == "supervisor"' "$SUPERVISOR" shift show SH-1001
}
