# A whole day at one property, by keys alone: four people, each at a screen of their own that stays up all day, and the telephone system. What
# one does is seen by the next without a key. At the end the books are looked at by the command.
load duties.bash
load tui.bash

setup_file() {
	duties_up clerk supervisor technician cashier operator
	YEAR=$(TZ=Asia/Shanghai date +%y)
	export YEAR
	# A receipt printer that takes everything.
	echo "printer = /dev/null" >>"$CASHIER/client.conf"
	as "$CASHIER" bill add MANAGEMENT --place 3-1-1202 --amount 426.80 --text "Management fee, October" -q
	as "$CASHIER" bill add WATER --place 3-1-1202 --amount 38.20 --text "Water 12 t" -q
	as "$SUPERVISOR" duty skill add technician plumbing --level 3 -q
	as "$SUPERVISOR" duty need set "water / leak" plumbing -q
	as "$SUPERVISOR" duty add technician --from "$(moment '-1 hour')" --to "$(moment '+8 hours')" -q
}

teardown_file() {
	desk_down
}

teardown() {
	local socket
	for socket in "$DAEMON_DIR"/tmux-*; do
		[ ! -S "$socket" ] || tmux -S "$socket" kill-server 2>/dev/null || true
	done
}

# sits WHO DESK: opens the screen of that desk.
sits() {
	tui_up "$2" 80 24 -p SUN
	declare -g "screen_$1=$TUI_SOCKET"
}

# turn WHO: keys and screen are theirs from now on.
turn() {
	local screen=screen_$1
	TUI_SOCKET=${!screen}
}

everybody_sits_down() {
	sits clerk "$CLERK"
	tui_sees "Find  phone | unit" "ONLINE"
	sits supervisor "$SUPERVISOR"
	tui_sees "Find  phone | unit" "ONLINE"
	tui_keys F6
	tui_sees "Everything is in somebody's hands." "No order is open."
	sits technician "$TECHNICIAN"
	tui_sees "No order is open." "ONLINE"
	sits cashier "$CASHIER"
	tui_sees "NO SHIFT IS OPEN: ^O opens one"
}

the_cashier_opens_a_shift() {
	turn cashier
	tui_keys C-o
	tui_sees "Shift open"
	tui_types D1
	tui_keys Enter
	tui_types 200
	tui_keys C-s
	tui_sees "shift SH-1001  drawer D1" "float 200.00"
}

# The one thing that no key does.
the_telephone_rings() {
	as "$OPERATOR" call ring --from "138/0013 8000" --to 8000 --call-id day-1 -q
	turn clerk
	tui_sees "RING" "Wang Xiaoming  3-1-1202" "F4 answer"
}

the_clerk_answers_and_takes_the_case_down() {
	tui_keys F4
	tui_sees "Call HL-1001" "HL-1001 answered." "P-1001" "None is open."
	tui_keys F3
	tui_sees "New case  P-1001  call HL-1001" "Wang Xiaoming" "3-1-1202" "repair"
	tui_types repair
	tui_keys Enter
	tui_sees "building / stairs"
	tui_types leak
	tui_keys Enter
	tui_types urgent
	tui_keys Enter Enter Enter
	tui_types "Kitchen pipe burst"
	# Terms and what to say come by themselves.
	tui_sees "water / leak" "Kitchen pipe burst" "solve by" "main valve of the building"
	tui_keys C-s
	tui_sees "C-1001 opened." "Open cases 1"
	tui_keys C-x
	tui_sees "HL-1001 ended."
}

the_supervisor_gives_it_to_the_one_proposed() {
	turn supervisor
	tui_sees "Nobody has it yet 1" "Kitchen pipe burst" "1 The technician" "plumbing 3" "on duty"
	tui_keys 1
	tui_sees "-> technician" "^Z takes it back"
	# Nobody takes it back.
	tui_sees "Everything is in somebody's hands." "W-1001  C-1001  issued"
}

the_technician_works() {
	turn technician
	tui_sees "W-1001  C-1001  issued" "Kitchen pipe burst"
	tui_keys p
	tui_sees "accepting"
	# The next change sends the one before.
	tui_keys s
	tui_sees "starting"
	tui_keys c
	tui_sees "Order complete W-1001"
	tui_types "Valve and hose replaced"
	tui_keys Tab
	tui_types "The tap works again"
	tui_sees "The tap works again"
	tui_keys C-s
	tui_sees "completing"
	tui_sees "No order is open."
	turn supervisor
	tui_sees "No order is open."
}

the_clerk_asks_whether_it_was_solved() {
	turn clerk
	tui_keys F7
	tui_sees "Ask whether it was solved 1" "C-1001  Wang Xiaoming"
	tui_keys 1
	tui_sees "Return visit C-1001" "We were told: The tap works again." "Is the matter solved?"
	tui_types 1
	tui_keys Enter
	tui_types 5
	tui_keys Enter
	tui_types "Very quick"
	tui_keys Tab Tab
	tui_types 5
	tui_keys Tab Tab Tab Tab Tab
	tui_types 1
	tui_sees "[reached" "Very quick" "[yes"
	tui_keys C-s
	tui_sees "C-1001 recorded." "Nobody is to be asked now."
}

the_owner_pays() {
	turn cashier
	tui_types 3-1-1202
	tui_keys Enter
	tui_sees "P-1001  Wang Xiaoming" "Outstanding 2" "Management fee, October" "all   DUE 465.00"
	tui_types 1
	tui_types 500
	tui_sees "[1 cash]" "Change  35.00" "Paid 465.00 of 465.00"
	tui_keys C-s
	tui_sees "SUN-$YEAR-000001: 465.00 taken, change 35.00" "1 on the printer" "Nothing is due."
	tui_types 1
	tui_sees "SUN-$YEAR-000001 is printed: /dev/null"
}

# What there should be stands nowhere before what there is was handed in: 200.00 float and 465.00.
the_cashier_counts_blind_and_closes() {
	tui_keys C-o
	tui_sees "Shift SH-1001" "X-report" "receipts   1  SUN-$YEAR-000001"
	tui_types c
	tui_sees "Count the drawer (blind)"
	for pieces in 6 1 0 1 1; do
		tui_types "$pieces"
		tui_keys Enter
	done
	tui_sees "665.00" "takings                       465.00"
	tui_keys C-s
	tui_sees "Counted: cash=665.00" "Go on counting"
	tui_keys Tab Enter
	tui_sees "Shift print" "1 on the printer"
	tui_types 1
	tui_sees "is printed: /dev/null" "Report SUN-Z$YEAR-000001" "difference 0.00" "To be signed by somebody else"
	tui_keys Escape
	tui_sees "NO SHIFT IS OPEN"
}

everybody_goes_home() {
	local who
	for who in clerk supervisor technician cashier; do
		turn "$who"
		tui_quit
	done
}

@test "a call, its case, the work, the return visit, the payment, the shift's end" {
	everybody_sits_down
	the_cashier_opens_a_shift
	the_telephone_rings
	the_clerk_answers_and_takes_the_case_down
	the_supervisor_gives_it_to_the_one_proposed
	the_technician_works
	the_clerk_asks_whether_it_was_solved
	the_owner_pays
	the_cashier_counts_blind_and_closes
	everybody_goes_home
}

@test "the call belongs to the case, the case is followed up, the customer was asked once" {
	shows '.call | .state == "ended" and .person == "clerk" and .party_number == "P-1001" and .case == "C-1001"' "$CLERK" call show HL-1001
	shows '.case | .state == "followed_up" and .kind == "repair" and .category == "water / leak" and .priority == "urgent" and .place == "3-1-1202"
		and .party_number == "P-1001" and .result == "The tap works again" and .score == 5' "$CLERK" case show C-1001
	shows 'length == 1 and (.[0] | .number == "W-1001" and .state == "done" and .person == "technician" and .result == "Valve and hose replaced"
		and .issued_by == "supervisor" and .accepted_at <= .started_at and .started_at <= .done_at)' "$CLERK" order list --case C-1001
	shows '(.attempts | length == 1) and (.visits[0] | .state == "kept" and .outcome == "reached" and .score == 5 and .remark == "Very quick"
		and .visited_by == "clerk") and ([.answers[].answer] == ["5", "yes"])' "$CLERK" visit show C-1001
	shows '. == []' "$CLERK" visit list
}

@test "the money settles both bills, the receipt is printed once, the report agrees with the drawer" {
	shows '(.payment | .amount_minor == "46500" and .paid == "cash 465.00" and .change_minor == "3500") and
		([.parts[] | [.text, .amount_minor]] | sort == [["Management fee, October", "42680"], ["Water 12 t", "3820"]])' \
		"$CASHIER" payment show "SUN-$YEAR-000001"
	shows '(.due // []) == []' "$CASHIER" payment due 3-1-1202
	shows 'length == 1 and (.[0].copy // 0) == 0' "$SUPERVISOR" printing list "SUN-$YEAR-000001"
	shows '(.shift | .state == "closed" and .z_number == "SUN-Z'"$YEAR"'-000001" and .taken_minor == "46500" and (.difference_minor // "0") == "0") and
		(.methods | map(select(.method == "cash"))[0] | .expected_minor == "66500" and .counted_minor == "66500")' "$SUPERVISOR" shift show SH-1001
}
