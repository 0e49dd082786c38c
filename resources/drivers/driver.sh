#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Driver for Bash scripts (docs/driver-protocol.md). Each run is a fork of this shell that sources the script, so messages never
# travel in argv and have no length limit. Names begin with __earshot so that the script's own stay free.
#
#   driver.sh <script>               serve requests on descriptor 3, answer on 4
#   driver.sh --signature <script>   print the signature as a JSON line

# Lengths are counted in bytes; the script gets its locale back.
if [[ -v LC_ALL ]]; then __earshot_locale=$LC_ALL; fi
LC_ALL=C

# Windmill's own pattern for parameters: name="$1", name="${1}", name="${1:-default}" at column 0.
__earshot_param_pattern='^([A-Za-z0-9_]+)="\$(([0-9]+)|\{([0-9]+)\}|\{([0-9]+):-.*\})"[[:blank:]]*(#.*)?$'
__earshot_token_pattern=$'^[ \t\r\n]*("[^"\\\\]*(\\\\.[^"\\\\]*)*"|[][{}:,]|[-+.0-9A-Za-z]+)'
__earshot_max_params=19
__earshot_max_line_bytes=1048576

# Sets __earshot_params to the names for $1, $2, … of the script, up to the first gap.
__earshot_find_params() {
    local lines line number i
    local -a names=()
    mapfile -t lines <"$1" || return
    for line in "${lines[@]}"; do
        [[ ${line%$'\r'} =~ $__earshot_param_pattern ]] || continue
        number=${BASH_REMATCH[3]}${BASH_REMATCH[4]}${BASH_REMATCH[5]}
        [[ ${#number} -le 2 ]] && names[10#$number]=${BASH_REMATCH[1]}
    done
    __earshot_params=()
    for ((i = 1; i <= __earshot_max_params; ++i)); do
        [[ -v names[i] ]] || break
        __earshot_params+=("${names[i]}")
    done
}

# Sets __earshot_text to the JSON string of $1.
__earshot_quote() {
    local text=$1 i code char
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    if [[ $text == *[[:cntrl:]]* ]]; then
        text=${text//$'\n'/\\n}
        text=${text//$'\t'/\\t}
        text=${text//$'\r'/\\r}
        for ((i = 1; i < 32; ++i)); do
            [[ $text == *[$'\x01'-$'\x1f']* ]] || break
            printf -v code '\\u%04x' "$i"
            printf -v char '%b' "\\x${code: -2}"
            text=${text//"$char"/$code}
        done
    fi
    __earshot_text="\"$text\""
}

# Takes a token off __earshot_json.
__earshot_next() {
    [[ $__earshot_json =~ $__earshot_token_pattern ]] || return
    __earshot_token=${BASH_REMATCH[1]}
    __earshot_json=${__earshot_json:${#BASH_REMATCH[0]}}
}

# Takes a value off __earshot_json: its compact JSON text in __earshot_value.
__earshot_take_value() {
    __earshot_next || return
    __earshot_value=$__earshot_token
    [[ $__earshot_token == [{[] ]] || return 0
    local depth=1
    while ((depth > 0)); do
        __earshot_next || return
        __earshot_value+=$__earshot_token
        case $__earshot_token in
        '{' | '[') ((++depth)) ;;
        '}' | ']') ((--depth)) ;;
        esac
    done
    return 0
}

# Sets __earshot_text to what a JSON value is as an argument: strings raw, anything else its JSON text.
__earshot_decode() {
    if [[ $1 != \"* ]]; then
        __earshot_text=$1
        return
    fi
    local rest=${1:1:-1} char code low
    if [[ $rest != *\\* ]]; then
        __earshot_text=$rest
        return
    fi
    # %b knows the other escapes.
    if [[ $rest != *\\[u/\"]* ]]; then
        printf -v __earshot_text '%b' "$rest"
        return
    fi
    __earshot_text=
    while [[ $rest == *\\* ]]; do
        __earshot_text+=${rest%%\\*}
        rest=${rest#*\\}
        char=${rest:0:1}
        rest=${rest:1}
        case $char in
        b) __earshot_text+=$'\b' ;;
        f) __earshot_text+=$'\f' ;;
        n) __earshot_text+=$'\n' ;;
        r) __earshot_text+=$'\r' ;;
        t) __earshot_text+=$'\t' ;;
        u)
            code=$((16#${rest:0:4}))
            rest=${rest:4}
            if ((code >= 0xD800 && code < 0xDC00)) && [[ $rest == \\u[dD][c-fC-F]* ]]; then
                low=$((16#${rest:2:4}))
                rest=${rest:6}
                code=$((0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)))
            fi
            __earshot_add_character "$code"
            ;;
        *) __earshot_text+=$char ;;
        esac
    done
    __earshot_text+=$rest
}

__earshot_add_character() {
    local code=$1 octal bytes=()
    if ((code < 0x80)); then
        bytes=("$code")
    elif ((code < 0x800)); then
        bytes=($((0xC0 | code >> 6)) $((0x80 | code & 0x3F)))
    elif ((code < 0x10000)); then
        bytes=($((0xE0 | code >> 12)) $((0x80 | code >> 6 & 0x3F)) $((0x80 | code & 0x3F)))
    else
        bytes=($((0xF0 | code >> 18)) $((0x80 | code >> 12 & 0x3F)) $((0x80 | code >> 6 & 0x3F)) $((0x80 | code & 0x3F)))
    fi
    printf -v octal '\\0%03o' "${bytes[@]}"
    printf -v octal '%b' "$octal"
    __earshot_text+=$octal
}

# Takes an object off __earshot_json and stores its decoded values in the named associative array; with "raw" null stays distinct.
__earshot_take_object() {
    local -n target=$1
    local key
    __earshot_next || return
    [[ $__earshot_token == '{' ]] || return
    while __earshot_next; do
        case $__earshot_token in
        '}') return 0 ;;
        ',') continue ;;
        esac
        __earshot_decode "$__earshot_token"
        key=$__earshot_text
        __earshot_next && __earshot_take_value || return
        if [[ -z $key ]]; then continue; fi
        if [[ $1 == __earshot_env && $__earshot_value == null ]]; then
            __earshot_unset+=("$key")
            continue
        fi
        __earshot_decode "$__earshot_value"
        target[$key]=$__earshot_text
    done
    return 1
}

# Parses the request line $1 into __earshot_request, __earshot_args and __earshot_env.
__earshot_parse() {
    __earshot_json=$1
    __earshot_request=()
    __earshot_args=()
    __earshot_env=()
    __earshot_unset=()
    local key
    __earshot_next
    while __earshot_next; do
        case $__earshot_token in
        '}') return ;;
        ',') continue ;;
        esac
        key=${__earshot_token:1:-1}
        __earshot_next
        case $key in
        args) __earshot_take_object __earshot_args ;;
        env) __earshot_take_object __earshot_env ;;
        *)
            __earshot_take_value
            __earshot_decode "$__earshot_value"
            __earshot_request[$key]=$__earshot_text
            ;;
        esac
    done
}

# Reads one request with its message; fails at the end of the input.
__earshot_receive() {
    IFS= read -r -u 3 __earshot_line || return
    if ((${#__earshot_line} > __earshot_max_line_bytes)); then
        echo 'request not understood: request line over 1 MiB' >&2
        exit 2
    fi
    __earshot_parse "$__earshot_line"
    if [[ ! ${__earshot_request[type]-} =~ ^[a-z]+$ || ! ${__earshot_request[id]-0} =~ ^[0-9]+$ ]]; then
        echo 'request not understood' >&2
        exit 2
    fi
    __earshot_message=
    if [[ -n ${__earshot_request[msg_bytes]-} && ${__earshot_request[msg_bytes]} != 0 ]]; then
        IFS= read -r -u 3 -N "${__earshot_request[msg_bytes]}" __earshot_message
    fi
    return 0
}

# Puts what was received into the queue, or takes a waiting run out of it.
__earshot_enqueue() {
    local i
    if [[ ${__earshot_request[type]} != cancel ]]; then
        __earshot_lines+=("$__earshot_line")
        __earshot_messages+=("$__earshot_message")
        __earshot_ids+=("${__earshot_request[id]-}")
        return
    fi
    for i in "${!__earshot_ids[@]}"; do
        if [[ ${__earshot_ids[i]} == "${__earshot_request[id]}" ]]; then
            unset "__earshot_lines[$i]" "__earshot_messages[$i]" "__earshot_ids[$i]"
            printf '{"type":"dropped","id":%s}\n' "${__earshot_request[id]}" >&4
            return
        fi
    done
}

# Makes the next request the current one, waiting for it. What has arrived is looked through first, so that a cancelled run is
# dropped in time.
__earshot_take_request() {
    local i
    while read -r -t 0 -u 3; do
        __earshot_receive || break
        __earshot_enqueue
    done
    for i in "${!__earshot_lines[@]}"; do
        __earshot_line=${__earshot_lines[i]}
        __earshot_message=${__earshot_messages[i]}
        unset "__earshot_lines[$i]" "__earshot_messages[$i]" "__earshot_ids[$i]"
        __earshot_parse "$__earshot_line"
        return 0
    done
    while __earshot_receive; do
        [[ ${__earshot_request[type]} == cancel ]] || return 0
    done
    return 1
}

__earshot_apply_environment() {
    local name
    for name in "${__earshot_unset[@]}"; do
        unset -v "$name"
    done
    for name in "${!__earshot_env[@]}"; do
        [[ $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || continue
        if [[ $name == LC_ALL ]]; then
            __earshot_locale=${__earshot_env[$name]}
        else
            export "$name=${__earshot_env[$name]}"
        fi
    done
}

# Sets __earshot_given to the values of $1, $2, … in order.
__earshot_bind() {
    local name
    __earshot_given=()
    if [[ -n ${__earshot_request[msg_bytes]-} ]]; then
        __earshot_args[msg]=$__earshot_message
    fi
    for name in "${__earshot_params[@]}"; do
        __earshot_given+=("${__earshot_args[$name]-}")
    done
}

# Only non-empty files count, so emptying is enough and needs no other program.
__earshot_clear_results() {
    local file
    for file in result.json result.out; do
        if [[ -s $file ]]; then : >"$file"; fi
    done
}

__earshot_mark() {
    if [[ $__earshot_use_markers == 1 ]]; then
        printf '\x1e earshot-run %s %s \x1e\n' "$1" "$2"
        printf '\x1e earshot-run %s %s \x1e\n' "$1" "$2" >&2
    fi
}

# Answers for the run $1 that ended with the exit status $2: result.json, else result.out, else the last line of the log.
__earshot_answer() {
    local id=$1 status=$2 logged= text
    if [[ $__earshot_use_markers == 1 ]]; then logged='"logged":true,'; fi
    if [[ -s result.json ]]; then
        IFS= read -r -d '' text <result.json
        local type=result
        if ((status != 0)); then type=error; fi
        printf '{"type":"%s","id":%s,%s"unchecked":true,"result_bytes":%d}\n%s' "$type" "$id" "$logged" "${#text}" "$text" >&4
    elif ((status != 0)); then
        printf '{"type":"error","id":%s,%s"exit_code":%d}\n' "$id" "$logged" "$status" >&4
    elif [[ -s result.out ]]; then
        IFS= read -r -d '' text <result.out
        __earshot_quote "$text"
        printf '{"type":"result","id":%s,%s"result_bytes":%d}\n%s' "$id" "$logged" "${#__earshot_text}" "$__earshot_text" >&4
    else
        printf '{"type":"result","id":%s,%s"from_log":true}\n' "$id" "$logged" >&4
    fi
}

# For scripts: sends TEXT, or what comes on stdin, as a message on the trigger's socket. Descriptor 4 is closed in the script, so that
# its children do not hold it; the driver's own is reached by path.
earshot_send() {
    local LC_ALL=C text
    if (($# > 0)); then
        text=$1
    else
        IFS= read -r -d '' text || true
    fi
    printf '{"type":"send","id":%s,"send_bytes":%d}\n%s' "$__earshot_id" "${#text}" "$text" >"/proc/$$/fd/4"
}

__earshot_print_names() {
    local name separator=
    for name in "${__earshot_params[@]}"; do
        printf '%s%s%s%s' "$separator" "$1" "$name" "$2"
        separator=,
    done
}

if [[ $1 == --signature ]]; then
    __earshot_find_params "$2" || exit
    printf '{"params":[%s],"main":"function","preprocessor":"none"}\n' "$(__earshot_print_names '{"name":"' '"}')"
    exit
fi

__earshot_script=$1
[[ $__earshot_script == /* ]] || __earshot_script=$PWD/$__earshot_script
__earshot_use_markers=${EARSHOT_LOG_MARKERS-}
unset EARSHOT_LOG_MARKERS
__earshot_params=() __earshot_lines=() __earshot_messages=() __earshot_ids=() __earshot_unset=() __earshot_given=()
declare -A __earshot_request=() __earshot_args=() __earshot_env=()

while __earshot_take_request; do
    case ${__earshot_request[type]} in
    load)
        if __earshot_find_params "$__earshot_script" 2>/dev/null; then
            printf '{"type":"ready","protocol":1,"preprocessor":"none","params":[%s]}\n' "$(__earshot_print_names '"' '"')" >&4
        else
            __earshot_quote "$__earshot_script cannot be read"
            printf '{"type":"load_error","error":{"name":"Error","message":%s}}\n' "$__earshot_text" >&4
        fi
        continue
        ;;
    run) ;;
    *) continue ;;
    esac
    __earshot_id=${__earshot_request[id]}
    __earshot_apply_environment
    if [[ -n ${__earshot_request[cwd]-} ]]; then cd -- "${__earshot_request[cwd]}" || exit; fi
    # The script is read anew for each run, so its parameters are too.
    __earshot_find_params "$__earshot_script" 2>/dev/null
    __earshot_bind
    __earshot_clear_results
    printf '{"type":"started","id":%s}\n' "$__earshot_id" >&4
    __earshot_mark "$__earshot_id" begin
    (
        exec 2>&1 3<&- 4>&-
        if [[ -v __earshot_locale ]]; then LC_ALL=$__earshot_locale; else unset LC_ALL; fi
        BASH_ARGV0=$__earshot_script
        set -- "${__earshot_given[@]}"
        unset __earshot_given __earshot_args __earshot_request __earshot_message __earshot_line __earshot_messages __earshot_lines
        set -e
        . "$__earshot_script"
    )
    __earshot_status=$?
    __earshot_mark "$__earshot_id" end
    __earshot_answer "$__earshot_id" "$__earshot_status"
    if [[ ${__earshot_request[last]-} == true ]]; then exit 0; fi
done
exit 0
