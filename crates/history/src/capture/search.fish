# Ctrl-R: the full-screen search. Its answer is "run" or "edit", and the line.
if status is-interactive

    function __holdfast_search
        set -l answer (commandline -b | command @HOLDFAST@ history search --shell fish --session {$__holdfast_session}00000000 | string collect)
        if string match -q 'run*' -- "$answer"
            commandline -r -- (string sub -s 5 -- "$answer" | string collect)
            commandline -f repaint execute
        else if string match -q 'edit*' -- "$answer"
            commandline -r -- (string sub -s 6 -- "$answer" | string collect)
            commandline -f repaint end-of-buffer
        else
            commandline -f repaint
        end
    end
    bind \cr __holdfast_search
    bind -M insert \cr __holdfast_search 2>/dev/null

end
