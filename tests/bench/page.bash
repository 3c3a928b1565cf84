# shellcheck shell=bash
# The tables of docs/performance.md. The script that reads this has set 'dir', where files of its own may lie.

# shellcheck disable=SC2154 # dir
# write_table NAME: standard input becomes the table of that name of docs/performance.md, and is shown.
write_table() {
	local page name=$1
	page=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../docs/performance.md
	tee "$dir/table.$name"
	grep -qxF "<!-- table $name -->" "$page" || {
		echo "bench: $page has no place for the table '$name'" >&2
		return 1
	}
	awk -v mark="<!-- table $name -->" -v table="$dir/table.$name" '
		$0 == mark { print; while ((getline line < table) > 0) print line; skip = 1; next }
		/^<!-- end -->/ { skip = 0 }
		!skip' "$page" >"$dir/page"
	cat "$dir/page" >"$page"
}
