# fish completion for cowtop(1)

function __cowtop_no_verb
    not __fish_seen_subcommand_from pools doctor
end

function __cowtop_takes_target
    not __fish_seen_subcommand_from pools; and not contains -- -- (commandline -opc)
end

complete -c cowtop -f
complete -c cowtop -n __fish_is_first_arg -a pools -d 'The forked pools on this machine'
complete -c cowtop -n __fish_is_first_arg -a doctor -d 'What this user may read here'
complete -c cowtop -n __cowtop_takes_target -a '(__fish_complete_pids)'
complete -c cowtop -n __cowtop_takes_target -a '(__fish_complete_proc)'
complete -c cowtop -n __cowtop_takes_target -F

complete -c cowtop -s h -l help -d 'Print the options and exit'
complete -c cowtop -s V -l version -d 'Print the version and exit'
complete -c cowtop -l json -d 'Print JSON'
complete -c cowtop -n __cowtop_no_verb -s n -l count -x -d 'Take N samples'
complete -c cowtop -n __cowtop_no_verb -s i -l interval -x -d 'Time between samples'
complete -c cowtop -n __cowtop_no_verb -s d -l duration -x -d 'Sample for TIME'
complete -c cowtop -n __cowtop_no_verb -l fail-if -x -a 'pool. master. worker.' -d 'Exit 3 if EXPR holds'
complete -c cowtop -n __cowtop_no_verb -l load -x -a '(__fish_complete_subcommand)' -d 'Run CMD between two samples'
complete -c cowtop -n __cowtop_no_verb -l budget -x -d 'Percent of a CPU that cowtop may use'
complete -c cowtop -n __cowtop_no_verb -l no-color -d 'No colours in the live view'
