# bash completion for cowtop(1)

_cowtop_targets() {
	# Pids and names of running processes; names with blanks or control characters cannot be typed.
	local dir name
	for dir in /proc/[0-9]*; do
		printf '%s\n' "${dir##*/}"
		{ read -r name <"$dir/comm"; } 2>/dev/null || continue
		[[ $name =~ ^[A-Za-z0-9._+-]+$ ]] && printf '%s\n' "$name"
	done | sort -u
}

_cowtop() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verb='' options words i
	local common='-h --help -V --version --json'
	COMPREPLY=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -- ]] && return
	done
	case ${COMP_WORDS[1]} in
	pools | doctor) ((COMP_CWORD > 1)) && verb=${COMP_WORDS[1]} ;;
	esac

	options=$common
	if [[ -z $verb ]]; then
		options+=' -n --count -i --interval -d --duration --fail-if --load --budget --no-color'
		case $prev in
		--load)
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
			return
			;;
		--fail-if)
			mapfile -t COMPREPLY < <(compgen -W 'pool. master. worker.' -- "$cur")
			compopt -o nospace 2>/dev/null
			return
			;;
		-n | --count | -i | --interval | -d | --duration | --budget) return ;;
		esac
	fi

	if [[ $cur == -* ]]; then
		words=$options
	elif [[ $verb == pools ]]; then
		return
	else
		words=$(_cowtop_targets)
		((COMP_CWORD == 1)) && words+=' pools doctor'
		compopt -o default 2>/dev/null
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _cowtop cowtop
