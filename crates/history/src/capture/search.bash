# Ctrl-R: the full-screen search. Its answer is "run" or "edit", and the line.
if [[ -n ${BASH_VERSION-} && $- == *i* ]] && declare -F __holdfast_preexec >/dev/null; then

__holdfast_search() {
  local answer
  answer=$(builtin printf '%s' "${READLINE_LINE-}" | command @HOLDFAST@ history search --shell bash --session "${_holdfast_session}00000000") || answer=
  bind '"\C-x\C-_2": ""'
  case $answer in
    run$'\n'*) READLINE_LINE=${answer#*$'\n'} READLINE_POINT=2147483647; bind '"\C-x\C-_2": accept-line' ;;
    edit$'\n'*) READLINE_LINE=${answer#*$'\n'} READLINE_POINT=2147483647 ;;
  esac
}

# What a bound function cannot do, to run the line, the second half of the macro does.
__holdfast_bind() {
  local keys
  for keys in emacs vi-insert vi-command; do
    bind -m "$keys" -x '"\C-x\C-_1": __holdfast_search' || :
    bind -m "$keys" '"\C-x\C-_2": ""' || :
    bind -m "$keys" '"\C-r": "\C-x\C-_1\C-x\C-_2"' || :
  done
  return 0
} 2>/dev/null
__holdfast_bind

fi
