# Ctrl-R: the full-screen search. Its answer is "run" or "edit", and the line.
if [[ -n ${ZSH_VERSION-} && -o interactive ]]; then

__holdfast_search() {
  emulate -L zsh
  local answer
  zle -I
  answer=$(builtin print -rn -- "$BUFFER" | command @HOLDFAST@ history search --shell zsh --session ${_holdfast_session}00000000) || answer=
  zle reset-prompt
  case $answer in
    (run$'\n'*) BUFFER=${answer#*$'\n'}; CURSOR=$#BUFFER; zle accept-line ;;
    (edit$'\n'*) BUFFER=${answer#*$'\n'}; CURSOR=$#BUFFER ;;
  esac
  return 0
}
zle -N __holdfast_search
bindkey -M emacs '^R' __holdfast_search
bindkey -M viins '^R' __holdfast_search
bindkey -M vicmd '^R' __holdfast_search

fi
