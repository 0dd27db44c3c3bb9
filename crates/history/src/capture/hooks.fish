# Holdfast: keeps what is typed in this fish. Put into ~/.config/fish/config.fish: holdfast history init fish | source
if status is-interactive

    set -g __holdfast_ends @ENDS@

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
        set -g __holdfast_running 0
    end

    # When a command was read and before it runs.
    function __holdfast_preexec --on-event fish_preexec
        set -g __holdfast_running 0
        contains -- "$HOLDFAST_HISTORY_OFF" '' 0; or return 0
        set -q fish_private_mode; and test -n "$fish_private_mode"; and return 0
        string match -qr '^\S' -- "$argv[1]"; or return 0
        command -sq holdfast; or return 0
        set -g __holdfast_count (math $__holdfast_count + 1)
        set -g __holdfast_running $__holdfast_count
        set -l id (builtin printf '%s%08x' $__holdfast_session $__holdfast_count)
        set -l control (__holdfast_job_control)
        status job-control full
        # In a pipe from a builtin it would be in the group of the shell. No variable holds more than 128 KiB.
        if test (string length -- "$argv[1]") -lt 30000
            HOLDFAST_HISTORY_LINE="$argv[1]" command holdfast history start --id $id --session {$__holdfast_session}00000000 --shell fish </dev/null >/dev/null 2>&1 &
        else
            builtin printf '%s' "$argv[1]" | command sh -c 'trap "" HUP; exec holdfast "$@"' sh history start --id $id --session {$__holdfast_session}00000000 --shell fish >/dev/null 2>&1 &
        end
        disown 2>/dev/null
        status job-control $control
    end

    # A process group of its own outlives the terminal, which may be closed before the line is kept.
    function __holdfast_job_control
        status is-full-job-control; and echo full; and return
        status is-no-job-control; and echo none; or echo interactive
    end

    # When it ended.
    function __holdfast_postexec --on-event fish_postexec
        set -l code $status
        test "$__holdfast_running" -gt 0; or return 0
        set -l number $__holdfast_running
        set -g __holdfast_running 0
        __holdfast_end $number $code +(string match -r '^[0-9]+$' -- "$CMD_DURATION"; or echo 0)
    end

    # Writes down how the command with this number ended; whoever opens the history next takes it over.
    function __holdfast_end
        test -w (string replace -r '/[^/]*$' '' -- $__holdfast_ends); or return 0
        builtin printf '%s%08x %s %s\n' $__holdfast_session $argv >>$__holdfast_ends
    end

    # At the end of the shell.
    function __holdfast_exit --on-event fish_exit
        set -l code $status
        command -sq holdfast; or return 0
        contains -- "$HOLDFAST_HISTORY_OFF" '' 0; or return 0
        test "$__holdfast_running" -gt 0; and __holdfast_end $__holdfast_running $code (command date +%s)
        command sh -c 'trap "" HUP; holdfast sync push --quiet </dev/null >/dev/null 2>&1 &'
    end

end
