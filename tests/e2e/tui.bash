# shellcheck shell=bash
# For the walks on the screen: steward-tui in a tmux of the file's own, keys in, text out. Needs desk.bash or duties.bash for the daemon.
# Nothing here waits for a time: tui_sees waits for what is to be seen, for as long as a machine with other work may need.
tui_patience=600

# tui_up DESK [COLUMNS LINES [options]]: in the profile of that desk, which keeps its own drafts. Several may be up: TUI_SOCKET says whose keys
# and screen it is about.
tui_up() {
	local desk=$1 columns=${2:-80} lines=${3:-24}
	shift $(($# < 3 ? $# : 3))
	# One of its own each time: a server that ends may still hold the last one.
	TUI_SOCKET=$(mktemp -u "$DAEMON_DIR/tmux-XXXXXX")
	export TUI_SOCKET
	tmux -S "$TUI_SOCKET" -f /dev/null new-session -d -x "$columns" -y "$lines" \
		"env STEWARD_HOME=$desk XDG_STATE_HOME=$desk/state TERM=screen-256color LANG=${TUI_LANG:-C.UTF-8} LC_ALL=${TUI_LANG:-C.UTF-8} ${LOCPATH:+LOCPATH=$LOCPATH} \
		${TUI_UNDER:-} $BUILD_DIR/client/tui/steward-tui $* 2>$TUI_SOCKET.err; echo \"ended with \$?\"; sleep 1000"
	tmux -S "$TUI_SOCKET" set-option -g status off
	tmux -S "$TUI_SOCKET" resize-window -x "$columns" -y "$lines"
}

# As tmux names them: F3 Enter C-s Escape; words are typed with tui_types.
tui_keys() {
	tmux -S "$TUI_SOCKET" send-keys "$@"
}

tui_types() {
	tmux -S "$TUI_SOCKET" send-keys -l "$1"
}

tui_screen() {
	tmux -S "$TUI_SOCKET" capture-pane -p
}

# tui_sees TEXT...: until all of these are on the screen.
tui_sees() {
	local text screen seen
	for _ in $(seq $tui_patience); do
		screen=$(tui_screen)
		seen=1
		for text in "$@"; do [[ $screen == *"$text"* ]] || seen=0; done
		[ $seen = 0 ] || return 0
		sleep 0.05
	done
	printf 'not on the screen: %s\n%s\n' "$*" "$screen" >&2
	[ ! -s "$TUI_SOCKET.err" ] || cat "$TUI_SOCKET.err" >&2
	return 1
}

# tui_sees_no TEXT: until it is gone.
tui_sees_no() {
	local screen
	for _ in $(seq $tui_patience); do
		screen=$(tui_screen)
		[[ $screen == *"$1"* ]] || return 0
		sleep 0.05
	done
	printf 'still on the screen: %s\n%s\n' "$1" "$screen" >&2
	return 1
}

# Closes the box that shows TEXT. A digit that came right behind the Escape would be a function key; so it is waited for.
tui_closes() {
	tui_keys Escape
	tui_sees_no "$1"
}

# Ends the program as people do, and looks how it ended.
tui_quit() {
	tui_keys C-q
	tui_sees "ended with 0"
	tui_gone
}

# Nothing of it is left; no sanitizer complained.
tui_gone() {
	tmux -S "$TUI_SOCKET" kill-server
	[ ! -s "$TUI_SOCKET.err" ] || {
		cat "$TUI_SOCKET.err" >&2
		return 1
	}
}

# The process of the program itself, for those who kill it.
tui_pid() {
	pgrep -P "$(tmux -S "$TUI_SOCKET" list-panes -F '#{pane_pid}')" -f steward-tui
}
