# Holdfast: keeps what is typed in this zsh. Put at the end of ~/.zshrc: eval "$(holdfast history init zsh)"
if [[ -z ${ZSH_VERSION-} ]]; then
  echo "holdfast: this script is for zsh" >&2
elif [[ -o interactive ]]; then

zmodload zsh/datetime 2>/dev/null || :

typeset -g _holdfast_ends=@ENDS@

# The id of a command is this text and its number in eight digits. A copy of a shell that inherits it has another $$.
__holdfast_begin_session() {
  emulate -L zsh
  local random now
  [[ ${_holdfast_pid-} == $$ && -n ${_holdfast_session-} ]] && return 0
  random=$(command od -An -N5 -tx1 /dev/urandom 2>/dev/null) || random=
  random=${random//[^0-9a-f]/}
  (( ${#random} == 10 )) || builtin printf -v random '%05x%05x' $(( (RANDOM << 5 ^ $$) & 0xfffff )) $(( (RANDOM << 5 ^ RANDOM) & 0xfffff ))
  now=${EPOCHREALTIME:-$(command date +%s).0}
  builtin printf -v now '%012x' $(( ${now%%[.,]*} * 1000 ))
  typeset -g _holdfast_session="$now[1,8]-$now[9,12]-7$random[1,3]-8$random[4,6]-$random[7,10]"
  typeset -g _holdfast_pid=$$
  typeset -gi _holdfast_count=0 _holdfast_running=0
  return 0
}
__holdfast_begin_session

# When a command was read and before it runs. $1 is the line as it was typed.
__holdfast_preexec() {
  emulate -L zsh
  local id
  _holdfast_running=0
  [[ ${HOLDFAST_HISTORY_OFF:-0} == 0 ]] || return 0
  [[ -n $1 && $1 != [[:space:]]* ]] || return 0
  _holdfast_count+=1
  _holdfast_running=$_holdfast_count
  builtin printf -v id '%s%08x' $_holdfast_session $_holdfast_count
  # The terminal may be closed before the line is kept.
  ( trap '' HUP; builtin print -rn -- "$1" | command @HOLDFAST@ history start --id $id --session ${_holdfast_session}00000000 \
    --shell zsh --at "${EPOCHREALTIME-}" & ) >/dev/null 2>&1
  return 0
}

# Writes down how the command with this number ended; whoever opens the history next takes it over.
__holdfast_end() {
  emulate -L zsh
  { builtin printf '%s%08x %s %s\n' $_holdfast_session $1 $2 "${3:-$(command date +%s)}" >> $_holdfast_ends } 2>/dev/null
  return 0
}

# Before the prompt.
__holdfast_precmd() {
  local code=$? at=${EPOCHREALTIME-}
  emulate -L zsh
  local -i number=${_holdfast_running:-0}
  (( number > 0 )) || return 0
  _holdfast_running=0
  __holdfast_end $number $code "$at"
  return 0
}

# At the end of the shell.
__holdfast_exit() {
  local code=$? at=${EPOCHREALTIME-}
  emulate -L zsh
  local -i number=${_holdfast_running:-0}
  [[ ${HOLDFAST_HISTORY_OFF:-0} == 0 ]] || return 0
  (( number == 0 )) || __holdfast_end $number $code "$at"
  ( trap '' HUP; command @HOLDFAST@ sync push --quiet </dev/null & ) >/dev/null 2>&1
  return 0
}

__holdfast_install() {
  emulate -L zsh
  autoload -Uz add-zsh-hook
  add-zsh-hook preexec __holdfast_preexec
  add-zsh-hook precmd __holdfast_precmd
  add-zsh-hook zshexit __holdfast_exit
  # First, so that the time of the end is not that of other hooks.
  precmd_functions=(__holdfast_precmd ${precmd_functions:#__holdfast_precmd})
}
__holdfast_install

fi
