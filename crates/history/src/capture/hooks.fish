# Holdfast: keeps what is typed in this fish. Put into ~/.config/fish/config.fish: holdfast history init fish | source
if status is-interactive

    set -g __holdfast_ends @ENDS@
    set -g __holdfast_ends_folder (string replace -r '/[^/]*$' '' -- $__holdfast_ends)

    # The id of a command is this text and its number in eight digits.
    if not set -q __holdfast_session; or test "$__holdfast_pid" != "$fish_pid"
        set -l random (command od -An -N5 -tx1 /dev/urandom 2>/dev/null | string replace -ra '[^0-9a-f]' '' | string join '')
        if test (string length -- "$random") -ne 10
            set random (builtin printf '%05x%05x' (random 0 1048575) (random 0 1048575))
        end
        set -l now (builtin printf '%012x' (math (command date +%s) x 1000 + (random 0 999)))
        set -g __holdfast_session (string sub -l 8 -- $now)-(string sub -s 9 -- $now)-7(string sub -l 3 -- $random)-8(string sub -s 4 -l 3 -- $random)-(string sub -s 7 -- $random)
        set -g __holdfast_pid $fish_pid
        set -g __holdfast_count 0
        set -g __holdfast_numbers
        set -g __holdfast_running ''
    end

    # The numbers of the next commands. Fish hands each command substitution to a second thread and waits for it, so one is
    # made for many commands.
    function __holdfast_count_on
        set -l last (math $__holdfast_count + 100)
        set -g __holdfast_numbers (builtin printf '%08x\n' (command seq (math $__holdfast_count + 1) $last))
        set -g __holdfast_count $last
    end

    # When a command was read and before it runs.
    function __holdfast_preexec --on-event fish_preexec
        set -g __holdfast_running ''
        contains -- "$HOLDFAST_HISTORY_OFF" '' 0; or return 0
        set -q fish_private_mode; and test -n "$fish_private_mode"; and return 0
        string match -qr '^\S' -- "$argv[1]"; or return 0
        if not test -x "$__holdfast_program"
            set -g __holdfast_program (command -s @HOLDFAST@); or return 0
        end
        set -q __holdfast_numbers[1]; or __holdfast_count_on
        set -g __holdfast_running $__holdfast_numbers[1]
        set -e __holdfast_numbers[1]
        # A process group of its own outlives the terminal, which may be closed before the line is kept.
        set -l control interactive
        status is-full-job-control; and set control full
        status is-no-job-control; and set control none
        status job-control full
        # In a pipe from a builtin it would be in the group of the shell. No variable holds more than 128 KiB.
        if string match -qr '(?s)\A.{0,29999}+\z' -- "$argv[1]"
            HOLDFAST_HISTORY_LINE="$argv[1]" $__holdfast_program history start --id $__holdfast_session$__holdfast_running --session {$__holdfast_session}00000000 --shell fish </dev/null >/dev/null 2>&1 &
        else
            builtin printf '%s' "$argv[1]" | command sh -c 'trap "" HUP; exec "$@"' sh $__holdfast_program history start --id $__holdfast_session$__holdfast_running --session {$__holdfast_session}00000000 --shell fish >/dev/null 2>&1 &
        end
        builtin disown $last_pid 2>/dev/null
        status job-control $control
    end

    # When it ended.
    function __holdfast_postexec --on-event fish_postexec
        set -l code $status
        test -n "$__holdfast_running"; or return 0
        set -l number $__holdfast_running
        set -g __holdfast_running ''
        set -l took $CMD_DURATION
        string match -qr '^[0-9]+$' -- "$took"; or set took 0
        __holdfast_end $number $code +$took
    end

    # Writes down how the command with this number ended; whoever opens the history next takes it over.
    function __holdfast_end
        test -w $__holdfast_ends_folder; or return 0
        builtin printf '%s%s %s %s\n' $__holdfast_session $argv >>$__holdfast_ends
    end

    # At the end of the shell.
    function __holdfast_exit --on-event fish_exit
        set -l code $status
        command -sq @HOLDFAST@; or return 0
        contains -- "$HOLDFAST_HISTORY_OFF" '' 0; or return 0
        test -n "$__holdfast_running"; and __holdfast_end $__holdfast_running $code (command date +%s)
        command sh -c 'trap "" HUP; "$0" sync push --quiet </dev/null >/dev/null 2>&1 &' @HOLDFAST@
    end

end
