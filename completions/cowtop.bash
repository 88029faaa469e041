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
	local common='-h --help -V --version'
	COMPREPLY=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -- ]] && return
	done
	case ${COMP_WORDS[1]} in
	pools | record | replay | mark | doctor | report | diff | stacks) ((COMP_CWORD > 1)) && verb=${COMP_WORDS[1]} ;;
	esac

	options=$common
	[[ $verb == record || $verb == mark ]] || options+=' --json'
	if [[ -z $verb || $verb == record ]]; then
		options+=' -n --count -i --interval -d --duration --fail-if --list-keys --wait --load --budget'
		if [[ $verb == record ]]; then
			options+=' -o --output -f --force --fixed --no-maps --stacks --every'
			options+=' --max-size --rotate --keep --runs --requests'
		else
			options+=' --csv --no-color --no-mouse --utc'
		fi
		case $prev in
		-o | --output)
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			compopt -o filenames 2>/dev/null
			return
			;;
		--every | --max-size | --rotate | --keep | --runs | --requests) return ;;
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

	if [[ $verb == pools ]]; then
		options+=' -d --duration -i --interval --budget --utc --no-color --no-mouse'
		case $prev in
		-d | --duration | -i | --interval | --budget) return ;;
		esac
	fi

	if [[ $verb == replay ]]; then
		options+=' --csv -b --begin -e --end -n --count -i --interval --fail-if --list-keys --no-color --no-mouse --utc'
		case $prev in
		-b | --begin | -e | --end | -n | --count | -i | --interval) return ;;
		--fail-if)
			mapfile -t COMPREPLY < <(compgen -W 'pool. master. worker.' -- "$cur")
			compopt -o nospace 2>/dev/null
			return
			;;
		esac
		[[ $cur == -* ]] || {
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			compopt -o filenames 2>/dev/null
			return
		}
	fi

	if [[ $verb == mark && $cur != -* ]]; then
		((COMP_CWORD > 2)) && return
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return
	fi

	if [[ $verb == report || $verb == diff ]]; then
		options+=' --html -b --begin -e --end --utc'
		[[ $verb == report ]] && options+=' --map-at'
		[[ $verb == diff ]] && options+=' --fail-if --list-keys --requests'
		case $prev in
		-b | --begin | -e | --end | --map-at | --requests) return ;;
		--fail-if)
			mapfile -t COMPREPLY < <(compgen -W 'diff.' -- "$cur")
			compopt -o nospace 2>/dev/null
			return
			;;
		esac
		[[ $cur == -* ]] || {
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			compopt -o filenames 2>/dev/null
			return
		}
	fi

	if [[ $verb == stacks ]]; then
		options+=' -d --duration --wait --load -b --begin -e --end --utc --every --stack-bytes --software'
		options+=' --top --count --folded --flamegraph --speedscope --pprof'
		case $prev in
		--folded | --flamegraph | --speedscope | --pprof)
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			compopt -o filenames 2>/dev/null
			return
			;;
		--load)
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
			return
			;;
		-d | --duration | -b | --begin | -e | --end | --every | --stack-bytes | --top) return ;;
		esac
	fi

	if [[ $cur == -* ]]; then
		words=$options
	elif [[ $verb == pools ]]; then
		return
	else
		words=$(_cowtop_targets)
		((COMP_CWORD == 1)) && words+=' pools record replay mark report diff stacks doctor'
		compopt -o default 2>/dev/null
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _cowtop cowtop
