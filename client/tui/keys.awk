# The tables of actions of client/tui/*.c as the manual page steward-keys(7) in scdoc's form: what works everywhere, then for each screen its keys and
# what they do.

# The rows of the table whose brace stands at 'from' in 'text', with their strings put together: keys, label, help.
function table(text, from,   depth, at, c, strings, n, one, s, quoted, out) {
	depth = 0
	out = ""
	for (at = from; at <= length(text); at++) {
		c = substr(text, at, 1)
		if (quoted) {
			if (c == "\\") {
				s = s substr(text, ++at, 1)
			} else if (c == "\"") {
				quoted = 0
			} else {
				s = s c
			}
			continue
		}
		if (c == "\"") {
			quoted = 1
		} else if (c == "{") {
			depth++
			n = 0
			s = ""
			delete strings
		} else if (c == "," || c == "}") {
			if (depth == 2 && n < 3)
				strings[n++] = s
			s = ""
			if (c == "}") {
				if (depth == 2 && strings[0] != "" && n >= 3)
					out = out entry(strings[0], strings[1], strings[2])
				if (--depth == 0)
					return out
			}
		}
	}
	return out
}

function plain(s) {
	gsub(/[\\*_[\]<>#`~]/, "\\\\&", s)
	return s
}

function entry(keys, label, help,   all, n, i, out) {
	# A bar alone is the key of that name.
	n = keys == "|" ? 0 : split(keys, all, "|")
	if (n == 0)
		all[n = 1] = keys
	for (i = 1; i <= n; i++)
		out = out (i > 1 ? ", " : "") "*" plain(all[i]) "*"
	return out "\n\t" plain(label) ": " plain(help) "\n\n"
}

# The string behind 'mark' in 'text'.
function name_behind(text, mark,   at) {
	at = index(text, mark)
	if (at == 0)
		return ""
	text = substr(text, at + length(mark))
	return substr(text, 1, index(text, "\"") - 1)
}

# Tables by their names; screens in the order of their files, each with the table it has.
function file_done(   at, rest, head, name, ops) {
	rest = text
	while (match(rest, /struct action [a-z_]+_actions\[\] = \{/)) {
		head = substr(rest, RSTART, RLENGTH)
		at = RSTART + RLENGTH
		split(head, words, /[ []/)
		rows[words[3]] = table(rest, at - 1)
		rest = substr(rest, at)
	}
	rest = text
	while (match(rest, /struct screen_ops [a-z_]+ = \{[^;]*\};/)) {
		ops = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		if (!match(ops, /\.actions = [a-z_]+/))
			continue
		name = substr(ops, RSTART + 11, RLENGTH - 11)
		titles[++screens] = name_behind(ops, ".name = N_(\"")
		tables[screens] = name
		claimed[name] = 1
	}
	text = ""
}

FNR == 1 { file_done() }
{ text = text $0 "\n" }

END {
	file_done()
	print "steward-keys(7)\n\n# NAME\n\nsteward-keys - the keys of steward-tui\n\n# DESCRIPTION\n"
	print "What keys do on the screens of *steward-tui*(1). On a screen *F1* shows those that work there, and why one does not."
	print "Esc and a digit is the function key of that number, Esc 0 is F10. Letters are shortcuts where nobody types; whatever they do is"
	print "also reached by a function key, by the menu (*F9*) or by the mouse.\n"
	print "In lists *Up*, *Down*, *PgUp*, *PgDn*, *Home* and *End* move, so do *k* and *j*; a digit opens the row so far down on the page. In forms *Enter*,"
	print "*Tab* and *Down* go to the next field, *Shift-Tab* and *Up* to the one before; *Left* and *Right* go through the choices of a field that has some.\n"
	printf "# EVERYWHERE\n\n%s", rows["places_actions"]
	for (i = 1; i <= screens; i++) {
		if (titles[i] == "" || rows[tables[i]] == "") {
			print "keys.awk: what is the screen with " tables[i] "?" > "/dev/stderr"
			exit 1
		}
		printf "# %s\n\n%s", toupper(plain(titles[i])), rows[tables[i]]
	}
	print "# SEE ALSO\n\n*steward-tui*(1), *steward*(1)"
	for (name in rows)
		if (name != "places_actions" && !(name in claimed)) {
			print "keys.awk: no screen has " name > "/dev/stderr"
			exit 1
		}
}
