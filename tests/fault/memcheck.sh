#!/usr/bin/env bash
# The screens under valgrind: their unit tests, then the program itself from login through a form to its end. No amount.
# usage: memcheck.sh BUILD_DIR (a build without sanitizers)
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
BUILD_DIR=$(readlink -f "$1")
export BUILD_DIR
command -v valgrind >/dev/null || {
	echo "memcheck: valgrind is not installed" >&2
	exit 1
}

# The tests' names begin with the word tui.
mapfile -t tests < <(meson introspect "$BUILD_DIR" --tests | jq -r '.[].name | select(startswith("tui "))')
[ ${#tests[@]} -gt 0 ] || {
	echo "memcheck: no test of the screens is there" >&2
	exit 1
}
meson test -C "$BUILD_DIR" --no-rebuild --setup valgrind --suite unit --print-errorlogs "${tests[@]}"

# shellcheck source=tests/e2e/desk.bash
source "$here/../e2e/desk.bash"
# shellcheck source=tests/e2e/tui.bash
source "$here/../e2e/tui.bash"
desk_up
trap 'tmux -S "$TUI_SOCKET" kill-server 2>/dev/null || true; desk_down' EXIT
export TUI_UNDER="valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible --suppressions=$here/../support/valgrind.supp"
rm -f "$STEWARD_HOME/session.token"
tui_up "$STEWARD_HOME" 80 24 -p SUN
tui_sees "Log in" "password"
tui_types clerk
tui_keys Enter
tui_types "correct horse battery staple"
tui_keys C-s
tui_sees "Find  phone | unit"
tui_keys F3
tui_sees "New case"
tui_types "Wang Xiaoming"
tui_keys Enter
tui_keys Enter Enter Enter Enter
tui_types inquiry
tui_keys Enter Enter Enter Enter Enter
tui_types "Opening hours of the pool?"
tui_keys C-s
tui_sees "C-1001"
tui_keys F8
tui_sees "Live board 1" "Opening hours of the pool?"
tui_quit
echo "memcheck: the screens gave everything back and read nothing that was not theirs"
