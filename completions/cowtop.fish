# fish completion for cowtop(1)

function __cowtop_no_verb
    not __fish_seen_subcommand_from help version pools record replay mark doctor report diff why try stacks export
end

function __cowtop_samples
    not __fish_seen_subcommand_from help version pools replay mark doctor report diff why try stacks export
end

function __cowtop_takes_target
    not __fish_seen_subcommand_from help version pools replay mark report diff try
    and not contains -- -- (commandline -opc)
end

function __cowtop_takes_recording
    __fish_seen_subcommand_from replay mark report diff why stacks; and not __fish_seen_subcommand_from help
end

function __cowtop_starts
    not __fish_seen_subcommand_from pools replay mark report diff export doctor; and contains -- -- (commandline -opc)
end

# What stands behind the --: a command and its words, completed as they are by themselves.
function __cowtop_command
    set --local words (commandline -opc)
    set --erase words[1..(contains --index -- -- $words)]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct | string collect --allow-empty))
end

# Files whose name ends in .ct, and folders.
function __cowtop_recordings
    __fish_complete_suffix .ct | string match -er '^[^\t]*(?:/|\.ct)(?:\t|$)'
end

# The program as it was typed; what it says of a mistake is not for here.
function __cowtop_run
    set --local program (commandline -opc)[1]
    type -q -- $program; and command $program $argv 2>/dev/null </dev/null
end

# Pids with their names and names with their pids; where no pool can be seen, any process.
function __cowtop_targets
    set --local pools (__cowtop_run pools --names)
    if test (count $pools) -eq 0
        __fish_complete_pids
        __fish_complete_proc
        return
    end
    printf '%s\n' $pools
    string replace -rf '^(\d+)\t([A-Za-z0-9._+-]+)$' '$2\tpool $1' -- $pools
end

# What a command can be tried with.
function __cowtop_variants
    printf '%s\n' all gc.freeze gc.collect+freeze gc.disable gc.threshold= gc.start gc.compact warmup \
        opcache.preload= malloc={jemalloc,tcmalloc,mimalloc,glibc} pymalloc=off malloc.{arenas,mmap,trim}= \
        tunable: thp={never,madvise,always} env: args:
end

# What a rule can be about, with unit and help; else what is given.
function __cowtop_keys
    set --local keys (__cowtop_run (string split -n ' ' -- $argv[1]) --list-keys)
    if test (count $keys) -eq 0
        string split ' ' -- $argv[2]
        return
    end
    string replace -r '^(\S+)\s+' '$1\t' -- $keys
end

complete -c cowtop -f
complete -c cowtop -n __fish_is_first_arg -a pools -d 'The forked pools on this machine'
complete -c cowtop -n __fish_is_first_arg -a record -d 'Sample a pool into a file'
complete -c cowtop -n __fish_is_first_arg -a mark -d 'Put a mark into a recording'
complete -c cowtop -n __fish_is_first_arg -a replay -d 'A recording as if it happened now'
complete -c cowtop -n __fish_is_first_arg -a report -d 'The story of a recording'
complete -c cowtop -n __fish_is_first_arg -a diff -d 'Two recordings side by side'
complete -c cowtop -n __fish_is_first_arg -a export -d 'Figures of pools for Prometheus and OpenTelemetry'
complete -c cowtop -n __fish_is_first_arg -a doctor -d 'What this user may read here'
complete -c cowtop -n __fish_is_first_arg -a why -d 'What copied the pages, and what would help'
complete -c cowtop -n __fish_is_first_arg -a try -d 'A command as it is and with each change'
complete -c cowtop -n __fish_is_first_arg -a stacks -d 'The call stacks that break pages'
complete -c cowtop -n __cowtop_takes_target -a '(__cowtop_targets)'
complete -c cowtop -n __cowtop_takes_target -F
complete -c cowtop -n __fish_is_first_arg -a help -d 'The options of a verb'
complete -c cowtop -n __fish_is_first_arg -a version -d 'The version and the libraries in use'
complete -c cowtop -n '__fish_seen_subcommand_from help; and __fish_is_nth_token 2' -a 'pools record mark replay report diff doctor why try stacks export'
complete -c cowtop -n __cowtop_starts -a '(__cowtop_command)'

complete -c cowtop -s h -l help -d 'Print the options and exit'
complete -c cowtop -s V -l version -d 'Print the version and exit'
complete -c cowtop -n 'not __fish_seen_subcommand_from record mark export' -l json -d 'Print JSON'
complete -c cowtop -n __cowtop_no_verb -l csv -d 'Print comma-separated values'
complete -c cowtop -n __cowtop_samples -s n -l count -x -d 'Take N samples'
complete -c cowtop -n __cowtop_samples -s i -l interval -x -d 'Time between samples'
complete -c cowtop -n __cowtop_samples -s d -l duration -x -d 'Sample for TIME'
complete -c cowtop -n '__fish_seen_subcommand_from pools' -l names -d 'Pid and name of each, no figures'
complete -c cowtop -n '__fish_seen_subcommand_from pools' -s d -l duration -x -d 'Look for TIME'
complete -c cowtop -n '__fish_seen_subcommand_from pools' -s i -l interval -x -d 'Time between looks'
complete -c cowtop -n '__fish_seen_subcommand_from pools' -l budget -x -d 'Percent of a CPU that cowtop may use, or none'
complete -c cowtop -n '__fish_seen_subcommand_from pools' -l utc -d 'Times in UTC'
complete -c cowtop -n '__fish_seen_subcommand_from pools' -l no-color -d 'No colours in the live list'
complete -c cowtop -n '__fish_seen_subcommand_from pools' -l no-mouse -d 'Leave the mouse to the terminal'
complete -c cowtop -n __cowtop_samples -l fail-if -x -a "(__cowtop_keys '' 'pool. master. worker.')" -d 'Exit 3 if EXPR holds'
complete -c cowtop -n __cowtop_samples -l why -d 'What tells why pages were copied too'
complete -c cowtop -n __cowtop_samples -l list-keys -d 'Print what EXPR can be about'
complete -c cowtop -n __cowtop_samples -l baseline -r -F -d 'Exit 3 if it is worse'
complete -c cowtop -n __cowtop_samples -l variant -x -d 'Of what cowtop try found: this one'
complete -c cowtop -n __cowtop_samples -l tolerance -x -d 'So many percent more are no worse'
complete -c cowtop -n __cowtop_samples -l junit -r -F -d 'Test cases as XML of JUnit'
complete -c cowtop -n __cowtop_samples -l markdown -r -F -d 'Rules and figures as tables'
complete -c cowtop -n __cowtop_samples -l metrics -r -F -d 'Figures as OpenMetrics'
complete -c cowtop -n __cowtop_samples -l benchmark -r -F -d 'Figures for github-action-benchmark'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l baseline -r -F -d 'Exit 3 if it is worse'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l variant -x -d 'Of what cowtop try found: this one'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l tolerance -x -d 'So many percent more are no worse'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l junit -r -F -d 'Test cases as XML of JUnit'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l markdown -r -F -d 'Rules and figures as tables'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l metrics -r -F -d 'Figures as OpenMetrics'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l benchmark -r -F -d 'Figures for github-action-benchmark'
complete -c cowtop -n '__fish_seen_subcommand_from diff' -l junit -r -F -d 'Test cases as XML of JUnit'
complete -c cowtop -n '__fish_seen_subcommand_from diff' -l markdown -r -F -d 'Rules and figures as tables'
complete -c cowtop -n '__fish_seen_subcommand_from diff' -l metrics -r -F -d 'Figures as OpenMetrics'
complete -c cowtop -n '__fish_seen_subcommand_from diff' -l benchmark -r -F -d 'Figures for github-action-benchmark'
complete -c cowtop -n __cowtop_samples -l wait -d 'Wait for the first worker'
complete -c cowtop -n __cowtop_samples -l load -x -a '(__fish_complete_subcommand)' -d 'Run CMD between two samples'
complete -c cowtop -n __cowtop_samples -l ready -x -a '(__fish_complete_subcommand)' -d 'Of a command, ready when this is'
complete -c cowtop -n __cowtop_samples -l budget -x -d 'Percent of a CPU that cowtop may use, or none'
complete -c cowtop -n __cowtop_no_verb -l utc -d 'Times in UTC'
complete -c cowtop -n __cowtop_no_verb -l no-color -d 'No colours in the live view'
complete -c cowtop -n __cowtop_no_verb -l no-mouse -d 'Leave the mouse to the terminal'
complete -c cowtop -n '__fish_seen_subcommand_from record' -s o -l output -r -F -d 'Where to'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l all -x -a '(__fish_complete_directories)' -d 'Every pool, into files in DIR'
complete -c cowtop -n '__fish_seen_subcommand_from record' -s f -l force -d 'Replace FILE'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l fixed -d 'Keep to the interval'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l no-maps -d 'Leave the page maps out'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l stacks -d 'The call stacks that break pages too'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l every -x -d 'Take one stack in N'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l max-size -x -d 'End at SIZE'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l rotate -x -d 'Next file after TIME'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l keep -x -d 'Older files that are kept, or how long'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l on-event -x -a '(__fish_complete_subcommand)' -d 'Run COMMAND for each event'
complete -c cowtop -n '__fish_seen_subcommand_from record' -l runs -x -d 'So many times, with -- COMMAND'
complete -c cowtop -n '__fish_seen_subcommand_from record diff' -l requests -x -d 'Each run makes N requests'
complete -c cowtop -n __cowtop_takes_recording -a '(__cowtop_recordings)'
complete -c cowtop -n '__fish_seen_subcommand_from report diff' -l html -r -F -d 'Write a page with plots'
complete -c cowtop -n '__fish_seen_subcommand_from report' -l perfetto -r -F -d 'Write a trace for Perfetto'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l csv -d 'Print comma-separated values'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -s n -l count -x -d 'N samples at most'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -s i -l interval -x -d 'One sample in so much time'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l fail-if -x -a "(__cowtop_keys '' 'pool. master. worker.')" -d 'Exit 3 if EXPR holds'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l list-keys -d 'Print what EXPR can be about'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l no-color -d 'No colours in the view'
complete -c cowtop -n '__fish_seen_subcommand_from replay' -l no-mouse -d 'Leave the mouse to the terminal'
complete -c cowtop -n '__fish_seen_subcommand_from replay report diff stacks' -s b -l begin -x -d 'From then on'
complete -c cowtop -n '__fish_seen_subcommand_from replay report diff stacks' -s e -l end -x -d 'Up to then'
complete -c cowtop -n '__fish_seen_subcommand_from replay report diff stacks' -l utc -d 'Times in UTC'
complete -c cowtop -n '__fish_seen_subcommand_from report' -l map-at -x -d 'Page map of then'
complete -c cowtop -n '__fish_seen_subcommand_from diff' -l fail-if -x -a "(__cowtop_keys diff 'diff.')" -d 'Exit 3 if EXPR holds'
complete -c cowtop -n '__fish_seen_subcommand_from diff' -l list-keys -d 'Print what EXPR can be about'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -s d -l duration -x -d 'Watch for TIME'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l wait -d 'Wait for the first worker'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l load -x -a '(__fish_complete_subcommand)' -d 'Watch while CMD runs'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l ready -x -a '(__fish_complete_subcommand)' -d 'Of a command, ready when this is'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l every -x -d 'Take one stack in N'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l stack-bytes -x -d 'How much of a stack to take'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l software -d 'Use the event that needs no privilege'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l top -x -d 'Show N stacks'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l count -d 'Count copies, take no stacks'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l folded -r -F -d 'Write a line a stack'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l flamegraph -r -F -d 'Write a flame graph'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l speedscope -r -F -d 'Write a profile for speedscope'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l push -x -d 'Send profiles to a server'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -s i -l interval -x -d 'Time that a profile is of'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l label -x -d 'A label of what is pushed'
complete -c cowtop -n '__fish_seen_subcommand_from stacks' -l pprof -r -F -d 'Write a profile for pprof'
complete -c cowtop -n '__fish_seen_subcommand_from why' -l watch -x -d 'Watch the workers for TIME'
complete -c cowtop -n '__fish_seen_subcommand_from why' -l pid -x -a '(__fish_complete_pids)' -d 'Only this worker'
complete -c cowtop -n '__fish_seen_subcommand_from why' -l wait -d 'Wait for the first worker'
complete -c cowtop -n '__fish_seen_subcommand_from why' -l budget -x -d 'Percent of a CPU that cowtop may use, or none'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l with -x -a '(__cowtop_variants)' -d 'A change to try'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l runs -x -d 'So many runs of each'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l load -x -a '(__fish_complete_subcommand)' -d 'Record each run while CMD runs'
complete -c cowtop -n '__fish_seen_subcommand_from try' -s d -l duration -x -d 'Record each run for TIME'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l ready -x -a '(__fish_complete_subcommand)' -d 'Begin the load when this is ready'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l stacks -d 'The call stacks that break pages too'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l wait -d 'Wait for the pool for so long at most'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l requests -x -d 'The load makes N requests'
complete -c cowtop -n '__fish_seen_subcommand_from try' -s i -l interval -x -d 'Time between samples'
complete -c cowtop -n '__fish_seen_subcommand_from try' -s o -l output -x -a '(__fish_complete_directories)' -d 'Keep the recordings'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l log -x -a '(__fish_complete_directories)' -d 'Keep what pools and loads say'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l html -r -F -d 'Write a page with plots'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l markdown -r -F -d 'Write a table for a pull request'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l baseline -r -F -d 'Exit 3 if it is worse'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l variant -x -d 'Of what cowtop try found'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l tolerance -x -d 'So much more is no worse'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l junit -r -F -d 'Test cases as XML of JUnit'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l metrics -r -F -d 'Figures as OpenMetrics'
complete -c cowtop -n '__fish_seen_subcommand_from try' -l benchmark -r -F -d 'Figures for github-action-benchmark'
complete -c cowtop -n '__fish_seen_subcommand_from export' -l listen -x -d 'Be scraped at ADDR:PORT'
complete -c cowtop -n '__fish_seen_subcommand_from export' -l textfile -r -F -d 'Write the text of Prometheus to FILE'
complete -c cowtop -n '__fish_seen_subcommand_from export' -l otlp -r -F -d 'Add lines for the collector of OpenTelemetry to FILE'
complete -c cowtop -n '__fish_seen_subcommand_from export' -l max-size -x -d 'The size of that file'
complete -c cowtop -n '__fish_seen_subcommand_from export' -l all -d 'Every pool of this machine'
complete -c cowtop -n '__fish_seen_subcommand_from export' -l match -x -d 'Whose command or unit matches'
complete -c cowtop -n '__fish_seen_subcommand_from export' -l why -d 'Copies by their cause'
complete -c cowtop -n '__fish_seen_subcommand_from export' -s i -l interval -x -d 'Time between samples'
complete -c cowtop -n '__fish_seen_subcommand_from export' -l budget -x -d 'Percent of a CPU that cowtop may use, or none'
