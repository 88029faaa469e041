# bash completion for cowtop(1)

# The program as it was typed, perhaps with a path or a ~; what it says of a mistake is not for here.
_cowtop_run() {
	local program=${COMP_WORDS[0]}
	[[ $program == \~/* ]] && program=$HOME/${program#\~/}
	type -P -- "$program" >/dev/null && "$program" "$@" 2>/dev/null </dev/null
}

# Names with blanks or other characters that would have to be quoted are left out; their pids are there.
_cowtop_targets() {
	local dir pid name found=
	while IFS=$'\t' read -r pid name; do
		found=1
		printf '%s\n' "$pid"
		[[ $name =~ ^[A-Za-z0-9._+-]+$ ]] && printf '%s\n' "$name"
	done < <(_cowtop_run pools --names)
	[[ $found ]] && return
	# No pool that this user may see: any process.
	for dir in /proc/[0-9]*; do
		printf '%s\n' "${dir##*/}"
		{ read -r name <"$dir/comm"; } 2>/dev/null || continue
		[[ $name =~ ^[A-Za-z0-9._+-]+$ ]] && printf '%s\n' "$name"
	done
}

_cowtop_files() {
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
	compopt -o filenames 2>/dev/null
}

# Files whose name ends in .ct, and folders.
_cowtop_recordings() {
	mapfile -t COMPREPLY < <(compgen -f -X '!*.ct' -- "$1"; compgen -d -- "$1")
	compopt -o filenames 2>/dev/null
}

# What a command can be tried with.
_cowtop_variants() {
	printf '%s\n' all gc.freeze gc.collect+freeze gc.disable gc.threshold= gc.start gc.compact warmup \
		opcache.preload= malloc={jemalloc,tcmalloc,mimalloc,glibc} pymalloc=off malloc.{arenas,mmap,trim}= \
		tunable: thp={never,madvise,always} env: args:
}

# What stands behind the `--` that is word $1: a command and its words, completed as they are by themselves.
_cowtop_command() {
	if ((COMP_CWORD == $1 + 1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}" | sort -u)
	elif declare -F _command_offset >/dev/null; then
		_command_offset $(($1 + 1))
	else
		_cowtop_files "${COMP_WORDS[COMP_CWORD]}"
	fi
}

# What a rule can be about; $1 is the word so far, perhaps with a quote in front, the others are the verb and what
# to offer when the program cannot be asked.
_cowtop_keys() {
	local word=$1 fallback=$3 key _ keys=()
	word=${word#[\'\"]}
	while read -r key _; do
		keys+=("$key")
	done < <(_cowtop_run ${2:+"$2"} --list-keys)
	mapfile -t COMPREPLY < <(compgen -W "${keys[*]:-$fallback}" -- "$word")
	compopt -o nospace 2>/dev/null
}

_cowtop() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verb='' options words i
	local common='-h --help -V --version' verbs='pools record replay mark report diff why try stacks export doctor'
	COMPREPLY=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -- ]] || continue
		case ${COMP_WORDS[1]} in
		pools | replay | mark | doctor | report | diff | export) ;;
		*) _cowtop_command "$i" ;;
		esac
		return
	done
	if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} == help || ${COMP_WORDS[1]} == version ]]; then
		[[ ${COMP_WORDS[1]} == help ]] && ((COMP_CWORD == 2)) &&
			mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur")
		return
	fi
	case ${COMP_WORDS[1]} in
	pools | record | replay | mark | doctor | report | diff | why | try | stacks | export) ((COMP_CWORD > 1)) && verb=${COMP_WORDS[1]} ;;
	esac

	options=$common
	[[ $verb == record || $verb == mark || $verb == export ]] || options+=' --json'
	if [[ -z $verb || $verb == record ]]; then
		options+=' -n --count -i --interval -d --duration --fail-if --list-keys --wait --load --ready --budget --why'
		if [[ $verb == record ]]; then
			options+=' -o --output -f --force --fixed --no-maps --stacks --every'
			options+=' --max-size --rotate --keep --runs --requests --on-event --all'
		else
			options+=' --csv --no-color --no-mouse --utc'
		fi
		case $prev in
		-o | --output)
			_cowtop_files "$cur"
			return
			;;
		--all)
			mapfile -t COMPREPLY < <(compgen -d -- "$cur")
			compopt -o filenames 2>/dev/null
			return
			;;
		--every | --max-size | --rotate | --keep | --runs | --requests) return ;;
		--load | --ready | --on-event)
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
			return
			;;
		--fail-if)
			_cowtop_keys "$cur" '' 'pool. master. worker.'
			return
			;;
		-n | --count | -i | --interval | -d | --duration | --budget) return ;;
		esac
	fi

	case $verb in
	'' | record | replay | diff)
		options+=' --junit --markdown --metrics --benchmark'
		[[ $verb == diff ]] || options+=' --baseline --variant --tolerance'
		case $prev in
		--baseline | --junit | --markdown | --metrics | --benchmark)
			_cowtop_files "$cur"
			return
			;;
		--variant | --tolerance) return ;;
		esac
		;;
	esac

	if [[ $verb == export ]]; then
		options+=' --listen --textfile --otlp --max-size --all --match --why -i --interval --budget'
		case $prev in
		--textfile | --otlp)
			_cowtop_files "$cur"
			return
			;;
		--listen | --max-size | --match | -i | --interval | --budget) return ;;
		esac
	fi

	if [[ $verb == pools ]]; then
		options+=' --names -d --duration -i --interval --budget --utc --no-color --no-mouse'
		case $prev in
		-d | --duration | -i | --interval | --budget) return ;;
		esac
	fi

	if [[ $verb == replay ]]; then
		options+=' --csv -b --begin -e --end -n --count -i --interval --fail-if --list-keys --no-color --no-mouse --utc'
		case $prev in
		-b | --begin | -e | --end | -n | --count | -i | --interval) return ;;
		--fail-if)
			_cowtop_keys "$cur" '' 'pool. master. worker.'
			return
			;;
		esac
		[[ $cur == -* ]] || {
			_cowtop_recordings "$cur"
			return
		}
	fi

	if [[ $verb == mark && $cur != -* ]]; then
		((COMP_CWORD > 2)) && return
		_cowtop_recordings "$cur"
		return
	fi

	if [[ $verb == report || $verb == diff ]]; then
		options+=' --html -b --begin -e --end --utc'
		[[ $verb == report ]] && options+=' --map-at --perfetto'
		[[ $verb == diff ]] && options+=' --fail-if --list-keys --requests'
		case $prev in
		--html | --perfetto)
			_cowtop_files "$cur"
			return
			;;
		-b | --begin | -e | --end | --map-at | --requests) return ;;
		--fail-if)
			_cowtop_keys "$cur" diff 'diff.'
			return
			;;
		esac
		[[ $cur == -* ]] || {
			_cowtop_recordings "$cur"
			return
		}
	fi

	if [[ $verb == stacks ]]; then
		options+=' -d --duration --wait --load --ready -b --begin -e --end --utc --every --stack-bytes --software'
		options+=' --top --count --folded --flamegraph --speedscope --pprof --push -i --interval --label'
		case $prev in
		--folded | --flamegraph | --speedscope | --pprof)
			_cowtop_files "$cur"
			return
			;;
		--load | --ready)
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
			return
			;;
		-d | --duration | -b | --begin | -e | --end | --every | --stack-bytes | --top | --push | -i | --interval | --label) return ;;
		esac
	fi

	if [[ $verb == why ]]; then
		options+=' --watch --pid --wait --budget'
		[[ $prev == --watch || $prev == --pid || $prev == --budget ]] && return
	fi

	if [[ $verb == try ]]; then
		options+=' --with --runs --load -d --duration --ready --wait --requests --stacks -i --interval -o --output --log --html --markdown'
		options+=' --baseline --variant --tolerance --junit --metrics --benchmark'
		case $prev in
		--with)
			mapfile -t COMPREPLY < <(compgen -W "$(_cowtop_variants)" -- "$cur")
			[[ ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2>/dev/null
			return
			;;
		-o | --output | --log)
			mapfile -t COMPREPLY < <(compgen -d -- "$cur")
			compopt -o filenames 2>/dev/null
			return
			;;
		--html | --markdown | --baseline | --junit | --metrics | --benchmark)
			_cowtop_files "$cur"
			return
			;;
		--load | --ready)
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
			return
			;;
		--runs | --requests | -d | --duration | -i | --interval | --variant | --tolerance) return ;;
		esac
	fi

	if [[ $cur == -* ]]; then
		words=$options
	elif [[ $verb == pools || $verb == try ]]; then
		return
	elif [[ ($verb == stacks || $verb == why) && $cur == */* ]]; then
		_cowtop_recordings "$cur"
		return
	else
		words=$(_cowtop_targets)
		[[ $verb == stacks || $verb == why ]] && words+=" $(compgen -f -X '!*.ct' -- "$cur")"
		((COMP_CWORD == 1)) && words+=" $verbs help version"
		compopt -o default 2>/dev/null
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _cowtop cowtop
