# Holdfast: keeps what is typed in this bash. Put at the end of ~/.bashrc: eval "$(holdfast history init bash)"
if [ -z "${BASH_VERSION-}" ]; then
  echo "holdfast: this script is for bash" >&2
elif [[ ${BASH_VERSINFO[0]} -lt 4 || ( ${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -lt 4 ) ]]; then
  echo "holdfast: bash $BASH_VERSION has no PS0, which came with 4.4; nothing of this shell is kept (zsh and fish work too)" >&2
elif [[ $- == *i* ]]; then

_holdfast_ends=@ENDS@

# The id of a command is this text and its number in eight digits. A copy of a shell that inherits it has another $$.
__holdfast_begin_session() {
  local random seconds now
  [[ ${_holdfast_pid-} == "$$" && -n ${_holdfast_session-} ]] && return 0
  random=$(command od -An -N5 -tx1 /dev/urandom 2>/dev/null) || random=
  random=${random//[!0-9a-f]/}
  [[ ${#random} -eq 10 ]] || builtin printf -v random '%05x%05x' "$(( (RANDOM << 5 ^ $$) & 0xfffff ))" "$(( (RANDOM << 5 ^ RANDOM) & 0xfffff ))"
  builtin printf -v seconds '%(%s)T' -1
  now=${EPOCHREALTIME-}
  now=${now:+${now//[!0-9]/}}
  builtin printf -v now '%012x' "$(( ${now:-${seconds}000000} / 1000 ))"
  builtin printf -v _holdfast_session '%s-%s-7%s-8%s-%s' "${now:0:8}" "${now:8}" "${random:0:3}" "${random:3:3}" "${random:6:4}"
  _holdfast_pid=$$ _holdfast_count=1 _holdfast_running=0
}
__holdfast_begin_session

# Runs in a subshell, when a command was read and before it runs. Prints the command's number when it is kept.
__holdfast_preexec() {
  local entries=1
  case ${HOLDFAST_HISTORY_OFF:-0} in 0) ;; *) return 0 ;; esac
  if [[ ${_holdfast_erases-} ]]; then
    [[ $(HISTTIMEFORMAT='%s ' builtin history 1) != "${_holdfast_last-}" ]] || return 0
  else
    [[ $HISTCMD -gt ${_holdfast_number:-0} ]] || return 0
    shopt -q cmdhist || entries=$((HISTCMD - _holdfast_number))
  fi
  # The terminal may be closed before the line is kept.
  trap '' HUP
  __holdfast_start "$entries" "${EPOCHREALTIME-}" >/dev/null 2>&1 &
  builtin printf '%s' "$_holdfast_count"
}

# Beside the command: nobody waits for it. $1 is how many entries of bash's own list are the command, $2 when it began.
__holdfast_start() {
  local entries=$1 line number id
  line=$(HISTTIMEFORMAT='' builtin history "$entries"; builtin printf x)
  line=${line%$'\n'x}
  if [[ $entries -gt 1 ]]; then
    line=$(number=$((HISTCMD - entries))
      while IFS= builtin read -r line || [[ $line ]]; do
        [[ $line =~ ^\ *$number[*\ ]\  ]] && line=${line#"${BASH_REMATCH[0]}"} && number=$((number + 1))
        builtin printf '%s\n' "$line"
      done <<< "$line")
  elif [[ $line =~ ^\ *[0-9]+[*\ ]\  ]]; then
    line=${line#"${BASH_REMATCH[0]}"}
  else
    return 0
  fi
  builtin printf -v id '%s%08x' "$_holdfast_session" "$_holdfast_count"
  builtin printf '%s' "$line" | command @HOLDFAST@ history start --id "$id" --session "${_holdfast_session}00000000" \
    --shell bash --at "$2"
}

# Writes down how the command with this number ended; whoever opens the history next takes it over.
__holdfast_end() {
  local at=$3
  [[ $at ]] || builtin printf -v at '%(%s)T' -1
  { builtin printf '%s%08x %s %s\n' "$_holdfast_session" "$1" "$2" "$at" >> "$_holdfast_ends"; } 2>/dev/null || :
}

# Before the prompt, before all other hooks.
__holdfast_precmd() {
  local status=$? at=${EPOCHREALTIME-} number=${_holdfast_running:-0}
  if [[ $number -gt 0 ]]; then
    _holdfast_running=0
    __holdfast_end "$number" "$status" "$at"
  fi
  # From 5.1 on each hook is called with the command's own $?; and set -e would take another status for a failure.
  [[ ${_holdfast_hooks-} == list || $- == *e* ]] && return 0
  return "$status"
}

# Bash leaves out what repeats the line before and what has a space before it, and nothing tells which of the two it was.
# So it is asked to leave out the latter only, and repeated lines are taken out of its list here.
__holdfast_histcontrol() {
  local control=":${HISTCONTROL-}:" lines
  if [[ ${HISTCONTROL-} != "${_holdfast_control-}" ]]; then
    _holdfast_repeats= _holdfast_erases= _holdfast_control=${HISTCONTROL-}
    [[ $control == *:erasedups:* ]] && _holdfast_erases=1
    if [[ $control == *:ignoreboth:* || $control == *:ignoredups:* ]] && [[ ${HISTCONTROL@a} != *r* ]]; then
      control=${control//:ignoreboth:/:ignorespace:}
      control=${control//:ignoredups:/:}
      control=${control#:} control=${control%:}
      _holdfast_repeats=1 HISTCONTROL=$control _holdfast_control=$control
    fi
  fi
  if [[ ${_holdfast_repeats-} && $((HISTCMD - ${_holdfast_number:-$HISTCMD})) -eq 1 ]]; then
    lines=$(HISTTIMEFORMAT='' builtin history 2)
    if [[ $lines =~ ^\ *([0-9]+)[*\ ]\ (.*)$'\n'\ *([0-9]+)[*\ ]\ (.*)$ && ${BASH_REMATCH[2]} == "${BASH_REMATCH[4]}" ]]; then
      builtin history -d "${BASH_REMATCH[3]}" || :
    fi
  fi
  return 0
}

# Before the prompt, behind all other hooks: what stands in the list now was not typed at this prompt.
__holdfast_settle() {
  local status=$?
  __holdfast_histcontrol
  _holdfast_number=$HISTCMD
  [[ ${_holdfast_erases-} ]] && _holdfast_last=$(HISTTIMEFORMAT='%s ' builtin history 1)
  case ${PS0-} in *__holdfast_preexec*) ;; *) PS0=$_holdfast_ps0${PS0-} ;; esac
  [[ ${_holdfast_hooks-} == list || $- == *e* ]] && return 0
  return "$status"
}

# At the end of the shell.
__holdfast_exit() {
  local status=$? at=${EPOCHREALTIME-} number=${_holdfast_running:-0}
  [[ ${_holdfast_pid-} == "$BASHPID" ]] || return 0
  case ${HOLDFAST_HISTORY_OFF:-0} in 0) ;; *) return 0 ;; esac
  [[ $number -eq 0 ]] || __holdfast_end "$number" "$status" "$at"
  ( trap '' HUP; command @HOLDFAST@ sync push --quiet </dev/null >/dev/null 2>&1 & )
  return 0
}

# Arithmetic inside PS0 runs in the shell itself, which is how the number comes out of the subshell.
_holdfast_ps0='${_holdfast_nothing:$((_holdfast_running=10#0$(__holdfast_preexec 2>/dev/null),_holdfast_count+=1,0)):0}'
_holdfast_nothing=

__holdfast_install() {
  local before words=()
  if [[ ${PROMPT_COMMAND+${PROMPT_COMMAND@a}} == *r* || ${PS0+${PS0@a}} == *r* ]]; then
    echo "holdfast: PROMPT_COMMAND or PS0 may not be changed in this bash; nothing of this shell is kept" >&2
    return 0
  fi
  case "${PROMPT_COMMAND[*]-}" in
    *__holdfast_precmd*) ;;
    *)
      if [[ ${BASH_VERSINFO[0]} -gt 5 || ( ${BASH_VERSINFO[0]} -eq 5 && ${BASH_VERSINFO[1]} -ge 1 ) ]]; then
        _holdfast_hooks=list
        PROMPT_COMMAND=(__holdfast_precmd ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"} __holdfast_settle)
      else
        PROMPT_COMMAND="__holdfast_precmd"$'\n'"${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__holdfast_settle"
      fi
      ;;
  esac
  before=$(trap -p EXIT)
  case $before in
    *__holdfast_exit*) ;;
    '') trap __holdfast_exit EXIT ;;
    *) eval "words=($before)" && trap -- "${words[2]}"$'\n'__holdfast_exit EXIT ;;
  esac
  return 0
}
__holdfast_install

fi
