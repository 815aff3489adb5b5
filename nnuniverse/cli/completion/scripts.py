"""What a shell reads once, so that it asks ``nnu completion`` from then on."""

BASH = r"""# completion of nnu for bash: source <(nnu completion bash)
_nnu_completion() {
    local IFS=$'\n'
    COMPREPLY=($(COMP_WORDBREAKS="$COMP_WORDBREAKS" "$1" completion bash -- \
        "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/.] ]]; then
        compopt -o nospace
    fi
}
complete -o default -F _nnu_completion nnu
"""

ZSH = r"""#compdef nnu
# completion of nnu for zsh: source <(nnu completion zsh), after compinit
_nnu() {
    local -a lines open closed open_help closed_help
    local line value help
    lines=("${(@f)$("${words[1]}" completion zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    for line in "${lines[@]}"; do
        [[ -z $line ]] && continue
        value=${line%%$'\t'*}
        help=$value
        [[ $line == *$'\t'* ]] && help="$value  -- ${line#*$'\t'}"
        if [[ $value == *[=/.] ]]; then
            open+=("$value") open_help+=("$help")
        else
            closed+=("$value") closed_help+=("$help")
        fi
    done
    if (( ${#open} + ${#closed} == 0 )); then
        _files
        return
    fi
    (( ${#open} )) && compadd -l -S '' -d open_help -- "${open[@]}"
    (( ${#closed} )) && compadd -l -d closed_help -- "${closed[@]}"
}
compdef _nnu nnu
"""

FISH = r"""# completion of nnu for fish: nnu completion fish | source
function __nnu_complete
    set -l before (commandline -opc)
    set -l program $before[1]
    set -e before[1]
    set -l current (commandline -ct)
    $program completion fish -- $before "$current" 2>/dev/null
end
complete -c nnu -f -a '(__nnu_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
