# The desk on the screen, by keys in a real terminal against a real daemon: what every screen has in common.
load duties.bash
load tui.bash

setup_file() {
	duties_up clerk supervisor
	as "$CLERK" case open --kind repair --place 3-1-1202 --party P-1001 --summary "Kitchen pipe burst" --priority urgent -q
	as "$CLERK" case open --kind complaint --place 3-1-1203 --party P-1002 --summary "楼道灯不亮，业主反映多次未处理" -q
}

teardown_file() {
	desk_down
}

teardown() {
	tmux -S "$TUI_SOCKET" kill-server 2>/dev/null || true
}

# The screen without what changes from run to run: times.
still() {
	tui_screen | sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}/DATE-DATE/g; s/[0-9]{2}:[0-9]{2}/hh:mm/g; s/(SOON|将到) [0-9]/\1 n/; s/ +$//'
}

# As tests/golden/tui/NAME.txt; TUI_ACCEPT=1 takes the screen over.
golden() {
	local want=$root/tests/golden/tui/$1.txt
	[ -z "${TUI_ACCEPT:-}" ] || still >"$want"
	diff -u "$want" <(still)
}

@test "somebody logs in, and sees the desk" {
	cp -r "$STEWARD_HOME" "$DAEMON_DIR/fresh"
	rm -f "$DAEMON_DIR/fresh/session.token"
	tui_up "$DAEMON_DIR/fresh" 80 24 -p SUN
	tui_sees "Log in" "password"
	tui_types clerk
	tui_keys Enter
	tui_types "not the password"
	tui_keys C-s
	tui_sees_no "asking"
	tui_keys C-u
	tui_types "correct horse battery staple"
	tui_keys C-s
	tui_sees "Find  phone | unit" "open 2"
	tui_quit
}

# look COLUMNS LINES [zh]: desk, new case, details and help in that size.
look() {
	local size=$1_$2${3:+_$3}
	local open="open 2" type="Type two characters" next="Tab next" case="New case" account="Contact account P-1002" help="Keys: Details"
	if [ "${3:-}" = zh ]; then
		open="未结 2" type="请输入两个以上字符" next="Tab 下一栏" case="新报事" account="客户工作台账 P-1002" help="按键：详情"
	fi
	tui_up "$CLERK" "$1" "$2" -p SUN
	tui_sees "$open" "$type"
	golden "desk_$size"
	tui_keys F3
	tui_sees "$case"
	golden "case_$size"
	tui_keys Escape
	tui_sees "$type"
	tui_types 1203
	tui_sees "Lin Hua" "P-1002" "业主反映多次未处理"
	tui_keys Tab Tab
	tui_sees "$next"
	tui_keys w
	tui_sees "$account" "楼道灯不亮"
	golden "account_$size"
	tui_keys F1
	tui_sees "$help"
	golden "help_$size"
	tui_keys Escape
	tui_sees_no "$help"
	tui_quit
}

@test "desk, new case, details and help are as they should look, at 80x24 and at 120x40" {
	look 80 24
	look 120 40
}

@test "in a Chinese locale they are in Chinese, in straight columns; --language says it too" {
	localedef --no-archive -i zh_CN -f UTF-8 "$DAEMON_DIR/zh_CN.UTF-8"
	export TUI_LANG=zh_CN.UTF-8 LOCPATH=$DAEMON_DIR
	look 80 24 zh
	look 120 40 zh
	tui_up "$CLERK" 80 24 -p SUN --language en
	tui_sees "open 2" "Type two characters"
	tui_quit
	unset TUI_LANG LOCPATH
	tui_up "$CLERK" 80 24 -p SUN --language zh
	tui_sees "未结 2" "请输入两个以上字符"
	tui_quit
}

@test "a terminal that grows and shrinks shows more and less, and says when it is too small" {
	tui_up "$CLERK" 80 24 -p SUN
	tui_keys F8
	tui_sees "Live board 2"
	tmux -S "$TUI_SOCKET" resize-window -x 120 -y 40
	tui_sees "severity"
	tmux -S "$TUI_SOCKET" resize-window -x 70 -y 20
	tui_sees "at least 80 columns"
	tmux -S "$TUI_SOCKET" resize-window -x 80 -y 24
	tui_sees "Live board 2"
	tui_quit
}

@test "what another desk does is on the board without a key" {
	tui_up "$CLERK" 80 24 -p SUN
	tui_keys F8
	tui_sees "Live board 2"
	as "$SUPERVISOR" case open --kind help --place 3-1-1202 --summary "Key card lost" -q
	tui_sees "Live board 3" "Key card lost" "open 3"
	as "$SUPERVISOR" case cancel C-1003 "Found again" --yes -q
	tui_sees "Live board 2"
	tui_quit
}

@test "Esc and a digit are the function key; the mouse presses the bar" {
	local at
	tui_up "$CLERK" 80 24 -p SUN
	tui_sees "open 2"
	tui_keys Escape 8
	tui_sees "Live board 2"
	tui_keys Escape
	tui_sees "Find  phone"
	# A press on "8Board" in the last line, in the words of an xterm.
	at=$(tui_screen | awk 'NR == 24 { print index($0, "8Board") }')
	tmux -S "$TUI_SOCKET" send-keys -H 1b 5b 4d 20 "$(printf %x $((32 + at)))" "$(printf %x $((32 + 24)))"
	tui_sees "Live board 2"
	tui_quit
}

@test "nothing is told by colour alone: without colours the screens say the same" {
	tui_up "$CLERK" 80 24 -p SUN --theme mono
	tui_keys F8
	tui_sees "Live board 2"
	[ "$(tmux -S "$TUI_SOCKET" capture-pane -pe | grep -cE $'\e\\[[0-9;]*(3[0-8]|4[0-8])m')" = 0 ]
	tui_quit
}

@test "an idle board sends the terminal next to nothing" {
	local before after
	tui_up "$CLERK" 80 24 -p SUN
	tui_keys F8
	tui_sees "Live board 2"
	tmux -S "$TUI_SOCKET" pipe-pane -o "cat >>$DAEMON_DIR/bytes"
	sleep 1
	before=$(stat -c %s "$DAEMON_DIR/bytes" 2>/dev/null || echo 0)
	sleep 20
	after=$(stat -c %s "$DAEMON_DIR/bytes" 2>/dev/null || echo 0)
	# The minute in the first line and the words of two clocks may change once.
	[ $((after - before)) -le 400 ]
	tui_quit
}

# The form for a note to the case on top of the board.
note_form() {
	tui_keys F8
	tui_sees "Live board" "C-1001"
	tui_keys m
	tui_sees "case note"
	tui_types "case note"
	tui_keys Enter
	tui_sees "Case note C-1001"
}

# noted TEXT: how often it stands in the case.
noted() {
	as "$CLERK" case show C-1001 --json | jq --arg text "$1" '[.timeline[] | select(.text == $text)] | length'
}

@test "a line that is lost is said, takes no key, and comes back by itself" {
	local port
	tui_up "$CLERK" 80 24 -p SUN
	note_form
	tui_types "How long is the wat"
	port=$(sed -n 's/^port *= *//p' "$CLERK/client.conf")
	"$root/tests/support/daemon.sh" stop "$DAEMON_DIR"
	tui_sees "OFFLINE since"
	tui_types "er off?"
	tui_sees "How long is the water off?"
	"$root/tests/support/daemon.sh" start "$DAEMON_DIR" --port "$port"
	tui_sees "ONLINE"
	tui_keys C-s
	tui_sees "^Z takes it back"
	tui_quit
	[ "$(noted "How long is the water off?")" = 1 ]
}

@test "kill -9 takes nothing of a form, and what is sent afterwards happens once" {
	tui_up "$CLERK" 80 24 -p SUN
	note_form
	tui_types "Where is the lost property office"
	tui_sees "draft kept"
	kill -9 "$(tui_pid)"
	tui_gone
	tui_up "$CLERK" 80 24 -p SUN
	tui_sees "1 draft is kept"
	note_form
	tui_sees "Where is the lost property office" "it goes on from there"
	tui_keys C-s
	tui_sees "^Z takes it back"
	tui_quit
	[ "$(noted "Where is the lost property office")" = 1 ]
}
